"""The driver: each call is a transaction in the one thread that has the database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

from sqlite_driver.database import Database
from sqlite_driver.tree import Tree
from sqlite_driver.writer import SqliteWriter
from storagedriver import (
    Capabilities,
    Content,
    FileInfo,
    FileWriter,
    InvalidOffsetError,
    PathNotFoundError,
    Reader,
    StorageBackendError,
    Support,
    UnfinishedInfo,
)
from storagedriver.aio import Threads
from storagedriver.paths import ROOT, name_of
from storagedriver.walk import walk

CAPABILITIES = Capabilities(
    atomic_put=Support.NATIVE,
    conditional_put=Support.NATIVE,
    conditional_delete=Support.NATIVE,
    resumable_writer=Support.NATIVE,
    start_after=Support.NATIVE,
    exclusive_names=Support.NATIVE,
    shared=Support.NATIVE,
    durable=Support.NATIVE,
    power_safe=Support.NATIVE,
)


class SqliteReader:
    """An open file: its pieces are read one by one, from `position` to `end`."""

    def __init__(self, driver: "SqliteDriver", info: FileInfo, body: str, span: range) -> None:
        self.info = info
        self._driver = driver
        self._body = body
        self._span = span

    async def __aiter__(self) -> AsyncIterator[bytes]:
        position = self._span.start
        while position < self._span.stop:
            row = await self._driver.threads.run(
                self._driver.tree.database.row,
                "select start, piece from pieces where body = ? and start <= ?"
                " order by start desc limit 1",
                *(self._body, position),
            )
            if row is None:
                raise StorageBackendError("the file was replaced while it was read")
            start, piece = row
            chunk = piece[position - start : self._span.stop - start]
            yield chunk
            position += len(chunk)


class SqliteDriver:
    """A `StorageDriver` over one database file."""

    name = "sqlite"
    capabilities = CAPABILITIES

    def __init__(self, tree: Tree, threads: Threads) -> None:
        self.tree = tree
        self.threads = threads

    @classmethod
    async def opened(cls, path: Path) -> Self:
        """Open a database file."""
        # SQLite's connections stay in the thread that made them: there is one.
        threads = Threads("sqlite", most=1)
        try:
            return cls(Tree(await threads.run(Database, path)), threads)
        except BaseException:
            await threads.aclose()
            raise

    async def get_content(self, path: str) -> bytes:
        """Return a whole file."""
        return await self.threads.run(self.tree.content, path)

    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        """Write a whole file."""
        return await self.threads.run(
            self.tree.put, path, content, if_match, if_none_match=if_none_match
        )

    @asynccontextmanager
    async def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AsyncIterator[Reader]:
        """Open a file."""
        info, body = await self.threads.run(self.tree.file, path)
        if offset > info.size:
            raise InvalidOffsetError(f"{offset} is beyond the size, {info.size}")
        end = info.size if length is None else min(info.size, offset + length)
        yield SqliteReader(self, info, body, range(offset, end))

    async def writer(self, path: str, *, append: bool = False) -> FileWriter:
        """Open a writer."""
        return await SqliteWriter.opened(self.tree, self.threads, path, append=append)

    async def stat(self, path: str) -> FileInfo:
        """Tell what is at a path."""
        return await self.threads.run(self.tree.stat, path)

    async def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        """Give the children of a directory, page by page."""
        children = await self.threads.run(self.tree.children, path, start_after or "")
        while children:
            for child in children:
                yield child
            after = name_of(children[-1].path)
            try:
                children = await self.threads.run(self.tree.children, path, after)
            except PathNotFoundError:  # the directory went since the listing began
                return

    def walk(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        """Give everything below a directory."""
        return walk(self, path, start_after=start_after)

    async def move(self, source: str, destination: str) -> None:
        """Move a file."""
        await self.threads.run(self.tree.move, source, destination)

    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        """Delete a file or a directory."""
        await self.threads.run(self.tree.delete, path, if_match)

    async def unfinished(self, path: str = ROOT) -> AsyncIterator[UnfinishedInfo]:
        """Give the unfinished writers at and below a path."""
        for unfinished in await self.threads.run(self.tree.unfinished, path):
            yield unfinished

    async def discard(self, unfinished: UnfinishedInfo) -> None:
        """Drop an unfinished writer."""
        await self.threads.run(self.tree.discard, unfinished)

    async def redirect_url(
        self, path: str, *, method: str = "GET", expires_in: float = 1200
    ) -> str | None:
        """Return None: a database has no URLs."""
        return None

    async def aclose(self) -> None:
        """Close the database and end the thread."""
        await self.threads.run(self.tree.database.close)
        await self.threads.aclose()
