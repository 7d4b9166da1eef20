"""Uploads: how blobs come in, in one request or in many.

What has come gathers at the upload's own path, where nobody can read it, and becomes a blob only
when its digest was verified. An upload is there while its `startedat` is. One whose data is
committed is complete: only `finish` and `cancel` are left to it.
"""

import logging
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime
from uuid import uuid4

from storagedriver.aio import Threads, to_the_end
from storagedriver.errors import PathNotFoundError, StorageDriverError, WriterLostError
from storagedriver.paths import name_of
from storagedriver.protocol import FileWriter, StorageDriver
from storagedriver.records import FileInfo
from storagedriver.registry.store import layout
from storagedriver.registry.store.blobs import MEDIA_TYPE, Blobs
from storagedriver.registry.store.digests import CANONICAL, Digest
from storagedriver.registry.store.errors import (
    DigestInvalidError,
    RangeInvalidError,
    UploadInvalidError,
    UploadUnknownError,
)
from storagedriver.registry.store.hashing import RunningHash
from storagedriver.registry.store.intake import Intake
from storagedriver.registry.store.names import check_repository
from storagedriver.registry.store.publishing import Publisher, unknown_upload
from storagedriver.registry.store.records import Descriptor, Upload
from storagedriver.registry.store.sessions import Key, Sessions

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_log = logging.getLogger(__name__)


