"""`limit`: so many calls to the storage at a time, and the others wait their turn."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from storagedriver.aio import closing
from storagedriver.middleware.around import AroundDriver, AroundWriter
from storagedriver.protocol import Content, FileWriter, Reader, StorageDriver
from storagedriver.records import FileInfo, UnfinishedInfo

T = TypeVar("T")


class LimitedDriver(AroundDriver):
    """Lets `most` calls to the inner driver run at a time, in the order in which they came.

    A step of a listing, of a reader or of a writer is a call; between them nothing is held, so that
    whoever has a file open and opens another waits for nobody who waits for them.
    """

    def __init__(self, driver: StorageDriver, most: int) -> None:
        super().__init__(driver)
        self._turns = asyncio.Semaphore(most)

    async def get_content(self, path: str) -> bytes:
        """Return a whole file."""
        async with self._turns:
            return await super().get_content(path)

    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        """Write a whole file."""
        async with self._turns:
            return await super().put_content(
                path, content, if_match=if_match, if_none_match=if_none_match
            )

    @asynccontextmanager
    async def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AsyncIterator[Reader]:
        """Open a file."""
        async with AsyncExitStack() as stack:
            opened = super().reader(path, offset=offset, length=length)
            async with self._turns:
                reader = await stack.enter_async_context(opened)
            yield _LimitedReader(reader, self._turns)

    async def writer(self, path: str, *, append: bool = False) -> FileWriter:
        """Open a writer."""
        async with self._turns:
            return _LimitedWriter(await super().writer(path, append=append), self._turns)

    async def stat(self, path: str) -> FileInfo:
        """Tell what is at a path."""
        async with self._turns:
            return await super().stat(path)

    def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        """Give the direct children of a directory."""
        return _limited(super().list(path, start_after=start_after), self._turns)

    def walk(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        """Give everything below a directory."""
        return _limited(super().walk(path, start_after=start_after), self._turns)

    async def move(self, source: str, destination: str) -> None:
        """Move one file."""
        async with self._turns:
            await super().move(source, destination)

    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        """Delete a file, or a directory with everything below it."""
        async with self._turns:
            await super().delete(path, if_match=if_match)

    def unfinished(self, path: str = "/") -> AsyncIterator[UnfinishedInfo]:
        """Give the unfinished writers at and below a path."""
        return _limited(super().unfinished(path), self._turns)

    async def discard(self, unfinished: UnfinishedInfo) -> None:
        """Drop an unfinished writer."""
        async with self._turns:
            await super().discard(unfinished)

    async def redirect_url(
        self, path: str, *, method: str = "GET", expires_in: float = 1200
    ) -> str | None:
        """Return a URL that `method` can be sent to, or None."""
        async with self._turns:
            return await super().redirect_url(path, method=method, expires_in=expires_in)


class _LimitedReader:
    def __init__(self, reader: Reader, turns: asyncio.Semaphore) -> None:
        self.info = reader.info
        self._reader = reader
        self._turns = turns

    def __aiter__(self) -> AsyncIterator[bytes]:
        return _limited(aiter(self._reader), self._turns)


class _LimitedWriter(AroundWriter):
    def __init__(self, writer: FileWriter, turns: asyncio.Semaphore) -> None:
        super().__init__(writer)
        self._turns = turns

    async def write(self, chunk: Content) -> None:
        async with self._turns:
            await super().write(chunk)

    async def commit(self) -> FileInfo:
        async with self._turns:
            return await super().commit()

    async def close(self) -> None:
        async with self._turns:
            await super().close()

    async def cancel(self) -> None:
        async with self._turns:
            await super().cancel()


async def _limited(steps: AsyncIterator[T], turns: asyncio.Semaphore) -> AsyncIterator[T]:
    """Give what an iterator gives, each step in its turn."""
    async with closing(steps):
        while True:
            async with turns:
                try:
                    step = await anext(steps)
                except StopAsyncIteration:
                    return
            yield step


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitParameters:
    """How much is done at a time. Raises `ValueError` for less than one."""

    calls: int = field(default=64, metadata={"help": "how many calls to the storage run at a time"})

    def __post_init__(self) -> None:
        """Check the number."""
        if self.calls < 1:
            raise ValueError("calls must be at least 1")


class LimitFactory:
    """Let so many calls to the storage run at a time."""

    contract = 1
    parameters = LimitParameters

    def wrap(self, driver: StorageDriver, parameters: LimitParameters) -> StorageDriver:
        """Put it around a driver."""
        return LimitedDriver(driver, parameters.calls)
