"""What the memory driver opens: readers and writers."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from types import TracebackType
from typing import Self

from storagedriver.drivers.memory.contents import copied
from storagedriver.drivers.memory.store import Draft, Store
from storagedriver.protocol import Content
from storagedriver.records import FileInfo


class MemoryReader:
    """An open file. It holds the bytes as they were when it was opened."""

    def __init__(self, info: FileInfo, pieces: Iterator[bytes]) -> None:
        self.info = info
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Give the bytes in pieces of at most 1 MiB, letting the loop run between them."""
        for number, piece in enumerate(self._pieces):
            if number > 0:
                await asyncio.sleep(0)
            yield piece


class MemoryWriter:
    """An unfinished file: the draft that lies at its path, while it is this writer's."""

    def __init__(self, store: Store, path: str, draft: Draft) -> None:
        self.size = draft.body.size
        self._store = store
        self._path = path
        self._draft = draft

    async def write(self, chunk: Content) -> None:
        """Add a copy of the chunk."""
        pieces = await copied(chunk)
        self._store.extend(self._path, self._draft, pieces)
        self.size = self._draft.body.size

    async def close(self) -> None:
        """Stop; the draft stays."""
        self._store.check_owner(self._path, self._draft)

    async def commit(self) -> FileInfo:
        """Make the draft the file."""
        return self._store.commit(self._path, self._draft)

    async def cancel(self) -> None:
        """Drop the draft, unless it is another writer's by now."""
        self._store.drop(self._path, self._draft.id)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()
