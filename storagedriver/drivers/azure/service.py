"""A container as an `ObjectService`: one request for each call, and what makes sure of it."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from azure.storage.blob.aio import BlobPrefix

from storagedriver.drivers.azure.client import Client
from storagedriver.drivers.azure.deleting import Deleting
from storagedriver.drivers.azure.parameters import MAX_PARTS
from storagedriver.drivers.azure.reading import head, if_version, version_of, whole
from storagedriver.drivers.azure.uploads import CONTENT, MARK, Uploads
from storagedriver.drivers.objectstore.bodies import Bytes
from storagedriver.drivers.objectstore.calls import Look
from storagedriver.drivers.objectstore.drafts import token
from storagedriver.drivers.objectstore.service import (
    Found,
    Page,
    Part,
    Pending,
    Stored,
    Upload,
)
from storagedriver.drivers.objectstore.skipping import page_behind
from storagedriver.errors import PathNotFoundError, PreconditionFailedError

PAGE = 1000
# What is passed over anyway is asked for in the largest pages that the service gives.
_PASSED_OVER = 5000


class AzureService:
    """The blobs of a container."""

    has_conditional_put = True
    has_conditional_delete = True
    has_start_after = False

    def __init__(self, client: Client, uploads: Uploads, *, max_parts: int = MAX_PARTS) -> None:
        self.client = client
        self.max_parts = max_parts
        self._uploads = uploads
        self._deleting = Deleting(client)

    async def get(self, key: str) -> Stored:
        """Read a small object."""
        read = await whole(self.client, key)
        return Stored(content=read.content, version=read.version, modified=read.modified)

    async def put(
        self,
        key: str,
        content: bytes,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> str:
        """Write an object, and return its version."""
        if if_match is None and not if_none_match:
            return await self._put(key, content, None, overwrite=True)
        mark = token()
        looked = Look(partial(self._uploads.landed, key, mark))
        conditions = {} if if_match is None else if_version(if_match)
        try:
            return await self._put(
                key,
                content,
                looked,
                overwrite=not if_none_match,
                metadata={MARK: mark},
                **conditions,
            )
        except (PreconditionFailedError, PathNotFoundError) as error:
            # A put whose answer was lost may have fulfilled what this one was refused for.
            found = await looked() if looked.was_needed else None
            if found is None:
                raise PreconditionFailedError from error
            return found

    async def _put(
        self,
        key: str,
        content: bytes,
        look: Look[str] | None,
        **options: Any,  # noqa: ANN401  # the library's
    ) -> str:
        async def send() -> str:
            answer = await self.client.blob(key).upload_blob(
                content, length=len(content), content_settings=CONTENT, **options
            )
            return version_of(answer["etag"])

        return await self.client.call("write blobs", send, look=look, size=len(content))

    async def delete(self, keys: Collection[str]) -> None:
        """Delete objects, 256 with each request."""
        await self._deleting.delete(list(keys))

    async def delete_one(self, key: str) -> bool:
        """Delete an object; tell whether there was one, as the service does."""
        looked = Look(partial(self._is_gone, key))
        try:
            await self._deleting.delete_one(key, look=looked)
        except PathNotFoundError:
            return looked.was_needed
        return True

    async def delete_if(self, key: str, version: str) -> None:
        """Delete an object that has this version."""
        looked = Look(partial(self._is_gone, key))
        try:
            await self._deleting.delete_one(key, version, looked)
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
        most: int = PAGE,
    ) -> Page:
        """List a page of objects. What `after` leaves out is read too: it has no other way."""
        ask = partial(self._page, prefix, delimiter)
        if more is None and after is not None and after > prefix:
            return await page_behind(after, partial(ask, max(most, _PASSED_OVER)))
        return await ask(most, more)

    async def _page(self, prefix: str, delimiter: str, most: int, more: str | None) -> Page:
        raw = self.client.raw

        async def ask() -> Page:
            if delimiter:
                pages: Any = raw.walk_blobs(
                    prefix, delimiter=delimiter, results_per_page=most
                ).by_page(more)
            else:
                pages = raw.list_blobs(prefix, results_per_page=most).by_page(more)
            entries = [entry async for entry in await anext(pages)]
            prefixes = [entry.name for entry in entries if isinstance(entry, BlobPrefix)]
            objects = [_found(entry) for entry in entries if not isinstance(entry, BlobPrefix)]
            return Page(objects=objects, prefixes=prefixes, more=pages.continuation_token or None)

        return await self.client.call("list blobs", ask)

    async def start_upload(self, key: str, mark: str) -> Upload:
        """Begin an upload in parts: there is nothing to do, its first part is its beginning."""
        return Upload(key=key, id=token(), mark=mark)

    async def send_part(self, upload: Upload, number: int, body: Bytes) -> str:
        """Send a part, and return its tag."""
        return await self._uploads.send(upload, number, body)

    async def parts(self, upload: Upload) -> Sequence[Part]:
        """Return what was sent, by number."""
        return await self._uploads.parts(upload)

    async def finish_upload(self, upload: Upload, parts: Sequence[Part]) -> str:
        """Make an object of parts, and return its version."""
        return await self._uploads.finish(upload, parts)

    async def abort_upload(self, key: str, id: str) -> None:  # noqa: A002  # the field's name
        """Drop an upload with its parts; one that is gone is no error."""
        await self._uploads.abort(key, id)

    async def abort_all(self, key: str) -> None:
        """Drop all uploads of exactly this key."""
        await self._uploads.abort_all(key)

    async def pending(self, prefix: str) -> Sequence[Pending]:
        """Return the uploads of all keys that begin so."""
        return await self._uploads.pending(prefix)

    async def _is_gone(self, key: str) -> bool | None:
        with suppress(PathNotFoundError):
            await head(self.client, key)
            return None
        return True


def _found(entry: Any) -> Found:  # noqa: ANN401  # the library's
    return Found(
        key=entry.name,
        size=entry.size,
        modified=entry.last_modified,
        version=version_of(entry.etag),
    )
