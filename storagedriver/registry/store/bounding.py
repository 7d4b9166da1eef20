"""Uploads of blobs that may have so many bytes, and not one more."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Self

from storagedriver.aio import Threads, to_the_end
from storagedriver.protocol import StorageDriver
from storagedriver.registry.store.blobs import Blobs
from storagedriver.registry.store.digests import Digest
from storagedriver.registry.store.errors import BlobTooLargeError
from storagedriver.registry.store.gathering import Standing, check_key
from storagedriver.registry.store.records import Descriptor
from storagedriver.registry.store.sessions import Key
from storagedriver.registry.store.uploads import Uploads


class BoundedUploads(Uploads):
    """Uploads of at most `most` bytes. One that gets more is dropped, with all that it has.

    `append`, `finish` and `push` raise `BlobTooLargeError` for it, beside what `Uploads` raises.
    """

    def __init__(
        self,
        driver: StorageDriver,
        blobs: Blobs,
        threads: Threads,
        *,
        now: Callable[[], datetime],
        most: int,
    ) -> None:
        super().__init__(driver, blobs, threads, now=now)
        self._most = most

    def check_size(self, size: int) -> None:
        """Raise `BlobTooLargeError` for a blob of more bytes than are taken."""
        if size > self._most:
            raise _too_large(self._most)

    async def push(self, name: str, digest: Digest, body: AsyncIterator[bytes]) -> Descriptor:
        """Take a whole blob at once, if it fits; on any failure nothing is left behind."""
        return await super().push(name, digest, _Bounded(body, self._most, self._most))

    @asynccontextmanager
    async def _admitted(self, key: Key, body: AsyncIterator[bytes]) -> AsyncIterator["_Bounded"]:
        """Give a body that breaks where the upload has all that it may have, and drop it then."""
        check_key(key)
        size = await self._gathered.size(key, Standing(begun=True))
        try:
            self.check_size(size)
            yield _Bounded(body, self._most - size, self._most)
        except BlobTooLargeError:
            await to_the_end(self._gathered.clear(key))
            raise


class _Bounded:
    """A body that breaks when more than `room` bytes of it came."""

    def __init__(self, body: AsyncIterator[bytes], room: int, most: int) -> None:
        self._body = body
        self._room = room
        self._most = most

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        chunk = await anext(self._body)
        self._room -= len(chunk)
        if self._room < 0:
            raise _too_large(self._most)
        return chunk


def _too_large(most: int) -> BlobTooLargeError:
    return BlobTooLargeError(f"a blob has at most {most} bytes here", detail={"most": most})
