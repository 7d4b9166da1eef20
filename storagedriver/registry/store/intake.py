"""Taking in a body: gathered into pieces, each hashed and written while the next one comes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from storagedriver.aio import Threads, to_the_end
from storagedriver.errors import StorageDriverError
from storagedriver.protocol import FileWriter
from storagedriver.records import Limits
from storagedriver.registry.store.digests import Digest
from storagedriver.registry.store.errors import SizeInvalidError
from storagedriver.registry.store.hashing import INLINE, RunningHash

PIECE = 1024 * 1024
"""Bytes that are gathered before they are hashed and written at once, unless a driver needs more.

Two pieces are held at most: the one in work and the one that comes.
"""


def piece_size(limits: Limits) -> int:
    """Return how many bytes to gather for a driver.

    One that sends parts asks storage with each write who owns the path: once for a part will do.
    """
    return max(PIECE, limits.min_part or 0)


class Intake:
    """A writer and the running hash of all that it has; None where that is not known.

    `piece` is how many bytes are gathered before they are written.
    `before` is how many bytes the writer had from earlier requests. `sound` turns false when a
    piece may have been hashed and not written, or the reverse.
    """

    def __init__(
        self,
        writer: FileWriter,
        running: RunningHash | None,
        threads: Threads,
        *,
        piece: int = PIECE,
    ) -> None:
        self.writer = writer
        self._most = piece
        self.before = writer.size
        self.running = running
        self.sound = True
        self._threads = threads
        self._gathered: list[bytes] = []
        self._held = 0
        self._working: asyncio.Task[None] | None = None

    @property
    def digest(self) -> Digest | None:
        """The digest of all that the writer has, where it is known."""
        if self.running is None or not self.sound or self.running.size != self.writer.size:
            return None
        return self.running.digest()

    async def take(self, body: AsyncIterator[bytes], *, length: int | None = None) -> None:
        """Write a body to its end.

        When the body breaks or the task is cancelled, what came before is written nevertheless.

        Raises `SizeInvalidError` where the body has another length than announced. What came is
        written even then, but nothing beyond `length`.
        """
        try:
            received = await self._receive(body, length)
            await self._flush()
        except BaseException:
            with suppress(StorageDriverError):
                await to_the_end(self._flush())
            raise
        if length is not None and received != length:
            relation = "more" if received > length else "fewer"
            raise SizeInvalidError(f"the body has {relation} than the {length} bytes announced")

    async def _receive(self, body: AsyncIterator[bytes], length: int | None) -> int:
        """Gather and begin pieces; return how many bytes came, or enough to tell it is too many."""
        received = 0
        async for chunk in body:
            # Only what is too long is cut: that copies it.
            is_too_long = length is not None and received + len(chunk) > length
            taken = chunk[: (length or 0) - received] if is_too_long else chunk
            received += len(chunk)
            self._gathered.append(taken)
            self._held += len(taken)
            if self._held >= self._most:
                await self._settle()
                self._working = asyncio.create_task(self._work(self._piece()))
            if length is not None and received > length:
                break
        return received

    def _piece(self) -> bytes:
        """Join what is gathered, and begin anew."""
        piece = self._gathered[0] if len(self._gathered) == 1 else b"".join(self._gathered)
        self._gathered = []
        self._held = 0
        return piece

    async def _settle(self) -> None:
        """Wait for the piece in work, which goes on even if the waiting is cancelled."""
        if self._working is None:
            return
        await asyncio.wait([self._working])
        working, self._working = self._working, None
        working.result()

    async def _flush(self) -> None:
        """Hash and write all that is gathered."""
        await self._settle()
        if self._held and self.sound:
            await self._work(self._piece())

    async def _work(self, piece: bytes) -> None:
        """Hash a piece and write it, both at once."""
        try:
            if self.running is None:
                await self.writer.write(piece)
            elif len(piece) <= INLINE:
                self.running.update(piece)
                await self.writer.write(piece)
            else:
                hashing = asyncio.create_task(self._threads.run(self.running.update, piece))
                try:
                    await self.writer.write(piece)
                finally:
                    await hashing
        except BaseException:
            self.sound = False
            raise
