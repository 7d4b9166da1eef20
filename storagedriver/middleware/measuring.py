"""A driver that tells how long each call of another one took, and what came of it."""

import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

from storagedriver.aio import closing
from storagedriver.middleware.around import AroundDriver
from storagedriver.middleware.measuredstreams import MeasuredReading, MeasuredWriter
from storagedriver.middleware.meters import Clock, Meter, Timed, Total, size_of
from storagedriver.protocol import Content, FileWriter, Reader, StorageDriver
from storagedriver.records import FileInfo, UnfinishedInfo

T = TypeVar("T")


class MeasuredDriver(AroundDriver):
    """Does what the inner driver does, and tells a meter."""

    def __init__(
        self, driver: StorageDriver, meter: Meter, *, clock: Clock = time.perf_counter
    ) -> None:
        super().__init__(driver)
        self._meter = meter
        self._clock = clock

    async def get_content(self, path: str) -> bytes:
        """Return a whole file."""
        with self._timed("get_content"):
            content = await self.driver.get_content(path)
        self._meter.read(len(content))
        return content

    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        """Write a whole file."""
        with self._timed("put_content"):
            info = await self.driver.put_content(
                path, content, if_match=if_match, if_none_match=if_none_match
            )
        self._meter.written(size_of(content))
        return info

    def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AbstractAsyncContextManager[Reader]:
        """Open a file."""
        return MeasuredReading(
            self.driver.reader(path, offset=offset, length=length), self._meter, self._clock
        )

    async def writer(self, path: str, *, append: bool = False) -> FileWriter:
        """Open a writer."""
        with self._timed("writer"):
            writer = await self.driver.writer(path, append=append)
        return MeasuredWriter(writer, self._meter, self._clock)

    async def stat(self, path: str) -> FileInfo:
        """Tell what is at a path."""
        with self._timed("stat"):
            return await self.driver.stat(path)

    def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        """Give the direct children of a directory."""
        return self._listed("list", self.driver.list(path, start_after=start_after))

    def walk(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        """Give everything below a directory."""
        return self._listed("walk", self.driver.walk(path, start_after=start_after))

    async def move(self, source: str, destination: str) -> None:
        """Move one file."""
        with self._timed("move"):
            await self.driver.move(source, destination)

    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        """Delete a file, or a directory with everything below it."""
        with self._timed("delete"):
            await self.driver.delete(path, if_match=if_match)

    def unfinished(self, path: str = "/") -> AsyncIterator[UnfinishedInfo]:
        """Give the unfinished writers at and below a path."""
        return self._listed("unfinished", self.driver.unfinished(path))

    async def discard(self, unfinished: UnfinishedInfo) -> None:
        """Drop an unfinished writer."""
        with self._timed("discard"):
            await self.driver.discard(unfinished)

    async def redirect_url(
        self, path: str, *, method: str = "GET", expires_in: float = 1200
    ) -> str | None:
        """Return a URL that `method` can be sent to, or None."""
        with self._timed("redirect_url"):
            return await self.driver.redirect_url(path, method=method, expires_in=expires_in)

    async def aclose(self) -> None:
        """Close the driver."""
        with self._timed("aclose"):
            await self.driver.aclose()

    def _timed(self, action: str) -> Timed:
        return Timed(action, self._meter, self._clock)

    async def _listed(self, action: str, entries: AsyncIterator[T]) -> AsyncIterator[T]:
        total = Total(action, self._meter, self._clock)
        async with closing(entries):
            try:
                while True:
                    try:
                        entry = await total.step(anext(entries))
                    except StopAsyncIteration:
                        return
                    yield entry
            finally:
                total.tell()
