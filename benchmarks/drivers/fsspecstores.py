"""fsspec's own file systems, used directly: their calls block, and none of them syncs."""

from collections.abc import Callable, Iterable
from pathlib import Path

from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem
from fsspec.spec import AbstractFileSystem

from benchmarks.drivers.store import PIECE, Piece


class FsspecStore:
    """A file system of fsspec whose calls block. `root` stands before all paths."""

    name = "fsspec"

    def __init__(self, fs: AbstractFileSystem, root: str, *, blocks: bool) -> None:
        self.blocks = blocks
        self._fs = fs
        self._root = root

    async def put(self, path: str, content: bytes) -> None:
        """Call `pipe_file`."""
        self._fs.pipe_file(self._root + path, content)

    async def create(self, path: str, content: bytes) -> None:
        """Call `pipe_file(mode="create")`, which looks first and then writes: not atomic."""
        self._fs.pipe_file(self._root + path, content, mode="create")

    async def get(self, path: str) -> bytes:
        """Call `cat_file`."""
        content: bytes = self._fs.cat_file(self._root + path)
        return content

    async def size(self, path: str) -> int:
        """Call `info`."""
        return int(self._fs.info(self._root + path)["size"])

    async def move(self, source: str, destination: str) -> None:
        """Call `mv`."""
        self._fs.mv(self._root + source, self._root + destination)

    async def delete(self, path: str) -> None:
        """Call `rm_file`."""
        self._fs.rm_file(self._root + path)

    async def list_files(self, path: str) -> list[str]:
        """Call `ls`."""
        found = self._fs.ls(self._root + path, detail=True)
        return [one["name"].removeprefix(self._root) for one in found if one["type"] == "file"]

    async def walk_files(self, path: str) -> list[str]:
        """Call `find`."""
        found = self._fs.find(self._root + path, detail=True)
        return [name.removeprefix(self._root) for name in found]

    async def write(self, path: str, pieces: Iterable[memoryview]) -> None:
        """Write to `open("wb")`."""
        with self._fs.open(self._root + path, "wb") as file:
            for piece in pieces:
                file.write(piece)

    async def read(self, path: str, take: Callable[[Piece], None]) -> None:
        """Read from `open("rb")`."""
        with self._fs.open(self._root + path, "rb") as file:
            while piece := file.read(PIECE):
                take(piece)


def local(root: Path) -> FsspecStore:
    """Return fsspec's files of this machine."""
    fs = LocalFileSystem(auto_mkdir=True, skip_instance_cache=True)
    return FsspecStore(fs, str(root), blocks=True)


def memory() -> FsspecStore:
    """Return fsspec's files in memory: nothing waits there, so threads would only cost."""
    fs = MemoryFileSystem(skip_instance_cache=True)
    # Its own, in place of those that all instances share.
    fs.store, fs.pseudo_dirs = {}, [""]
    return FsspecStore(fs, "", blocks=False)
