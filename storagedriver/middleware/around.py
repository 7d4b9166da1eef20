"""A driver that does what another one does: what a middleware overrides a part of."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Self

from storagedriver.protocol import Content, FileWriter, Reader, StorageDriver
from storagedriver.records import Capabilities, FileInfo, UnfinishedInfo


class AroundDriver:
    """A `StorageDriver` around another one, `driver`, which it closes when it is closed."""

    def __init__(self, driver: StorageDriver) -> None:
        self.driver = driver

    @property
    def name(self) -> str:
        """The inner driver's name: errors are about that."""
        return self.driver.name

    @property
    def capabilities(self) -> Capabilities:
        """What the inner driver can do."""
        return self.driver.capabilities

    async def get_content(self, path: str) -> bytes:
        """Return a whole file."""
        return await self.driver.get_content(path)

    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        """Write a whole file."""
        return await self.driver.put_content(
            path, content, if_match=if_match, if_none_match=if_none_match
        )

    def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AbstractAsyncContextManager[Reader]:
        """Open a file."""
        return self.driver.reader(path, offset=offset, length=length)

    async def writer(self, path: str, *, append: bool = False) -> FileWriter:
        """Open a writer."""
        return await self.driver.writer(path, append=append)

    async def stat(self, path: str) -> FileInfo:
        """Tell what is at a path."""
        return await self.driver.stat(path)

    def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        """Give the direct children of a directory."""
        return self.driver.list(path, start_after=start_after)

    def walk(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        """Give everything below a directory."""
        return self.driver.walk(path, start_after=start_after)

    async def move(self, source: str, destination: str) -> None:
        """Move one file."""
        await self.driver.move(source, destination)

    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        """Delete a file, or a directory with everything below it."""
        await self.driver.delete(path, if_match=if_match)

    def unfinished(self, path: str = "/") -> AsyncIterator[UnfinishedInfo]:
        """Give the unfinished writers at and below a path."""
        return self.driver.unfinished(path)

    async def discard(self, unfinished: UnfinishedInfo) -> None:
        """Drop an unfinished writer."""
        await self.driver.discard(unfinished)

    async def redirect_url(
        self, path: str, *, method: str = "GET", expires_in: float = 1200
    ) -> str | None:
        """Return a URL that `method` can be sent to, or None."""
        return await self.driver.redirect_url(path, method=method, expires_in=expires_in)

    async def aclose(self) -> None:
        """Close the inner driver."""
        await self.driver.aclose()


class AroundWriter:
    """A `FileWriter` around another one, `writer`."""

    def __init__(self, writer: FileWriter) -> None:
        self.writer = writer

    @property
    def size(self) -> int:
        """How many bytes were accepted so far."""
        return self.writer.size

    async def write(self, chunk: Content) -> None:
        """Accept the next bytes."""
        await self.writer.write(chunk)

    async def commit(self) -> FileInfo:
        """Publish everything written."""
        return await self.writer.commit()

    async def close(self) -> None:
        """Keep what was written, and stop."""
        await self.writer.close()

    async def cancel(self) -> None:
        """Drop everything written."""
        await self.writer.cancel()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()
