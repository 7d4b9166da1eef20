"""Uploads in parts: blocks that are staged at a key of their own, and copied when they are whole.

The service forgets the blocks that wait at a key when anything else is put there: at the file's own
key, no writer would survive that. Each upload therefore has a key below `~/u/`, which is not listed
before it is committed. The blob that the blocks make is then copied by the service, and removed.
Blocks that nothing names any more, the service drops after a week.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

from azure.storage.blob import BlobBlock, ContentSettings

from storagedriver.drivers.azure.client import Client
from storagedriver.drivers.azure.copying import Copies
from storagedriver.drivers.azure.deleting import Deleting
from storagedriver.drivers.azure.reading import head, version_of
from storagedriver.drivers.objectstore.bodies import Body, Bytes
from storagedriver.drivers.objectstore.service import Part, Pending, Upload, UploadGoneError
from storagedriver.errors import (
    PathNotFoundError,
    PreconditionFailedError,
    StorageDriverError,
)

FOLDER = "~/u/"
MARK = "storagedriver_mark"
CONTENT = ContentSettings(content_type="application/octet-stream")
_DIGITS = 5


class Uploads:
    """The uploads below a prefix."""

    def __init__(self, client: Client, copies: Copies, prefix: str) -> None:
        self._client = client
        self._copies = copies
        self._prefix = prefix
        self._deleting = Deleting(client)

    async def send(self, upload: Upload, number: int, body: Bytes) -> str:
        """Stage a part as a block, and return its name."""
        name = block_name(upload.mark, number)
        blob = self._client.blob(self._key(upload.key, upload.id))

        async def send() -> None:
            await blob.stage_block(name, Body(body), length=len(body))

        await self._client.call("write blobs", send, size=len(body))
        return name

    async def parts(self, upload: Upload) -> Sequence[Part]:
        """Return the blocks that there are, by number: nothing, if there are none."""
        blob = self._client.blob(self._key(upload.key, upload.id))
        try:
            listed: Any = await self._client.call("read blobs", lambda: blob.get_block_list("all"))
        except PathNotFoundError:
            return []
        # Those that were committed are still there if the copy was never made.
        blocks = {block.id: block for each in listed for block in each}
        named = [(number_of(upload.mark, name), block) for name, block in blocks.items()]
        return sorted(
            (
                Part(number=number, size=block.size, tag=block.id)
                for number, block in named
                if number is not None
            ),
            key=lambda part: part.number,
        )

    async def finish(self, upload: Upload, parts: Sequence[Part]) -> str:
        """Make a blob of blocks at the file's key, and return its version."""
        key = self._key(upload.key, upload.id)
        blob = self._client.blob(key)
        blocks = [BlobBlock(part.tag) for part in parts]

        async def commit() -> str:
            answer = await blob.commit_block_list(
                blocks, content_settings=CONTENT, metadata={MARK: upload.mark}
            )
            return version_of(answer["etag"])

        try:
            # Committing the same blocks twice makes the same blob.
            version = await self._client.call("write blobs", commit)
            size = sum(part.size for part in parts)
            published = await self._copies.copy(key, upload.key, version, size)
        except (UploadGoneError, PathNotFoundError, PreconditionFailedError) as error:
            # Finished before, perhaps, by a call that never heard of it.
            found = await self.landed(upload.key, upload.mark)
            if found is None:
                raise UploadGoneError("the upload is gone: it was dropped meanwhile") from error
            published = found
        # What stays is dropped with the draft that names it, or is in nobody's way.
        with suppress(StorageDriverError):
            await self._deleting.delete([key])
        return published

    async def abort(self, key: str, id_: str) -> None:
        """Drop an upload; its blocks are freed at once.

        Blocks alone cannot be deleted. What is put over them can.
        """
        staged = self._key(key, id_)
        blob = self._client.blob(staged)

        async def put() -> None:
            await blob.upload_blob(b"", length=0, overwrite=True)

        await self._client.call("write blobs", put)
        await self._deleting.delete([staged])

    async def abort_all(self, key: str) -> None:
        """Drop all uploads of exactly this key."""
        for one in await self.pending(key):
            if one.key == key:
                await self.abort(key, one.id)

    async def pending(self, prefix: str) -> list[Pending]:
        """Return the uploads of all keys that begin so, those that hold no block yet not."""
        found: list[Pending] = []
        more: str | None = None
        while True:
            page, more = await self._client.call("list blobs", partial(self._ask, prefix, more))
            found += page
            if more is None:
                return found

    async def _ask(self, prefix: str, more: str | None) -> tuple[list[Pending], str | None]:
        begin = f"{self._prefix}{FOLDER}"
        pages: Any = self._client.raw.list_blobs(
            begin + prefix.removeprefix(self._prefix), include=["uncommittedblobs"]
        ).by_page(more)
        found: list[Pending] = []
        async for entry in await anext(pages):
            path, _, id_ = entry.name.removeprefix(begin).rpartition("/")
            # One that has blocks alone need not have a time.
            begun = entry.last_modified or datetime.now(UTC)
            found.append(Pending(key=f"{self._prefix}{path}", id=id_, begun=begun))
        return found, pages.continuation_token or None

    async def landed(self, key: str, mark: str) -> str | None:
        """Return the version of the blob at a key, if it is the one with this mark."""
        try:
            told = await head(self._client, key)
        except PathNotFoundError:
            return None
        return version_of(told.etag) if told.metadata.get(MARK) == mark else None

    def _key(self, key: str, id_: str) -> str:
        return f"{self._prefix}{FOLDER}{key.removeprefix(self._prefix)}/{id_}"


def block_name(mark: str, number: int) -> str:
    """Return the name of a part's block. Those of one blob have to be of one length."""
    return f"{mark}-{number:0{_DIGITS}}"


def number_of(mark: str, name: str) -> int | None:
    """Return the number in a block's name, None if it is another upload's."""
    begin, _, number = name.rpartition("-")
    return int(number) if begin == mark and number.isdecimal() else None
