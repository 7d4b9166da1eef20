"""Gathering: an upload's bytes on their way, in a file that nobody can read yet."""

import logging
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

from storagedriver.aio import Threads, to_the_end
from storagedriver.errors import PathNotFoundError, StorageDriverError
from storagedriver.paths import name_of
from storagedriver.protocol import FileWriter, StorageDriver
from storagedriver.registry.store import layout
from storagedriver.registry.store.beginning import is_new
from storagedriver.registry.store.blobs import Blobs
from storagedriver.registry.store.errors import RangeInvalidError
from storagedriver.registry.store.intake import Intake, piece_size
from storagedriver.registry.store.links import exists, read_link
from storagedriver.registry.store.names import check_repository
from storagedriver.registry.store.publishing import Complete, unknown_upload
from storagedriver.registry.store.sessions import Key, Sessions

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_log = logging.getLogger(__name__)


def check_key(key: Key) -> None:
    """Raise `NameInvalidError` or `UploadUnknownError` for what can be the key of no upload."""
    check_repository(key[0])
    if not _ID.fullmatch(key[1]):
        raise unknown_upload(key[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How an upload was found: `begun` if anything of it was stored, `complete` if all was."""

    begun: bool
    complete: Complete | None = None


class Gathering:
    """What the uploads of all repositories have in storage, until it is a blob."""

    def __init__(
        self,
        driver: StorageDriver,
        blobs: Blobs,
        sessions: Sessions,
        threads: Threads,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._driver = driver
        self._blobs = blobs
        self._sessions = sessions
        self._threads = threads
        self._now = now
        self._piece = piece_size(driver.capabilities.limits)

    async def find(self, key: Key) -> Standing:
        """Make sure that the upload is there, and tell how it stands."""
        check_key(key)
        try:
            entries = {name_of(e.path): e async for e in self._driver.list(layout.upload(*key))}
        except PathNotFoundError as error:
            if not is_new(*key, self._now()) or self._sessions.was_stored(key):
                raise unknown_upload(key[1]) from error
            return Standing(begun=False)
        self._sessions.note(key)
        if layout.STARTED not in entries:
            raise unknown_upload(key[1])
        if layout.DATA in entries:
            return Standing(begun=True, complete=Complete(size=entries[layout.DATA].size))
        complete = await self._stored(key) if layout.VERIFIED in entries else None
        return Standing(begun=True, complete=complete)

    async def is_there(self, key: Key, standing: Standing) -> bool:
        """Tell whether an upload that was found is not cancelled since."""
        if standing.begun:
            return await exists(self._driver, layout.upload_started(*key))
        return not self._sessions.was_stored(key)

    async def _stored(self, key: Key) -> Complete:
        """Describe an upload whose data was moved to its blob."""
        digest = await read_link(self._driver, layout.upload_verified(*key))
        size = None if digest is None else await self._blobs.size(digest)
        if size is None:
            raise unknown_upload(key[1])
        return Complete(size=size, stored=digest)

    async def size(self, key: Key, standing: Standing) -> int:
        """Tell how many bytes an upload has, without touching it."""
        if standing.complete is not None:
            return standing.complete.size
        size = self._sessions.open_size(key)
        if size is not None or not standing.begun:
            return size or 0
        path = layout.upload_data(*key)
        sizes = [entry.size async for entry in self._driver.unfinished(path) if entry.path == path]
        return sizes[0] if sizes else 0

    @asynccontextmanager
    async def opened(
        self, key: Key, standing: Standing, first: int | None, algorithm: str
    ) -> AsyncIterator[Intake]:
        """Go on with an upload's data; leaving the block keeps all that was taken."""
        if first is not None:
            # Before a writer is opened: that would stop the one of another process.
            _check_place(first, await self.size(key, standing))
        writer = await self._writer(key, standing)
        self._sessions.opened(key, writer)
        running = self._sessions.resume(key, writer.size, algorithm)
        intake = Intake(writer, running, self._threads, piece=self._piece)
        try:
            if first is not None:
                _check_place(first, writer.size)
            yield intake
        except BaseException:
            with suppress(StorageDriverError):
                await to_the_end(self._close(key, intake))
            raise
        await self._close(key, intake)

    async def _writer(self, key: Key, standing: Standing) -> FileWriter:
        path = layout.upload_data(*key)
        if not standing.begun:
            # Before there is data: what has no `startedat` is no upload, and its data unheard of.
            started = self._now().strftime("%Y-%m-%dT%H:%M:%SZ")
            await self._driver.put_content(layout.upload_started(*key), started.encode())
            self._sessions.note(key)
            return await self._driver.writer(path)
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

    async def take(
        self,
        key: Key,
        standing: Standing,
        body: AsyncIterator[bytes],
        first: int | None,
        length: int | None,
    ) -> int:
        """Take the next bytes; return how many there are by then."""
        algorithm = self._sessions.algorithm(key)
        async with self.opened(key, standing, first, algorithm) as intake:
            await intake.take(body, length=length)
        return intake.writer.size

    async def end(self, key: Key, standing: Standing) -> None:
        """Remove what is stored of an upload that is a blob now."""
        if standing.begun or self._sessions.open_size(key) is not None:
            await self.clear(key)
        self._sessions.end(key)

    async def clear(self, key: Key) -> None:
        """Remove all that is left of an upload; what cannot be removed is left to a later purge."""
        self._sessions.end(key)
        try:
            await self._driver.delete(layout.upload(*key))
        except PathNotFoundError:
            pass
        except StorageDriverError as error:
            _log.warning("the upload %s of %s could not be removed: %s", key[1], key[0], error)


def misplaced(size: int) -> RangeInvalidError:
    """Make the error for bytes that do not belong where an upload of this size goes on."""
    return RangeInvalidError(f"the upload has {size} bytes, and goes on from there", size=size)


def _check_place(first: int, size: int) -> None:
    if first != size:
        raise misplaced(size)
