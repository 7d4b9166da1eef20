"""What is asked of every store that is compared: our drivers, and the libraries beside them."""

from collections.abc import Callable, Iterable
from typing import Protocol

from benchmarks.sizes import MIB
from storagedriver.protocol import StorageDriver

PART = 8 * MIB
"""The size of a part of a large file, where files are sent in parts: the same for all."""

PARTS = 4
"""How many parts are sent at once."""

PIECE = 2 * MIB
"""How many bytes of a large file are asked for at once, of all whose reads take a size."""

Piece = bytes | memoryview


class Store(Protocol):
    """Files by paths as `/folder/file`. What a call gives is checked against what was written.

    `blocks` tells that calls never wait for the event loop: they are made directly, and where
    several are made at once, each comes from a thread of its own.
    """

    @property
    def name(self) -> str:
        """What the tables call it."""

    @property
    def blocks(self) -> bool:
        """Whether its calls block."""

    async def put(self, path: str, content: bytes) -> None:
        """Write a small file."""

    async def create(self, path: str, content: bytes) -> None:
        """Write a small file, and fail if there is one."""

    async def get(self, path: str) -> Piece:
        """Return a small file."""

    async def size(self, path: str) -> int:
        """Return what a file's record says of its size, or raise `FileNotFoundError`."""

    async def move(self, source: str, destination: str) -> None:
        """Move a file."""

    async def delete(self, path: str) -> None:
        """Delete a file."""

    async def list_files(self, path: str) -> list[str]:
        """Return the paths of the files directly in a folder, whose records were read too."""

    async def walk_files(self, path: str) -> list[str]:
        """Return the paths of all files below a folder, whose records were read too."""

    async def write(self, path: str, pieces: Iterable[memoryview]) -> None:
        """Write a large file piece by piece, in bounded memory."""

    async def read(self, path: str, take: Callable[[Piece], None]) -> None:
        """Read a large file piece by piece, in bounded memory."""


class Ours:
    """One of our drivers, as `open_driver` gives it."""

    blocks = False

    def __init__(self, driver: StorageDriver) -> None:
        self.name = driver.name
        self._driver = driver

    async def put(self, path: str, content: bytes) -> None:
        """Call `put_content`."""
        await self._driver.put_content(path, content)

    async def create(self, path: str, content: bytes) -> None:
        """Call `put_content` with a condition."""
        await self._driver.put_content(path, content, if_none_match=True)

    async def get(self, path: str) -> bytes:
        """Call `get_content`."""
        return await self._driver.get_content(path)

    async def size(self, path: str) -> int:
        """Call `stat`."""
        return (await self._driver.stat(path)).size

    async def move(self, source: str, destination: str) -> None:
        """Call `move`."""
        await self._driver.move(source, destination)

    async def delete(self, path: str) -> None:
        """Call `delete`."""
        await self._driver.delete(path)

    async def list_files(self, path: str) -> list[str]:
        """Go through `list`."""
        return [info.path async for info in self._driver.list(path) if not info.is_dir]

    async def walk_files(self, path: str) -> list[str]:
        """Go through `walk`."""
        return [info.path async for info in self._driver.walk(path) if not info.is_dir]

    async def write(self, path: str, pieces: Iterable[memoryview]) -> None:
        """Write by a `writer`, and commit."""
        async with await self._driver.writer(path) as writer:
            for piece in pieces:
                await writer.write(piece)
            await writer.commit()

    async def read(self, path: str, take: Callable[[Piece], None]) -> None:
        """Read by a `reader`."""
        async with self._driver.reader(path) as reader:
            async for piece in reader:
                take(piece)