class Uploads:
    """The uploads of all repositories. `now` tells the time, aware and in UTC."""

    def __init__(
        self,
        driver: StorageDriver,
        blobs: Blobs,
        threads: Threads,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._driver = driver
        self._blobs = blobs
        self._threads = threads
        self._publisher = Publisher(driver, blobs, threads)
        self._now = now
        self._sessions = Sessions()

    async def start(self, name: str) -> Upload:
        """Begin an upload."""
        check_repository(name)
        upload_id = str(uuid4())
        started = self._now().strftime("%Y-%m-%dT%H:%M:%SZ")
        await self._driver.put_content(layout.upload_started(name, upload_id), started.encode())
        return Upload(id=upload_id, size=0)

    async def status(self, name: str, upload_id: str) -> Upload:
        """Tell how far an upload is.

        Raises `UploadUnknownError` where the repository has none with this id.
        """
        key = (name, upload_id)
        committed = await self._committed(key)
        return Upload(id=upload_id, size=await self._size(key, committed))

    async def append(
        self,
        name: str,
        upload_id: str,
        body: AsyncIterator[bytes],
        *,
        first: int | None = None,
        length: int | None = None,
    ) -> Upload:
        """Take the next bytes of an upload, durably.

        `first` is where they belong, None wherever the upload stands; `length` how many they are
        said to be. When the body breaks, what came before is kept, and the body's error raised.

        Raises `RangeInvalidError` where the upload stands elsewhere or is complete, and takes
        nothing; `SizeInvalidError` where the body is longer or shorter than `length`: what came is
        kept, up to `length`; `UploadInvalidError` where another request writes to the upload;
        `UploadUnknownError` where the repository has none with this id.
        """
        key = (name, upload_id)
        with self._sessions.occupied(key), _one_writer():
            committed = await self._committed(key)
            if committed is not None:
                raise _misplaced(committed.size)
            async with self._open(key, first, CANONICAL) as intake:
                await intake.take(body, length=length)
            return Upload(id=upload_id, size=intake.writer.size)

    async def finish(
        self,
        name: str,
        upload_id: str,
        digest: Digest,
        body: AsyncIterator[bytes],
        *,
        first: int | None = None,
        length: int | None = None,
    ) -> Descriptor:
        """Take the last bytes of an upload, if any, and make it a blob of the repository.

        Once that was done, it may be repeated, and gives the same again.

        Raises what `append` does, and `DigestInvalidError` where all that came has another digest:
        the upload is then kept, the body included, and nothing is published.
        """
        key = (name, upload_id)
        committed = None
        with self._sessions.occupied(key), _one_writer():
            try:
                committed = await self._committed(key)
                if committed is None:
                    size = await self._complete(key, digest, body, first, length)
                else:
                    await _take_nothing(body, committed.size)
                    await self._publisher.adopt(key, digest, committed.size)
                    size = committed.size
            except (UploadUnknownError, DigestInvalidError) as error:
                # The end of an earlier try may be missing: its answer, or the upload's removal.
                if isinstance(error, DigestInvalidError) and await self._size(key, committed):
                    raise
                found = await self._blobs.find(name, digest)
                if found is None:
                    raise
                size = found.size
            await self._clear(key)
        return Descriptor(digest=digest, size=size, media_type=MEDIA_TYPE)

    async def push(self, name: str, digest: Digest, body: AsyncIterator[bytes]) -> Descriptor:
        """Take a whole blob at once; on any failure nothing is left behind.

        Raises `DigestInvalidError` where the body has another digest.
        """
        check_repository(name)
        # Nobody learns this id and nothing is resumed, so that it needs no `startedat`.
        key = (name, str(uuid4()))
        try:
            async with await self._driver.writer(layout.upload_data(*key)) as writer:
                intake = Intake(writer, RunningHash(digest.algorithm), self._threads)
                await intake.take(body)
                await self._publisher.publish(key, digest, intake)
        except BaseException:
            await to_the_end(self._clear(key))
            raise
        return Descriptor(digest=digest, size=writer.size, media_type=MEDIA_TYPE)

    async def cancel(self, name: str, upload_id: str) -> None:
        """Drop an upload with all that it has; a request that writes to it fails.

        Raises `UploadUnknownError` where the repository has none with this id.
        """
        key = (name, upload_id)
        await self._committed(key)
        self._sessions.forget(key)
        try:
            await self._driver.delete(layout.upload(*key))
        except PathNotFoundError as error:
            raise unknown_upload(upload_id) from error

    async def _committed(self, key: Key) -> FileInfo | None:
        """Make sure that the upload is there; return its data if it is complete."""
        check_repository(key[0])
        if not _ID.fullmatch(key[1]):
            raise unknown_upload(key[1])
        try:
            entries = {name_of(e.path): e async for e in self._driver.list(layout.upload(*key))}
        except PathNotFoundError as error:
            raise unknown_upload(key[1]) from error
        if layout.STARTED not in entries:
            raise unknown_upload(key[1])
        return entries.get(layout.DATA)

    async def _size(self, key: Key, committed: FileInfo | None) -> int:
        """Tell how many bytes an upload has, without touching it."""
        if committed is not None:
            return committed.size
        size = self._sessions.open_size(key)
        if size is not None:
            return size
        path = layout.upload_data(*key)
        sizes = [entry.size async for entry in self._driver.unfinished(path) if entry.path == path]
        return sizes[0] if sizes else 0

    @asynccontextmanager
    async def _open(self, key: Key, first: int | None, algorithm: str) -> AsyncIterator[Intake]:
        """Go on with an upload's data; leaving the block keeps all that was taken."""
        if first is not None:
            # Before a writer is opened: that would stop the one of another process.
            _check_place(first, await self._size(key, None))
        writer = await self._writer(key)
        self._sessions.opened(key, writer)
        running = self._sessions.resume(key, writer.size, algorithm)
        intake = Intake(writer, running, self._threads)
        try:
            if first is not None:
                _check_place(first, writer.size)
            yield intake
        except BaseException:
            with suppress(StorageDriverError):
                await to_the_end(self._close(key, intake))
            raise
        await self._close(key, intake)

    async def _writer(self, key: Key) -> FileWriter:
        path = layout.upload_data(*key)
        try:
            return await self._driver.writer(path, append=True)
        except PathNotFoundError:
            return await self._driver.writer(path)

    async def _close(self, key: Key, intake: Intake) -> None:
        """Keep what was taken; its hash too, which is of use only if all of it is durable."""
        known = intake.digest
        await intake.writer.close()
        if known is not None and intake.running is not None:
            self._sessions.keep(key, intake.running)

    async def _complete(
        self,
        key: Key,
        digest: Digest,
        body: AsyncIterator[bytes],
        first: int | None,
        length: int | None,
    ) -> int:
        """Take the last bytes and publish all; return how many there are."""
        async with self._open(key, first, digest.algorithm) as intake:
            await intake.take(body, length=length)
            await self._publisher.publish(key, digest, intake)
        return intake.writer.size

    async def _clear(self, key: Key) -> None:
        """Remove all that is left of an upload; what cannot be removed is left to a later purge."""
        self._sessions.forget(key)
        try:
            await self._driver.delete(layout.upload(*key))
        except PathNotFoundError:
            pass
        except StorageDriverError as error:
            _log.warning("the upload %s of %s could not be removed: %s", key[1], key[0], error)


@contextmanager
def _one_writer() -> Iterator[None]:
    """Say it plainly when another process went on with the upload."""
    try:
        yield
    except WriterLostError as error:
        raise UploadInvalidError("another request took this upload over") from error


async def _take_nothing(body: AsyncIterator[bytes], size: int) -> None:
    async for chunk in body:
        if chunk:
            raise _misplaced(size)


def _check_place(first: int, size: int) -> None:
    if first != size:
        raise _misplaced(size)


def _misplaced(size: int) -> RangeInvalidError:
    return RangeInvalidError(f"the upload has {size} bytes, and goes on from there", size=size)
