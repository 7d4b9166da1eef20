"""The driver's async face: each call is one function in a worker thread."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import islice
from typing import TypeVar

from storagedriver.aio import Threads, to_the_end
from storagedriver.drivers.fsspec import draftfolders
from storagedriver.drivers.fsspec.changing import Changes
from storagedriver.drivers.fsspec.connection import Connection
from storagedriver.drivers.fsspec.drafts import Draft
from storagedriver.drivers.fsspec.files import Files
from storagedriver.drivers.fsspec.reading import FsspecReader
from storagedriver.drivers.fsspec.writing import FsspecWriter
from storagedriver.errors import PathNotFoundError
from storagedriver.paths import name_of
from storagedriver.protocol import Content
from storagedriver.records import Capabilities, FileInfo, UnfinishedInfo

T = TypeVar("T")

_PAGE = 100
"""How many entries of a walk are looked for in one go, in which nothing else may be done."""


class FsspecDriver:
    """Files in a filesystem of fsspec, by the contract of `storagedriver.protocol`."""

    name = "fsspec"

    def __init__(
        self,
        files: Files,
        capabilities: Capabilities,
        threads: Threads,
        connection: Connection,
    ) -> None:
        self.capabilities = capabilities
        self._files = files
        self._changes = Changes(files)
        self._threads = threads
        self._connection = connection

    async def get_content(self, path: str) -> bytes:
        """Return a whole file."""
        return await self._call(self._files.get, path)

    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        """Write a whole file; conditions are absent, and refused by the guard."""
        del if_match, if_none_match
        return await self._call(self._changes.put, path, bytes(content))

    @asynccontextmanager
    async def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AsyncIterator[FsspecReader]:
        """Open a file for reading."""
        reader = FsspecReader(self._files, path, self._call)
        try:
            await self._call(reader.open, offset, length)
            yield reader
        finally:
            await to_the_end(self._call(reader.close))

    async def writer(self, path: str, *, append: bool = False) -> FsspecWriter:
        """Open a file for writing."""
        draft = Draft(self._changes, path)
        await self._call(draft.resume if append else draft.start)
        return FsspecWriter(draft, self._call)

    async def stat(self, path: str) -> FileInfo:
        """Tell what is at a path."""
        return await self._call(self._files.stat, path)

    async def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        """Give the direct children of a directory."""
        for info in await self._call(self._files.children, path):
            if start_after is None or name_of(info.path) > start_after:
                yield info

    async def walk(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        """Give everything below a directory."""
        if not await self._call(self._files.is_directory, path):
            raise PathNotFoundError
        after = [] if start_after is None else start_after.removeprefix(path).strip("/").split("/")
        entries = self._files.below(path, after)
        while page := await self._call(lambda: [*islice(entries, _PAGE)]):
            for info in page:
                yield info

    async def move(self, source: str, destination: str) -> None:
        """Move a file."""
        await self._call(self._changes.move, source, destination)

    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        """Delete a file, or a directory with everything below it."""
        del if_match
        await self._call(self._delete, path)

    def _delete(self, path: str) -> None:
        draftfolders.drop_below(self._changes, path)
        if not self._changes.remove(path):
            raise PathNotFoundError

    async def unfinished(self, path: str = "/") -> AsyncIterator[UnfinishedInfo]:
        """Give the unfinished writers at and below a path."""
        for info in await self._call(lambda: [*draftfolders.unfinished(self._files, path)]):
            yield info

    async def discard(self, unfinished: UnfinishedInfo) -> None:
        """Drop an unfinished writer."""
        await self._call(draftfolders.discard, self._changes, unfinished)

    async def redirect_url(
        self, path: str, *, method: str = "GET", expires_in: float = 1200
    ) -> str | None:
        """Return None: few filesystems have URLs, and none says which methods they take."""
        del path, method, expires_in
        return None

    async def aclose(self) -> None:
        """Wait for running calls, and end the threads and the connection."""
        await self._threads.aclose()
        self._connection.close()

    async def _call(self, function: Callable[..., T], *args: object) -> T:
        """Call a blocking function in a thread, with the contract's errors."""
        return await self._threads.run(self._connection.call, function, *args)
