"""What a measured driver hands out: readers and writers, measured like itself."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Self

from storagedriver.aio import close_iterator
from storagedriver.middleware.around import AroundWriter
from storagedriver.middleware.meters import Clock, Meter, Timed, Total, size_of
from storagedriver.protocol import Content, FileWriter, Reader
from storagedriver.records import FileInfo


class MeasuredReading:
    """The block in which a file is open."""

    __slots__ = ("_clock", "_meter", "_opening", "_reader")

    _reader: "MeasuredReader"

    def __init__(
        self, opening: AbstractAsyncContextManager[Reader], meter: Meter, clock: Clock
    ) -> None:
        self._opening = opening
        self._meter = meter
        self._clock = clock

    async def __aenter__(self) -> Reader:
        with Timed("reader", self._meter, self._clock):
            reader = await self._opening.__aenter__()
        self._reader = MeasuredReader(reader, self._meter, self._clock)
        return self._reader

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            await self._reader.leave()
        finally:
            await self._opening.__aexit__(kind, error, traceback)


class MeasuredReader:
    """An open file."""

    __slots__ = ("_meter", "_pieces", "_reader", "_total")

    def __init__(self, reader: Reader, meter: Meter, clock: Clock) -> None:
        self._reader = reader
        self._meter = meter
        self._total = Total("read", meter, clock)
        self._pieces: AsyncIterator[bytes] | None = None

    @property
    def info(self) -> FileInfo:
        """The whole file's record."""
        return self._reader.info

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._pieces is None:
            self._pieces = aiter(self._reader)
        piece = await self._total.step(anext(self._pieces))
        self._meter.read(len(piece))
        return piece

    async def leave(self) -> None:
        """Close the iterator over the bytes, if there is one, and tell of the reading."""
        if self._pieces is not None:
            self._total.tell()
            await close_iterator(self._pieces)


class MeasuredWriter(AroundWriter):
    """A file being written."""

    def __init__(self, writer: FileWriter, meter: Meter, clock: Clock) -> None:
        super().__init__(writer)
        self._meter = meter
        self._clock = clock
        self._is_over = False

    async def write(self, chunk: Content) -> None:
        """Accept the next bytes."""
        with self._timed("write"):
            await self.writer.write(chunk)
        self._meter.written(size_of(chunk))

    async def commit(self) -> FileInfo:
        """Publish everything written."""
        with self._timed("commit"):
            info = await self.writer.commit()
        self._is_over = True
        return info

    async def close(self) -> None:
        """Keep what was written, and stop."""
        with self._timed("close"):
            await self.writer.close()
        self._is_over = True

    async def cancel(self) -> None:
        """Drop everything written."""
        with self._timed("cancel"):
            await self.writer.cancel()
        self._is_over = True

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._is_over:
            await self.writer.__aexit__(kind, error, traceback)
            return
        with self._timed("close"):
            await self.writer.__aexit__(kind, error, traceback)

    def _timed(self, action: str) -> Timed:
        return Timed(action, self._meter, self._clock)
