"""Uploads: how blobs come in, in one request or in many.

What has come gathers at the upload's own path, where nobody can read it, and becomes a blob only
when its digest was verified. A small body that is all there is to it is held in memory instead and
becomes a blob at once, which spares storage a file and its move. An upload is in its id alone until
it has data, and from then on it is there while its `startedat` is. One whose data is committed is
complete: only `finish` and `cancel` are left to it, and so it is while its data is a blob already
that its repository lacks.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext, suppress
from datetime import datetime
from uuid import uuid4

from storagedriver.aio import Threads, to_the_end
from storagedriver.errors import PathNotFoundError, StorageDriverError, WriterLostError
from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import layout
from storagedriver.registry.store.beginning import new_id
from storagedriver.registry.store.blobs import MEDIA_TYPE, Blobs
from storagedriver.registry.store.digests import CANONICAL, Digest, check_algorithm
from storagedriver.registry.store.endings import Endings
from storagedriver.registry.store.errors import (
    DigestInvalidError,
    StoreError,
    UploadInvalidError,
    UploadUnknownError,
)
from storagedriver.registry.store.gathering import Gathering, Standing, check_key, misplaced
from storagedriver.registry.store.hashing import RunningHash
from storagedriver.registry.store.holding import Held
from storagedriver.registry.store.intake import Intake, piece_size
from storagedriver.registry.store.names import check_repository
from storagedriver.registry.store.publishing import Publisher, unknown_upload
from storagedriver.registry.store.records import Descriptor, Upload
from storagedriver.registry.store.sessions import Key, Sessions


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
        self._piece = piece_size(driver.capabilities.limits)
        self._publisher = Publisher(driver, blobs, threads)
        self._now = now
        self._sessions = Sessions()
        self._endings = Endings()
        self._gathered = Gathering(driver, blobs, self._sessions, threads, now=now)

    def check_size(self, size: int) -> None:
        """Raise nothing: a blob may have any size here."""

    async def start(self, name: str, algorithm: str = CANONICAL) -> Upload:
        """Begin an upload.

        `algorithm` is that of the digest it is expected to have: what comes is hashed by it on its
        way. For a digest by another one it is read once more at its end.

        Raises `DigestInvalidError` for an algorithm that is not supported.
        """
        check_repository(name)
        check_algorithm(algorithm)
        upload_id = new_id(name, self._now())
        if algorithm != CANONICAL:
            self._sessions.announce((name, upload_id), algorithm)
        return Upload(id=upload_id, size=0)

    async def status(self, name: str, upload_id: str) -> Upload:
        """Tell how far an upload is.

        Raises `UploadUnknownError` where the repository has none with this id.
        """
        key = (name, upload_id)
        standing = await self._gathered.find(key)
        return Upload(id=upload_id, size=await self._gathered.size(key, standing))

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
        async with self._admitted(key, body) as admitted:
            with self._sessions.occupied(key), _one_writer():
                standing = await self._gathered.find(key)
                if standing.complete is not None:
                    raise misplaced(standing.complete.size)
                size = await self._gathered.take(key, standing, admitted, first, length)
                return Upload(id=upload_id, size=size)

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

        Once that was done, it may be repeated, and gives the same again. While it is done, once all
        of `body` has come, it may be repeated without a body: both then get the one outcome.

        Raises what `append` does, and `DigestInvalidError` where all that came has another digest:
        the upload is then kept, the body included, and nothing is published.
        """
        key = (name, upload_id)
        check_key(key)

        async def finished(body: AsyncIterator[bytes]) -> Descriptor:
            return await self._finish(key, digest, body, first, length)

        async with self._admitted(key, body) as admitted:
            return await self._endings.reach(key, digest, admitted, finished)

    def _admitted(
        self, key: Key, body: AsyncIterator[bytes]
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Open a block in which an upload takes a body, or what is given in its place."""
        del key
        return nullcontext(body)

    async def _finish(
        self,
        key: Key,
        digest: Digest,
        body: AsyncIterator[bytes],
        first: int | None,
        length: int | None,
    ) -> Descriptor:
        standing = Standing(begun=False)
        with self._sessions.occupied(key), _one_writer():
            try:
                standing = await self._gathered.find(key)
                if standing.complete is None:
                    size = await self._complete(
                        key, standing, digest, body, first=first, length=length
                    )
                else:
                    await _take_nothing(body, standing.complete.size)
                    await self._publisher.adopt(key, digest, standing.complete)
                    size = standing.complete.size
            except (UploadUnknownError, DigestInvalidError) as error:
                # The end of an earlier try may be missing: its answer, or the upload's removal.
                if isinstance(error, DigestInvalidError) and await self._gathered.size(
                    key, standing
                ):
                    raise
                found = await self._blobs.find(key[0], digest)
                if found is None:
                    raise
                size = found.size
            await self._gathered.end(key, standing)
        return Descriptor(digest=digest, size=size, media_type=MEDIA_TYPE)

    async def push(self, name: str, digest: Digest, body: AsyncIterator[bytes]) -> Descriptor:
        """Take a whole blob at once; on any failure nothing is left behind.

        Raises `DigestInvalidError` where the body has another digest.
        """
        check_repository(name)
        held = Held(body)
        content = await held.whole()
        if content is None:
            size = await self._push(name, digest, held)
        else:
            await self._publisher.store(name, digest, content)
            size = len(content)
        return Descriptor(digest=digest, size=size, media_type=MEDIA_TYPE)

    async def _push(self, name: str, digest: Digest, body: AsyncIterator[bytes]) -> int:
        """Take a whole blob that is not small; return how many bytes it has."""
        # Nobody learns this id and nothing is resumed, so that it needs no `startedat`.
        key = (name, str(uuid4()))
        with self._sessions.occupied(key), _one_writer():
            return await self._push_as(key, digest, body)

    async def _push_as(self, key: Key, digest: Digest, body: AsyncIterator[bytes]) -> int:
        try:
            async with await self._driver.writer(layout.upload_data(*key)) as writer:
                running = RunningHash(digest.algorithm)
                intake = Intake(writer, running, self._threads, piece=self._piece)
                await intake.take(body)
                await self._publisher.publish(key, digest, intake)
        except BaseException:
            await to_the_end(self._gathered.clear(key))
            raise
        return writer.size

    def is_busy(self, folder: str) -> bool:
        """Tell whether a request of this process writes to the upload of this folder."""
        return self._sessions.is_busy(folder)

    async def cancel(self, name: str, upload_id: str) -> None:
        """Drop an upload with all that it has; a request that writes to it fails.

        Raises `UploadUnknownError` where the repository has none with this id.
        """
        key = (name, upload_id)
        standing = await self._gathered.find(key)
        self._sessions.end(key)
        if not standing.begun:
            return
        try:
            await self._driver.delete(layout.upload(*key))
        except PathNotFoundError as error:
            raise unknown_upload(upload_id) from error

    async def _complete(
        self,
        key: Key,
        standing: Standing,
        digest: Digest,
        body: AsyncIterator[bytes],
        *,
        first: int | None,
        length: int | None,
    ) -> int:
        """Take the last bytes and publish all; return how many there are."""
        held = Held(body)
        is_empty = not first and not self._sessions.has_some(key)
        if is_empty and await self._gathered.size(key, standing) == 0:
            content = await self._whole(key, standing, held, length)
            if content is not None:
                try:
                    await self._publisher.store(key[0], digest, content)
                except DigestInvalidError:
                    if not content:
                        raise
                    # What is wrong is kept like any other part of an upload, and told after that.
                else:
                    return len(content)
        async with self._gathered.opened(key, standing, first, digest.algorithm) as intake:
            await intake.take(held, length=length)
            await self._publisher.publish(key, digest, intake)
        return intake.writer.size

    async def _whole(
        self, key: Key, standing: Standing, held: Held, length: int | None
    ) -> bytes | None:
        """Return a body if it is small and as long as announced; what comes of another is kept."""
        try:
            content = await held.whole()
        except BaseException:
            # The body's own error, or the cancellation, matters more.
            with suppress(StorageDriverError, StoreError):
                await to_the_end(self._gathered.take(key, standing, held, None, length))
            raise
        if content is None or (length is not None and length != len(content)):
            return None
        # Nothing was opened that a cancelled upload would have ended.
        if not await self._gathered.is_there(key, standing):
            raise unknown_upload(key[1])
        return content


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
            raise misplaced(size)
