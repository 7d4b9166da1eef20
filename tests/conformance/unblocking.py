"""The blocking driver as an async one, so that the suite can test what it stands on."""

import asyncio
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import AbstractContextManager, asynccontextmanager
from types import TracebackType
from typing import Self, TypeVar

from storagedriver import Capabilities, Content, FileInfo, StorageDriver, UnfinishedInfo
from storagedriver.aio import Threads
from storagedriver.blocking import BlockingDriver, BlockingReader, BlockingWriter

T = TypeVar("T")

END = object()


@asynccontextmanager
async def unblocking(
    manager: AbstractContextManager[BlockingDriver],
) -> AsyncIterator[StorageDriver]:
    """Open a blocking driver, and give it with each call made in one of several threads."""
    async with Threads("unblocking", most=8) as threads:
        driver = await threads.run(manager.__enter__)
        try:
            yield Unblocking(driver, threads)
        finally:
            await threads.run(manager.__exit__, None, None, None)


class Unblocking:
    def __init__(self, driver: BlockingDriver, threads: Threads) -> None:
        self._driver = driver
        self._threads = threads

    @property
    def name(self) -> str:
        return self._driver.name

    @property
    def capabilities(self) -> Capabilities:
        return self._driver.capabilities

    async def get_content(self, path: str) -> bytes:
        return await self._threads.run(self._driver.get_content, path)

    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        return await self._threads.run(
            self._driver.put_content,
            path,
            content,
            if_match=if_match,
            if_none_match=if_none_match,
        )

    @asynccontextmanager
    async def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AsyncIterator["UnblockingReader"]:
        manager = self._driver.reader(path, offset=offset, length=length)
        reader = await kept(
            self._threads, manager.__enter__, lambda _: manager.__exit__(None, None, None)
        )
        try:
            yield UnblockingReader(reader, self._threads)
        finally:
            await self._threads.run(manager.__exit__, None, None, None)

    async def writer(self, path: str, *, append: bool = False) -> "UnblockingWriter":
        writer = await kept(
            self._threads,
            lambda: self._driver.writer(path, append=append),
            lambda writer: writer.close(),
        )
        return UnblockingWriter(writer, self._threads)

    async def stat(self, path: str) -> FileInfo:
        return await self._threads.run(self._driver.stat, path)

    def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        return each(self._threads, lambda: self._driver.list(path, start_after=start_after))

    def walk(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        return each(self._threads, lambda: self._driver.walk(path, start_after=start_after))

    async def move(self, source: str, destination: str) -> None:
        await self._threads.run(self._driver.move, source, destination)

    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        await self._threads.run(self._driver.delete, path, if_match=if_match)

    def unfinished(self, path: str = "/") -> AsyncIterator[UnfinishedInfo]:
        return each(self._threads, lambda: self._driver.unfinished(path))

    async def discard(self, unfinished: UnfinishedInfo) -> None:
        await self._threads.run(self._driver.discard, unfinished)

    async def redirect_url(
        self, path: str, *, method: str = "GET", expires_in: float = 1200
    ) -> str | None:
        return await self._threads.run(
            self._driver.redirect_url, path, method=method, expires_in=expires_in
        )

    async def aclose(self) -> None:
        await self._threads.run(self._driver.close)


class UnblockingReader:
    def __init__(self, reader: BlockingReader, threads: Threads) -> None:
        self._reader = reader
        self._threads = threads

    @property
    def info(self) -> FileInfo:
        return self._reader.info

    def __aiter__(self) -> AsyncIterator[bytes]:
        return each(self._threads, lambda: iter(self._reader))


class UnblockingWriter:
    def __init__(self, writer: BlockingWriter, threads: Threads) -> None:
        self._writer = writer
        self._threads = threads

    @property
    def size(self) -> int:
        return self._writer.size

    async def write(self, chunk: Content) -> None:
        await self._threads.run(self._writer.write, chunk)

    async def close(self) -> None:
        await self._threads.run(self._writer.close)

    async def commit(self) -> FileInfo:
        return await self._threads.run(self._writer.commit)

    async def cancel(self) -> None:
        await self._threads.run(self._writer.cancel)

    async def __aenter__(self) -> Self:
        await self._threads.run(self._writer.__enter__)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._threads.run(self._writer.__exit__, kind, error, traceback)


async def kept(threads: Threads, begin: Callable[[], T], let_go: Callable[[T], object | None]) -> T:
    """Open something in a thread; let it go if the caller was cancelled meanwhile."""
    opened: list[T] = []
    try:
        await threads.run(lambda: opened.append(begin()))
    except asyncio.CancelledError:
        for one in opened:
            await threads.run(let_go, one)
        raise
    return opened[0]


async def each(threads: Threads, begin: Callable[[], Iterator[T]]) -> AsyncIterator[T]:
    entries = begin()
    try:
        while (entry := await threads.run(next, entries, END)) is not END:
            yield entry
    finally:
        if isinstance(entries, Generator):
            await threads.run(entries.close)
