"""What a guarded driver hands out: readers, writers and listings, guarded like itself."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from enum import Enum
from types import TracebackType
from typing import Self, TypeVar

from storagedriver.aio import close_iterator, closing
from storagedriver.errors import StorageDriverError, WriterClosedError
from storagedriver.gate import Gate, Stamped
from storagedriver.protocol import Content, FileWriter, Reader
from storagedriver.records import FileInfo

T = TypeVar("T")


async def guarded_listing(
    opened: Callable[[], AsyncIterator[T]], gate: Gate, stamped: Stamped
) -> AsyncIterator[T]:
    """Give the entries of a listing while the driver is open, and close it at the end."""
    entries = opened()
    with stamped:
        async with closing(entries):
            async for entry in entries:
                yield entry
                gate.check()


class GuardedReader:
    """An open file, whose bytes can be read until its block is left."""

    __slots__ = ("_gate", "_pieces", "_reader", "_stamped", "is_left")

    def __init__(self, reader: Reader, gate: Gate, stamped: Stamped) -> None:
        self._reader = reader
        self._gate = gate
        self._stamped = stamped
        self._pieces: AsyncIterator[bytes] | None = None
        self.is_left = False

    @property
    def info(self) -> FileInfo:
        """The whole file's record."""
        return self._reader.info

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        # Ending quietly here would make a cut file look whole.
        if self.is_left:
            raise ValueError("a reader gives bytes only within its block")
        self._gate.check()
        with self._stamped:
            if self._pieces is None:
                self._pieces = aiter(self._reader)
            return await anext(self._pieces)

    async def leave(self) -> None:
        """End reading, and close the iterator over the bytes."""
        self.is_left = True
        if self._pieces is not None:
            await close_iterator(self._pieces)


class GuardedReading:
    """The block in which a file is open."""

    __slots__ = ("_gate", "_opened", "_opening", "_reader", "_stamped")

    _opening: AbstractAsyncContextManager[Reader]
    _reader: GuardedReader

    def __init__(
        self,
        opened: Callable[[], AbstractAsyncContextManager[Reader]],
        gate: Gate,
        stamped: Stamped,
    ) -> None:
        self._opened = opened
        self._gate = gate
        self._stamped = stamped

    async def __aenter__(self) -> Reader:
        self._opening = self._opened()
        with self._stamped:
            reader = await self._opening.__aenter__()
        self._reader = GuardedReader(reader, self._gate, self._stamped)
        return self._reader

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._stamped:
            try:
                await self._reader.leave()
            finally:
                await self._opening.__aexit__(kind, error, traceback)


class Turn(Stamped):
    """A block in which one task at a time calls a writer."""

    __slots__ = ("_gate", "_is_taken")

    def __init__(self, gate: Gate, path: str) -> None:
        super().__init__(gate.name, path)
        self._gate = gate
        self._is_taken = False

    def __enter__(self) -> None:
        self._gate.check(self._path)
        if self._is_taken:
            raise RuntimeError(f"two tasks use the writer of {self._path} at the same time")
        self._is_taken = True

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_taken = False
        super().__exit__(kind, error, traceback)


class WriterState(Enum):
    """What became of a writer. Only a call that succeeded changes it."""

    OPEN = "open"
    CLOSED = "closed"
    COMMITTED = "committed"
    CANCELLED = "cancelled"


class GuardedWriter:
    """A writer that knows whether it may still be called.

    After a call that failed or was cancelled it is as open as before: it can be closed, cancelled
    or committed again, and a driver's writer must take that.
    """

    __slots__ = ("_path", "_state", "_turn", "_writer")

    def __init__(self, writer: FileWriter, gate: Gate, path: str) -> None:
        self._writer = writer
        self._turn = Turn(gate, path)
        self._path = path
        self._state = WriterState.OPEN

    @property
    def size(self) -> int:
        """How many bytes were accepted so far."""
        return self._writer.size

    async def write(self, chunk: Content) -> None:
        """Accept the next bytes. Raises `TypeError` unless they are bytes."""
        with self._turn:
            self._check_open()
            await self._writer.write(checked_content(chunk))

    async def commit(self) -> FileInfo:
        """Publish everything written."""
        with self._turn:
            self._check_open()
            info = await self._writer.commit()
            self._state = WriterState.COMMITTED
            return info

    async def close(self) -> None:
        """Keep what was written, and stop."""
        if self._state is WriterState.OPEN:
            with self._turn:
                await self._writer.close()
                self._state = WriterState.CLOSED

    async def cancel(self) -> None:
        """Drop everything written."""
        if self._state in {WriterState.OPEN, WriterState.CLOSED}:
            with self._turn:
                await self._writer.cancel()
                self._state = WriterState.CANCELLED

    def _check_open(self) -> None:
        if self._state is not WriterState.OPEN:
            raise WriterClosedError(f"the writer was {self._state.value} before")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            await self.close()
        except StorageDriverError as failure:
            if error is None:
                raise
            # The block's own error, a cancellation perhaps, must not be hidden by this one.
            error.add_note(f"what was written may not have been kept: {failure}")


def checked_content(content: Content) -> Content:
    """Return bytes, a byte array or a flat view of bytes; raise `TypeError` for anything else."""
    if isinstance(content, memoryview):
        if not content.c_contiguous:
            raise TypeError("a memoryview to be written must be contiguous")
        return content if content.format == "B" and content.ndim == 1 else content.cast("B")
    if isinstance(content, bytes | bytearray):
        return content
    raise TypeError(f"content is bytes, bytearray or memoryview, not {type(content).__name__}")
