"""The driver's async face: each call is one function in a worker thread, or one per 128 entries.

What is small and in the kernel's memory is read without a thread, where the kernel promises not to
wait: that takes 10 microseconds, of which a thread would take 30 and more alone.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from itertools import islice
from typing import TypeVar

from storagedriver.aio import Threads
from storagedriver.drivers.filesystem import deleting, drafts, reading, storing, walking
from storagedriver.drivers.filesystem.drafts import Draft
from storagedriver.drivers.filesystem.failures import translated
from storagedriver.drivers.filesystem.reading import FilesystemReader
from storagedriver.drivers.filesystem.root import Root
from storagedriver.drivers.filesystem.storing import Condition
from storagedriver.drivers.filesystem.writing import FilesystemWriter
from storagedriver.errors import StorageDriverError
from storagedriver.protocol import Content
from storagedriver.records import Capabilities, FileInfo, UnfinishedInfo

T = TypeVar("T")

# How many entries of a listing one call in a thread brings. Who lists a page of a large directory
# goes no further; to list all of it, so many calls cost 3 % more than those for 1,000 each.
_PAGE = 128
_MOST_IN_A_ROW = 16


class FilesystemDriver:
    """Files in a directory, by the contract of `storagedriver.protocol`."""

    name = "filesystem"

    def __init__(self, root: Root, capabilities: Capabilities, threads: Threads) -> None:
        self._root = root
        self._threads = threads
        self._readers: set[FilesystemReader] = set()
        self._writers: set[FilesystemWriter] = set()
        self._in_a_row = 0
        self.capabilities = capabilities

    async def get_content(self, path: str) -> bytes:
        """Return a whole file."""
        if self._is_long_row():
            await asyncio.sleep(0)
        content = self._if_cached(reading.get_at_once, self._root, path)
        if content is None:
            content = await self._call(reading.get, self._root, path)
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
        condition = Condition(version=if_match, absent=if_none_match)
        return await self._call(storing.put, self._root, path, content, condition)

    @asynccontextmanager
    async def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AsyncIterator[FilesystemReader]:
        """Open a file for reading."""
        reader = FilesystemReader(self._root, path, self._call, self._at_once)
        self._readers.add(reader)
        try:
            if not await self._at_once(reader.open_at_once, offset, length):
                await self._call(reader.open, offset, length)
            yield reader
        finally:
            self._readers.discard(reader)
            reader.release()

    async def writer(self, path: str, *, append: bool = False) -> FilesystemWriter:
        """Open a file for writing."""
        draft = Draft(self._root, path)
        try:
            await self._call(draft.resume if append else draft.start)
        except BaseException:
            draft.release()
            raise
        writer = FilesystemWriter(draft, self._call, self._writers.discard)
        self._writers.add(writer)
        return writer

    async def stat(self, path: str) -> FileInfo:
        """Tell what is at a path."""
        if self._is_long_row():
            await asyncio.sleep(0)
        info = self._if_cached(reading.stat_at_once, self._root, path)
        if info is None:
            info = await self._call(reading.stat, self._root, path)
        return info

    def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        """Give the direct children of a directory."""
        return self._paged(walking.children(self._root, path, start_after))

    def walk(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        """Give everything below a directory."""
        return self._paged(walking.below(self._root, path, start_after))

    async def move(self, source: str, destination: str) -> None:
        """Move a file."""
        await self._call(storing.move, self._root, source, destination)

    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        """Delete a file, or a directory with everything below it."""
        if not await self._call(deleting.delete_file, self._root, path, if_match):
            async for _ in self._paged(deleting.delete_below(self._root, path)):
                pass

    def unfinished(self, path: str = "/") -> AsyncIterator[UnfinishedInfo]:
        """Give the unfinished writers at and below a path."""
        return self._paged(drafts.unfinished_below(self._root, path))

    async def discard(self, unfinished: UnfinishedInfo) -> None:
        """Drop an unfinished writer."""
        await self._call(drafts.discard, self._root, unfinished)

    async def redirect_url(
        self,
        path: str,
        *,
        method: str = "GET",
        expires_in: float = 1200,
    ) -> str | None:
        """Return None: a file of this machine has no URL."""
        del path, method, expires_in
        return None

    async def aclose(self) -> None:
        """Keep what open writers hold, wait for running calls, and close all files."""
        for writer in tuple(self._writers):
            with suppress(StorageDriverError):
                await writer.close()
        await self._threads.aclose()
        for reader in tuple(self._readers):
            reader.release()
        if self._root.memory is not None:
            self._root.memory.close()

    async def _call(self, function: Callable[..., T], *args: object) -> T:
        """Call a blocking function in a thread, with the contract's errors."""
        try:
            return await self._threads.run(function, *args)
        except StorageDriverError:
            raise
        except OSError as error:
            raise translated(error) from error

    async def _at_once(self, function: Callable[..., T | None], *args: object) -> T | None:
        """Let others run if it is time to, and call a function as `_if_cached` does."""
        if self._is_long_row():
            await asyncio.sleep(0)
        return self._if_cached(function, *args)

    def _is_long_row(self) -> bool:
        """Tell whether others have to run: a task that reads thousands of files would let none."""
        self._in_a_row = (self._in_a_row + 1) % _MOST_IN_A_ROW
        return self._in_a_row == 0

    def _if_cached(self, function: Callable[..., T | None], *args: object) -> T | None:
        """Call a function that never waits; None if there is no such way now."""
        calls = self._root.at_once
        if calls is None:
            return None
        try:
            return function(*args, calls)
        except OSError:
            return None

    async def _paged(self, items: Iterator[T]) -> AsyncIterator[T]:
        """Give what a blocking iterator gives, a page of it with each call in a thread."""
        full = True
        while full:
            page = await self._call(_take, items)
            for item in page:
                yield item
            full = len(page) == _PAGE


def _take(items: Iterator[T]) -> list[T]:
    """Return the next page of what an iterator gives."""
    return list(islice(items, _PAGE))
