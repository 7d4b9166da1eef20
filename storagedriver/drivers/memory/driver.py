"""The memory driver: the contract over a store of its own."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import islice

from storagedriver.aio import to_the_end
from storagedriver.drivers.memory.contents import copied, joined, span
from storagedriver.drivers.memory.store import File, Store
from storagedriver.drivers.memory.streams import MemoryReader, MemoryWriter
from storagedriver.drivers.memory.tree import Node
from storagedriver.errors import InvalidOffsetError, PathNotFoundError
from storagedriver.paths import ROOT, child_of
from storagedriver.protocol import Content
from storagedriver.records import Capabilities, FileInfo, Support, UnfinishedInfo

CAPABILITIES = Capabilities(
    atomic_put=Support.NATIVE,
    conditional_put=Support.NATIVE,
    conditional_delete=Support.NATIVE,
    resumable_writer=Support.NATIVE,
    start_after=Support.NATIVE,
    stable_read=Support.NATIVE,
    exclusive_names=Support.NATIVE,
    frees_at_once=Support.NATIVE,
)

# How many entries are listed, or freed, before the loop may run again.
PAGE = 256


class MemoryDriver:
    """Files in the memory of this process. `storagedriver.protocol` says what each method does.

    `max_bytes` bounds what files and unfinished writers hold together: what would go over it raises
    `StorageFullError` and changes nothing.
    """

    name = "memory"

    def __init__(self, *, exclusive_names: bool = True, max_bytes: int | None = None) -> None:
        self.capabilities = CAPABILITIES
        if not exclusive_names:
            self.capabilities = replace(CAPABILITIES, exclusive_names=Support.ABSENT)
        self._store = Store(exclusive_names=exclusive_names, max_bytes=max_bytes)

    async def get_content(self, path: str) -> bytes:
        """Return a whole file."""
        return await joined(self._store.file(path).pieces)

    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        """Write a copy of the content as a whole file."""
        pieces = await copied(content)
        return self._store.put(path, pieces, if_match=if_match, if_none_match=if_none_match)

    @asynccontextmanager
    async def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AsyncIterator[MemoryReader]:
        """Open a file; the reader keeps its bytes, whatever becomes of the file."""
        file = self._store.file(path)
        size = file.info.size
        if not 0 <= offset <= size:
            raise InvalidOffsetError(f"offset {offset} of a file of {size} bytes", path=path)
        stop = size if length is None else min(offset + length, size)
        yield MemoryReader(file.info, span(file.pieces, offset, stop))

    async def writer(self, path: str, *, append: bool = False) -> MemoryWriter:
        """Open a writer, and take the path over from any earlier one."""
        draft = self._store.resume(path) if append else self._store.open(path)
        return MemoryWriter(self._store, path, draft)

    async def stat(self, path: str) -> FileInfo:
        """Tell what is at a path."""
        node = self._store.files.find(path)
        if node is None:
            raise PathNotFoundError(path=path)
        return _info(path, node)

    def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        """Give the direct children of a directory."""
        after = None if start_after is None else child_of(path, start_after)
        return self._directory(path, self._store.files.children, after)

    def walk(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        """Give everything below a directory."""
        return self._directory(path, self._store.files.following, start_after)

    async def move(self, source: str, destination: str) -> None:
        """Move a file; its bytes stay where they are."""
        self._store.move(source, destination)

    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        """Delete a file or a directory: at once for all others, then its space is freed."""
        if if_match is not None:
            self._store.check_version(path, if_match)
        missing = self._store.files.find(path) is None
        freed = self._store.detach(path)
        if _takes_a_page(freed):
            await to_the_end(_exhaust(freed))
        if missing:
            raise PathNotFoundError(path=path)

    async def unfinished(self, path: str = ROOT) -> AsyncIterator[UnfinishedInfo]:
        """Give the unfinished writers at and below a path."""
        drafts = self._store.drafts
        draft = drafts.get(path)
        if draft is not None:
            yield draft.info(path)
        after = None
        while page := tuple(islice(drafts.following(path, after), PAGE)):
            for after, node in page:
                if node.value is not None:
                    yield node.value.info(after)
            await asyncio.sleep(0)

    async def discard(self, unfinished: UnfinishedInfo) -> None:
        """Drop an unfinished writer, if it is still the one that was listed."""
        self._store.drop(unfinished.path, unfinished.id)

    async def redirect_url(
        self,
        path: str,
        *,
        method: str = "GET",
        expires_in: float = 1200,
    ) -> None:
        """Return None: nobody else can reach this memory."""

    async def aclose(self) -> None:
        """Do nothing: the store goes with the driver."""

    async def _directory(
        self,
        path: str,
        entries: Callable[[str, str | None], Iterator[tuple[str, Node[File]]]],
        after: str | None,
    ) -> AsyncIterator[FileInfo]:
        """Give what `entries` finds in a directory; raise `PathNotFoundError` if it is none."""
        if path != ROOT and not self._store.files.has_below(path):
            raise PathNotFoundError("there is no such directory", path=path)
        while page := [_info(*entry) for entry in islice(entries(path, after), PAGE)]:
            for info in page:
                yield info
            after = page[-1].path
            await asyncio.sleep(0)


def _info(path: str, node: Node[File]) -> FileInfo:
    """Return the record of a file, or else of a directory."""
    return FileInfo(path=path, is_dir=True) if node.value is None else node.value.info


def _takes_a_page(steps: Iterator[None]) -> bool:
    """Take a page of steps, and tell whether there were so many."""
    return sum(1 for _ in islice(steps, PAGE)) == PAGE


async def _exhaust(steps: Iterator[None]) -> None:
    """Take all steps, letting the loop run between pages of them."""
    for number, _ in enumerate(steps):
        if number % PAGE == 0:
            await asyncio.sleep(0)
