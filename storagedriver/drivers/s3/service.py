"""A bucket as an `ObjectService`: one request for each call, and what it takes to be sure of it."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from functools import partial

from storagedriver.drivers.objectstore.bodies import Bytes
from storagedriver.drivers.objectstore.calls import Look
from storagedriver.drivers.objectstore.concurrency import together
from storagedriver.drivers.objectstore.drafts import token
from storagedriver.drivers.objectstore.service import (
    Found,
    Page,
    Part,
    Pending,
    Stored,
    Upload,
    UploadGoneError,
)
from storagedriver.drivers.s3.client import Answer, Client
from storagedriver.drivers.s3.failures import refused_keys
from storagedriver.errors import PathNotFoundError, PreconditionFailedError

MAX_PARTS = 10_000
_DELETED_AT_ONCE = 1000
_BATCHES_AT_ONCE = 4
_MARK = "storagedriver-mark"


class S3Service:
    """The objects of a bucket. `headers` are sent with each that is made."""

    has_start_after = True

    def __init__(
        self,
        client: Client,
        headers: Mapping[str, str],
        *,
        has_conditional_put: bool,
        has_conditional_delete: bool,
        max_parts: int = MAX_PARTS,
    ) -> None:
        self.client = client
        self.headers = headers
        self.has_conditional_put = has_conditional_put
        self.has_conditional_delete = has_conditional_delete
        self.max_parts = max_parts

    async def head(self, key: str) -> Answer:
        """Return what a HEAD tells. Raises `PathNotFoundError`, even where the bucket is gone."""
        return await self.client.call("head_object", {"Key": key})

    async def get(self, key: str) -> Stored:
        """Read a small object."""
        answer, content = await self.client.read({"Key": key})
        return Stored(content=content, version=answer["ETag"], modified=answer["LastModified"])

    async def put(
        self,
        key: str,
        content: bytes,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> str:
        """Write an object, and return its version."""
        parameters: dict[str, object] = {"Key": key, "Body": content, **self.headers}
        if if_match is None and not if_none_match:
            return str((await self.client.call("put_object", parameters))["ETag"])
        parameters |= {"IfNoneMatch": "*"} if if_match is None else {"IfMatch": if_match}
        mark = token()
        parameters["Metadata"] = {_MARK: mark}
        looked = Look(partial(self._landed, key, mark))
        try:
            answer = await self.client.call("put_object", parameters, look=looked)
        except (PreconditionFailedError, PathNotFoundError) as error:
            # A put whose answer was lost may have fulfilled what this one was refused for.
            found = await looked() if looked.was_needed else None
            if found is None:
                raise PreconditionFailedError from error
            answer = found
        return str(answer["ETag"])

    async def delete(self, keys: Collection[str]) -> None:
        """Delete objects, a thousand with each request."""
        ordered = list(keys)
        if len(ordered) == 1:
            await self.client.call("delete_object", {"Key": ordered[0]})
            return
        starts = range(0, len(ordered), _DELETED_AT_ONCE)
        batches = [ordered[start : start + _DELETED_AT_ONCE] for start in starts]
        calls = [partial(self._delete_batch, batch) for batch in batches]
        await together(calls, most=_BATCHES_AT_ONCE)

    async def delete_one(self, key: str) -> bool:
        """Delete an object; tell whether there was one, by a HEAD: a DELETE does not."""
        try:
            await self.head(key)
        except PathNotFoundError:
            return False
        await self.delete([key])
        return True

    async def delete_if(self, key: str, version: str) -> None:
        """Delete an object that has this version."""
        looked = Look(partial(self._is_gone, key))
        try:
            await self.client.call("delete_object", {"Key": key, "IfMatch": version}, look=looked)
        except PathNotFoundError as error:
            if not looked.was_needed:
                raise PreconditionFailedError from error

    async def page(
        self,
        prefix: str,
        *,
        after: str | None = None,
        more: str | None = None,
        delimiter: str = "",
        most: int = 1000,
    ) -> Page:
        """List a page of objects."""
        parameters: dict[str, object] = {"Prefix": prefix, "MaxKeys": most}
        if delimiter:
            parameters["Delimiter"] = delimiter
        if more is not None:
            parameters["ContinuationToken"] = more
        elif after is not None:
            parameters["StartAfter"] = after
        answer = await self.client.call("list_objects_v2", parameters)
        objects = [
            Found(
                key=one["Key"],
                size=one["Size"],
                modified=one["LastModified"],
                version=one["ETag"],
            )
            for one in answer.get("Contents", ())
        ]
        prefixes = [one["Prefix"] for one in answer.get("CommonPrefixes", ())]
        token_ = answer["NextContinuationToken"] if answer["IsTruncated"] else None
        return Page(objects=objects, prefixes=prefixes, more=token_)

    async def start_upload(self, key: str, mark: str) -> Upload:
        """Begin an upload in parts."""

        async def dropped() -> None:
            # One may have been begun whose id was lost with the answer.
            await self.abort_all(key)

        return await self._started(key, mark, look=dropped)

    async def start_copy(self, key: str) -> Upload:
        """Begin an upload that a copy is made in.

        One whose id was lost with the answer is left to a purge: a writer may have another one.
        """
        return await self._started(key, token())

    async def send_part(self, upload: Upload, number: int, body: Bytes) -> str:
        """Send a part, and return its tag."""
        parameters = {**_named(upload), "PartNumber": number, "Body": body}
        return str((await self.client.call("upload_part", parameters))["ETag"])

    async def parts(self, upload: Upload) -> Sequence[Part]:
        """Return what was sent, by number."""
        found: list[Part] = []
        parameters: dict[str, object] = _named(upload)
        while True:
            answer = await self.client.call("list_parts", parameters)
            for one in answer.get("Parts", ()):
                part = Part(number=one["PartNumber"], size=one["Size"], tag=one["ETag"])
                found.append(part)
            if not answer["IsTruncated"] or not answer.get("Parts"):
                return sorted(found, key=lambda part: part.number)
            parameters["PartNumberMarker"] = found[-1].number

    async def finish_upload(self, upload: Upload, parts: Sequence[Part]) -> str:
        """Make an object of parts, and return its version."""
        listed = [{"PartNumber": part.number, "ETag": part.tag} for part in parts]
        parameters = {**_named(upload), "MultipartUpload": {"Parts": listed}}
        landed = partial(self._landed, upload.key, upload.mark)
        try:
            answer = await self.client.call("complete_multipart_upload", parameters, look=landed)
        except UploadGoneError:
            # Completed before, perhaps, by a call that never heard of it.
            found = await landed()
            if found is None:
                raise
            answer = found
        return str(answer["ETag"])

    async def abort_upload(self, key: str, id: str) -> None:  # noqa: A002  # the field's name
        """Drop an upload with its parts; one that is gone is no error."""
        with suppress(UploadGoneError):
            await self.client.call("abort_multipart_upload", {"Key": key, "UploadId": id})

    async def abort_all(self, key: str) -> None:
        """Drop all uploads of exactly this key."""
        for one in await self.pending(key):
            if one.key == key:
                await self.abort_upload(key, one.id)

    async def pending(self, prefix: str) -> list[Pending]:
        """Return the uploads in parts of the keys with a prefix, in the service's order."""
        found: list[Pending] = []
        parameters: dict[str, object] = {"Prefix": prefix}
        while True:
            answer = await self.client.call("list_multipart_uploads", parameters)
            found += [
                Pending(key=one["Key"], id=one["UploadId"], begun=one["Initiated"])
                for one in answer.get("Uploads", ())
            ]
            # Some services list without an order, and name no place to go on from.
            if not answer.get("IsTruncated") or "NextKeyMarker" not in answer:
                return found
            parameters["KeyMarker"] = answer["NextKeyMarker"]
            parameters["UploadIdMarker"] = answer["NextUploadIdMarker"]

    async def _started(
        self, key: str, mark: str, look: Callable[[], Awaitable[None]] | None = None
    ) -> Upload:
        parameters = {"Key": key, "Metadata": {_MARK: mark}, **self.headers}
        answer = await self.client.call("create_multipart_upload", parameters, look=look)
        return Upload(key=key, id=answer["UploadId"], mark=mark)

    async def _landed(self, key: str, mark: str) -> Answer | None:
        """Return what a HEAD tells of an object, if it is the one with this mark."""
        try:
            answer = await self.head(key)
        except PathNotFoundError:
            return None
        return answer if answer.get("Metadata", {}).get(_MARK) == mark else None

    async def _is_gone(self, key: str) -> Answer | None:
        try:
            await self.head(key)
        except PathNotFoundError:
            return {}
        return None

    async def _delete_batch(self, keys: list[str]) -> None:
        def check(answer: Answer) -> None:
            errors = [one for one in answer.get("Errors", ()) if one.get("Code") != "NoSuchKey"]
            if errors:
                raise refused_keys(errors, "s3:DeleteObject")

        objects = {"Objects": [{"Key": key} for key in keys], "Quiet": True}
        await self.client.call("delete_objects", {"Delete": objects}, check=check)


def _named(upload: Upload) -> dict[str, object]:
    return {"Key": upload.key, "UploadId": upload.id}
