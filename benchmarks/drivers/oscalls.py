"""The operating system's own calls, made by hand in the order that makes each change durable."""

import os
import secrets
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks.drivers.store import PIECE, Piece


class SystemCalls:
    """Files below a folder. A new one is synced, renamed, and its folder is synced."""

    name = "os, synced"
    blocks = True

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        # On the same disk, and apart from what is listed.
        self._temporary = f"{root}/os-temporary"
        os.mkdir(self._temporary)  # noqa: PTH102  the calls as they are

    async def put(self, path: str, content: bytes) -> None:
        """Write, fsync, rename, fsync the folder."""
        temporary = self._written([memoryview(content)])
        self._placed(temporary, self._root + path, os.rename)

    async def create(self, path: str, content: bytes) -> None:
        """Write, fsync, link, which fails if the name is taken, and fsync the folder."""
        temporary = self._written([memoryview(content)])
        try:
            self._placed(temporary, self._root + path, os.link)
        finally:
            os.unlink(temporary)  # noqa: PTH108  the calls as they are

    async def get(self, path: str) -> bytes:
        """Open and read."""
        with open(self._root + path, "rb", buffering=0) as file:  # noqa: ASYNC230, PTH123  it blocks
            return file.read()

    async def size(self, path: str) -> int:
        """Stat."""
        return os.stat(self._root + path).st_size  # noqa: PTH116  the calls as they are

    async def move(self, source: str, destination: str) -> None:
        """Rename, and fsync both folders."""
        self._placed(self._root + source, self._root + destination, os.rename)
        _sync(os.path.dirname(self._root + source))  # noqa: PTH120  the calls as they are

    async def delete(self, path: str) -> None:
        """Unlink, and fsync the folder."""
        os.unlink(self._root + path)  # noqa: PTH108  the calls as they are
        _sync(os.path.dirname(self._root + path))  # noqa: PTH120  the calls as they are

    async def list_files(self, path: str) -> list[str]:
        """Scan the folder, stat each file, and sort."""
        found = []
        with os.scandir(self._root + path) as entries:
            for entry in entries:
                entry.stat()
                found.append(f"{path}/{entry.name}")
        return sorted(found)

    async def walk_files(self, path: str) -> list[str]:
        """Scan each folder, stat each file, and sort."""
        found = []
        folders = [path]
        for folder in folders:
            with os.scandir(self._root + folder) as entries:
                for entry in entries:
                    if entry.is_dir():
                        folders.append(f"{folder}/{entry.name}")
                    else:
                        entry.stat()
                        found.append(f"{folder}/{entry.name}")
        return sorted(found)

    async def write(self, path: str, pieces: Iterable[memoryview]) -> None:
        """Write all pieces, fsync, rename, fsync the folder."""
        self._placed(self._written(pieces), self._root + path, os.rename)

    async def read(self, path: str, take: Callable[[Piece], None]) -> None:
        """Open, and read piece by piece."""
        with open(self._root + path, "rb", buffering=0) as file:  # noqa: ASYNC230, PTH123  it blocks
            while piece := file.read(PIECE):
                take(piece)

    def _written(self, pieces: Iterable[memoryview]) -> str:
        """Write a new file, sync it, and return its name."""
        name = f"{self._temporary}/{secrets.token_hex(16)}"
        with open(name, "xb", buffering=0) as file:  # noqa: PTH123  the calls as they are
            for piece in pieces:
                left = piece
                while left:
                    left = left[file.write(left) :]
            os.fsync(file.fileno())
        return name

    def _placed(self, source: str, destination: str, place: Callable[[str, str], None]) -> None:
        """Give a file its name, in a folder that is made if it is missing, and sync that."""
        folder = os.path.dirname(destination)  # noqa: PTH120  the calls as they are
        try:
            place(source, destination)
        except FileNotFoundError:
            os.makedirs(folder, exist_ok=True)  # noqa: PTH103  the calls as they are
            _sync(os.path.dirname(folder))  # noqa: PTH120  the calls as they are
            place(source, destination)
        _sync(folder)


def _sync(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
