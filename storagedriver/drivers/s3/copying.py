"""Moving: a copy that the service makes, proven, and then the source removed."""

from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from storagedriver.aio import to_the_end
from storagedriver.drivers.objectstore.concurrency import together
from storagedriver.drivers.objectstore.service import Part, Upload, UploadGoneError
from storagedriver.drivers.s3.client import Answer
from storagedriver.drivers.s3.parameters import S3Parameters
from storagedriver.drivers.s3.service import S3Service
from storagedriver.errors import (
    PathNotFoundError,
    PreconditionFailedError,
    StorageBackendError,
    StorageUnavailableError,
)

# How long an upload is waited for that is dropped because the move was cancelled.
_GRACE = 5.0
# How often a copy begins whose upload others drop, as a purge does.
_TRIES = 5


class Copying:
    """Copies of objects within the bucket."""

    def __init__(self, service: S3Service, parameters: S3Parameters) -> None:
        self._service = service
        self._threshold = parameters.multipartcopythresholdsize
        self._part_size = parameters.multipartcopychunksize
        # The rest is for other calls: a large copy must not hold them up.
        half = parameters.maxconnections // 2
        self._at_once = min(parameters.multipartcopymaxconcurrency, half)

    async def move(self, source: str, destination: str) -> None:
        """Move an object. Raises `PathNotFoundError` for a source that is missing."""
        dropped = 0
        while True:
            told = await self._head(source)
            try:
                version = await self._copied(source, destination, told)
                break
            except PreconditionFailedError:
                # Another object was put at the source meanwhile: that one is to be moved.
                continue
            except UploadGoneError:
                dropped += 1
                if dropped == _TRIES:
                    raise
        # The same bytes have the same tag, but for those sent in other parts, or encrypted.
        if version != told["ETag"]:
            await self._prove(destination, version, told["ContentLength"])
        await self._remove(source, told["ETag"])

    async def _head(self, source: str) -> Answer:
        try:
            return await self._service.head(source)
        except PathNotFoundError:
            # A HEAD does not tell a missing object from a missing bucket; a listing does.
            await self._service.page(source, most=1)
            raise

    async def _copied(self, source: str, destination: str, told: Answer) -> str:
        """Copy an object, and return the version of the copy."""
        origin = {"Bucket": self._service.client.bucket, "Key": source}
        taken: dict[str, object] = {"CopySource": origin, "CopySourceIfMatch": told["ETag"]}
        if told["ContentLength"] > self._threshold:
            return await self._copied_in_parts(destination, taken, told["ContentLength"])
        parameters = {"Key": destination, **taken, **self._service.headers}
        answer = await self._service.client.call("copy_object", parameters)
        # SeaweedFS leaves the quotes out here, and here alone.
        tag = str(answer["CopyObjectResult"]["ETag"]).strip('"')
        return f'"{tag}"'

    async def _copied_in_parts(self, destination: str, taken: dict[str, object], size: int) -> str:
        service = self._service
        upload = await service.start_copy(destination)
        try:
            calls = [
                partial(self._copied_part, upload, number, taken, part)
                for number, part in enumerate(self._ranges(size), start=1)
            ]
            return await service.finish_upload(upload, await self._parts(calls))
        except BaseException:
            await to_the_end(service.abort_upload(upload.key, upload.id), grace=_GRACE)
            raise

    async def _parts(self, calls: Sequence[Callable[[], Coroutine[Any, Any, Part]]]) -> list[Part]:
        """Copy the parts, several at once; if that is too much for the service, one by one."""
        parts: list[Part | None] = [None] * len(calls)
        is_too_much = False

        async def tried(at: int) -> None:
            nonlocal is_too_much
            if not is_too_much:
                try:
                    parts[at] = await calls[at]()
                except StorageUnavailableError:
                    is_too_much = True

        await together([partial(tried, at) for at in range(len(calls))], most=self._at_once)
        return [part or await calls[at]() for at, part in enumerate(parts)]

    async def _copied_part(
        self, upload: Upload, number: int, taken: dict[str, object], part: range
    ) -> Part:
        named = {"Key": upload.key, "UploadId": upload.id, "PartNumber": number}
        parameters = {**named, **taken, "CopySourceRange": f"bytes={part[0]}-{part[-1]}"}
        answer = await self._service.client.call("upload_part_copy", parameters)
        return Part(number=number, size=len(part), tag=answer["CopyPartResult"]["ETag"])

    def _ranges(self, size: int) -> list[range]:
        """Cut an object into ranges, larger ones where there would be too many."""
        part = max(self._part_size, -(-size // self._service.max_parts))
        return [range(at, min(at + part, size)) for at in range(0, size, part)]

    async def _prove(self, key: str, version: str, size: int) -> None:
        """Raise unless the copy is whole, or was replaced by now."""
        told = await self._service.head(key)
        if told["ETag"] == version and told["ContentLength"] != size:
            raise StorageBackendError("the copy is not as long as the source, which stays")

    async def _remove(self, key: str, version: str) -> None:
        """Remove the source, but not what was put there since it was copied."""
        if not self._service.has_conditional_delete:
            await self._service.delete([key])
            return
        with suppress(PreconditionFailedError):
            await self._service.delete_if(key, version)
