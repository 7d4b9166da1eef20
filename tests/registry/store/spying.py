"""A driver around a driver that counts calls, and does something at one of them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from storagedriver.middleware.around import AroundDriver, AroundWriter
from storagedriver.protocol import Content, FileWriter, Reader, StorageDriver
from storagedriver.records import FileInfo, UnfinishedInfo

Step = Callable[[str], Awaitable[None]]


async def _nothing(_: str) -> None:
    pass


class SpyingDriver(AroundDriver):
    """`before` and `after` are awaited around each call, with its name and path."""

    def __init__(
        self, driver: StorageDriver, *, before: Step = _nothing, after: Step = _nothing
    ) -> None:
        super().__init__(driver)
        self.before = before
        self.after = after
        self.calls: list[str] = []

    @asynccontextmanager
    async def step(self, method: str, path: str) -> AsyncIterator[None]:
        call = f"{method} {path}"
        self.calls.append(call)
        await self.before(call)
        yield
        await self.after(call)

    async def get_content(self, path: str) -> bytes:
        async with self.step("get_content", path):
            return await self.driver.get_content(path)

    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        async with self.step("put_content", path):
            return await self.driver.put_content(
                path, content, if_match=if_match, if_none_match=if_none_match
            )

    @asynccontextmanager
    async def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AsyncIterator[Reader]:
        async with self.driver.reader(path, offset=offset, length=length) as reader:
            async with self.step("reader", path):
                pass
            yield reader

    async def writer(self, path: str, *, append: bool = False) -> FileWriter:
        async with self.step("writer", path):
            return SpyingWriter(self, path, await self.driver.writer(path, append=append))

    async def stat(self, path: str) -> FileInfo:
        async with self.step("stat", path):
            return await self.driver.stat(path)

    async def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        async with self.step("list", path):
            pass
        async for entry in self.driver.list(path, start_after=start_after):
            yield entry

    async def walk(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        async with self.step("walk", path):
            pass
        async for entry in self.driver.walk(path, start_after=start_after):
            yield entry

    async def move(self, source: str, destination: str) -> None:
        async with self.step("move", destination):
            await self.driver.move(source, destination)

    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        async with self.step("delete", path):
            await self.driver.delete(path, if_match=if_match)

    async def unfinished(self, path: str = "/") -> AsyncIterator[UnfinishedInfo]:
        async with self.step("unfinished", path):
            pass
        async for entry in self.driver.unfinished(path):
            yield entry

    async def discard(self, unfinished: UnfinishedInfo) -> None:
        async with self.step("discard", unfinished.path):
            await self.driver.discard(unfinished)


class SpyingWriter(AroundWriter):
    def __init__(self, spy: SpyingDriver, path: str, writer: FileWriter) -> None:
        super().__init__(writer)
        self._spy = spy
        self._path = path

    async def write(self, chunk: Content) -> None:
        async with self._spy.step("write", self._path):
            await self.writer.write(chunk)

    async def close(self) -> None:
        async with self._spy.step("close", self._path):
            await self.writer.close()

    async def commit(self) -> FileInfo:
        async with self._spy.step("commit", self._path):
            return await self.writer.commit()

    async def cancel(self) -> None:
        async with self._spy.step("cancel", self._path):
            await self.writer.cancel()
