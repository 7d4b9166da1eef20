"""The contract for code that is not async: the same methods, blocking, from any thread.

    with blocking.open_driver("filesystem", rootdirectory="data") as driver:
        driver.put_content("/a", b"content")

Each open driver has one thread with one event loop, in which all of its calls run.
"""

from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from types import TracebackType
from typing import Self, TypeVar

from storagedriver import factory
from storagedriver.aio import close_iterator
from storagedriver.loopthread import LoopThread
from storagedriver.protocol import Content, FileWriter, Reader, StorageDriver
from storagedriver.records import Capabilities, FileInfo, UnfinishedInfo

T = TypeVar("T")

Thread = LoopThread[StorageDriver]

_END = object()


@contextmanager
def open_driver(name_or_url: str, /, **parameters: object) -> Iterator["BlockingDriver"]:
    """Open a driver by its name or by a URL, and close it on leaving the block.

    It takes and raises what `storagedriver.open_driver` does.
    """
    with opened(factory.open_driver(name_or_url, **parameters), name=name_or_url) as driver:
        yield driver


@contextmanager
def opened(
    manager: AbstractAsyncContextManager[StorageDriver], *, name: str = "driver"
) -> Iterator["BlockingDriver"]:
    """Enter what opens an async driver, and give the same driver, blocking.

    The thread is named after `name`, up to a colon: what follows in a URL may be a secret.
    """
    driver = BlockingDriver(LoopThread(f"storagedriver-{name.partition(':')[0]}", manager))
    try:
        yield driver
    finally:
        driver.close()


class BlockingDriver:
    """A `StorageDriver` whose methods block. Threads may share it.

    Where the protocol's methods give something async, these give the same, not async. A listing
    reads no further than it is iterated; a loop that ends early closes it, as `close()` does.

    A call that is interrupted, by KeyboardInterrupt for instance, is cancelled and awaited first.
    """

    def __init__(self, thread: Thread) -> None:
        self._thread = thread
        self._driver = thread.open()

    @property
    def name(self) -> str:
        """The driver's name, as errors show it."""
        return self._driver.name

    @property
    def capabilities(self) -> Capabilities:
        """What this instance can do."""
        return self._driver.capabilities

    def get_content(self, path: str) -> bytes:
        """Return a whole file."""
        return self._thread.run(self._driver.get_content, path)

    def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        """Write a whole file and return its record."""
        return self._thread.run(
            self._driver.put_content,
            path,
            content,
            if_match=if_match,
            if_none_match=if_none_match,
        )

    @contextmanager
    def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> Iterator["BlockingReader"]:
        """Open a file from `offset` on, for `length` bytes or to its end."""

        async def enter() -> tuple[AbstractAsyncContextManager[Reader], Reader]:
            manager = self._driver.reader(path, offset=offset, length=length)
            reader = await manager.__aenter__()
            self._thread.hold(manager)
            return manager, reader

        async def leave(
            kind: type[BaseException] | None,
            error: BaseException | None,
            traceback: TracebackType | None,
        ) -> bool | None:
            self._thread.release(manager)
            return await manager.__aexit__(kind, error, traceback)

        manager, reader = self._thread.run(enter)
        try:
            yield BlockingReader(reader, self._thread)
        except BaseException as error:
            leaving = (type(error), error, error.__traceback__)
            if not self._thread.finish(leave, *leaving):
                raise
        else:
            self._thread.finish(leave, None, None, None)

    def writer(self, path: str, *, append: bool = False) -> "BlockingWriter":
        """Open a writer, and take the path over from any earlier one."""
        writer = self._thread.run(self._driver.writer, path, append=append)
        return BlockingWriter(writer, self._thread)

    def stat(self, path: str) -> FileInfo:
        """Tell what is at a path: a file or a directory."""
        return self._thread.run(self._driver.stat, path)

    def list(self, path: str, *, start_after: str | None = None) -> Generator[FileInfo, None, None]:
        """Give the direct children of a directory, ascending by name."""
        return each(self._thread, lambda: self._driver.list(path, start_after=start_after))

    def walk(self, path: str, *, start_after: str | None = None) -> Generator[FileInfo, None, None]:
        """Give everything below a directory, depth first."""
        return each(self._thread, lambda: self._driver.walk(path, start_after=start_after))

    def move(self, source: str, destination: str) -> None:
        """Move one file."""
        self._thread.run(self._driver.move, source, destination)

    def delete(self, path: str, *, if_match: str | None = None) -> None:
        """Delete a file, or a directory with everything below it."""
        self._thread.run(self._driver.delete, path, if_match=if_match)

    def unfinished(self, path: str = "/") -> Generator[UnfinishedInfo, None, None]:
        """Give the unfinished writers at and below a path."""
        return each(self._thread, lambda: self._driver.unfinished(path))

    def discard(self, unfinished: UnfinishedInfo) -> None:
        """Drop an unfinished writer."""
        self._thread.run(self._driver.discard, unfinished)

    def redirect_url(
        self, path: str, *, method: str = "GET", expires_in: float = 1200
    ) -> str | None:
        """Return a URL that `method` can be sent to, or None."""
        return self._thread.run(
            self._driver.redirect_url, path, method=method, expires_in=expires_in
        )

    def close(self) -> None:
        """Close the driver, and end its thread. May be repeated.

        A call that is running in another thread is cancelled, and raises `DriverClosedError`.
        """
        self._thread.close()


class BlockingReader:
    """An open file: what it is, and its bytes."""

    def __init__(self, reader: Reader, thread: Thread) -> None:
        self._reader = reader
        self._thread = thread

    @property
    def info(self) -> FileInfo:
        """The whole file's record."""
        return self._reader.info

    def __iter__(self) -> Iterator[bytes]:
        """Give the bytes in pieces of the driver's choosing, none of them empty."""
        return each(self._thread, self._reader.__aiter__)


class BlockingWriter:
    """A file being written; see `storagedriver.protocol.FileWriter`."""

    def __init__(self, writer: FileWriter, thread: Thread) -> None:
        self._writer = writer
        self._thread = thread

    @property
    def size(self) -> int:
        """How many bytes were accepted so far."""
        return self._writer.size

    def write(self, chunk: Content) -> None:
        """Accept the next bytes."""
        self._thread.run(self._writer.write, chunk)

    def close(self) -> None:
        """Keep what was written for `writer(append=True)`, and stop."""
        self._thread.run(self._writer.close)

    def commit(self) -> FileInfo:
        """Publish everything written, at once, and return the file's record."""
        return self._thread.run(self._writer.commit)

    def cancel(self) -> None:
        """Drop everything written."""
        self._thread.run(self._writer.cancel)

    def __enter__(self) -> Self:
        self._thread.run(self._writer.__aenter__)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._thread.finish(self._writer.__aexit__, kind, error, traceback)


def each(thread: Thread, begin: Callable[[], AsyncIterator[T]]) -> Generator[T, None, None]:
    """Give what an async iterator gives, a step at a time, and close it in the end."""
    iterator: AsyncIterator[T] | None = None

    async def step() -> T | object:
        nonlocal iterator
        if iterator is None:
            iterator = begin()
            thread.hold(iterator)
        return await anext(iterator, _END)

    async def close() -> None:
        if iterator is not None:
            thread.release(iterator)
            await close_iterator(iterator)

    try:
        while (entry := thread.run(step)) is not _END:
            yield entry  # type: ignore[misc] # what is not the end is an entry
    finally:
        thread.finish(close)
