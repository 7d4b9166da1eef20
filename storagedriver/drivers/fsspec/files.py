"""Files below a root of an fsspec filesystem, by the contract; everything here blocks.

Whatever is not a file of the contract's grammar is passed over. Directories that hold no file are
not told of: they may be left by a crash, or by others.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from fsspec import AbstractFileSystem

from storagedriver.drivers.fsspec.traits import Traits, modified
from storagedriver.errors import InvalidPathError, PathNotFoundError, StorageUnavailableError
from storagedriver.paths import ROOT, check_name, child_of, name_of
from storagedriver.records import FileInfo

PRIVATE = "~"
"""The folder for what is no file yet: no path can name it."""

TEMPORARY = "temporary"
DRAFTS = "drafts"

Info = dict[str, Any]

GONE = (FileNotFoundError, NotADirectoryError, IsADirectoryError)
"""What is raised where a file was a moment ago."""

_ATTEMPTS = 10


class Files:
    """All files of one root, as they are found and read."""

    def __init__(self, fs: AbstractFileSystem, root: str, traits: Traits) -> None:
        self.fs = fs
        self.traits = traits
        self._root = root.rstrip("/")

    def key(self, path: str) -> str:
        """Return where a path is in the filesystem."""
        return self._root if path == ROOT else f"{self._root}{path}"

    def private(self, *names: str) -> str:
        """Return where something is that no path can name."""
        return "/".join([self._root, PRIVATE, *names])

    def at(self, key: str) -> Info | None:
        """Return the record of what is at a key, if anything is."""
        try:
            found: Info = self.fs.info(key)
        except GONE:
            return None
        return found

    def entries(self, key: str) -> list[Info]:
        """Return the records of what is in a directory; none where there is no directory."""
        try:
            found: list[Info] = self.fs.ls(key, detail=True)
        except GONE:
            return []
        if len(found) == 1 and name_of(found[0]["name"]) == name_of(key):
            # Some list a file as what is in it.
            info = self.at(key)
            if info is None or info["type"] != "directory":
                return []
        return [entry for entry in found if entry["name"].rstrip("/") != key]

    def file(self, path: str) -> FileInfo:
        """Return the record of a file. Raises `PathNotFoundError` where there is none."""
        info = self.at(self.key(path))
        if info is None or info["type"] != "file":
            raise PathNotFoundError
        return self.described(path, info)

    def stat(self, path: str) -> FileInfo:
        """Return the record of a file or a directory. Raises `PathNotFoundError`."""
        if path == ROOT:
            self.fs.ls(self._root or ROOT, detail=False)
            return FileInfo(path=ROOT, is_dir=True)
        info = self.at(self.key(path))
        if info is None or not self.is_ours(path, info):
            raise PathNotFoundError
        return self.described(path, info)

    def children(self, path: str) -> list[FileInfo]:
        """Return the direct children of a directory, by name. Raises `PathNotFoundError`."""
        found = [
            self.described(child_of(path, name), info)
            for name, info in self._named(self.key(path))
            if self.is_ours(child_of(path, name), info)
        ]
        if not found and path != ROOT:
            raise PathNotFoundError
        return found

    def below(self, path: str, after: list[str]) -> Iterator[FileInfo]:
        """Give what is below a directory, in order, after the path that these names lead to."""
        first = after[0] if after else ""
        for name, info in self._named(self.key(path)):
            child = child_of(path, name)
            if name < first:
                continue
            if info["type"] == "file" and name != first:
                yield self.described(child, info)
            elif info["type"] == "directory" and name == first:
                yield from self.below(child, after[1:])
            elif info["type"] == "directory":
                # It is one only if a file is below it.
                inner = self.below(child, [])
                head = next(inner, None)
                if head is not None:
                    yield self.described(child, info)
                    yield head
                    yield from inner

    def _named(self, key: str) -> list[tuple[str, Info]]:
        """Return what is in a directory, by name; what breaks the grammar is left out."""
        found = {}
        for info in self.entries(key):
            name = name_of(info["name"].rstrip("/"))
            with suppress(InvalidPathError):
                check_name(name)
                found[name] = info
        return sorted(found.items())

    def is_ours(self, path: str, info: Info) -> bool:
        """Tell whether this is a file, or a directory that holds one."""
        if info["type"] == "directory":
            return self.is_directory(path)
        return bool(info["type"] == "file")

    def is_directory(self, path: str) -> bool:
        """Tell whether a file is below a path. The root always is a directory."""
        return path == ROOT or next(self.below(path, []), None) is not None

    def described(self, path: str, info: Info) -> FileInfo:
        """Return the contract's record for one of fsspec."""
        if info["type"] == "directory":
            return FileInfo(path=path, is_dir=True)
        version = self.traits.version(info)
        return FileInfo(path=path, size=info["size"], modified=modified(info), version=version)

    def get(self, path: str) -> bytes:
        """Return a whole file, by one request. Raises `PathNotFoundError` where there is none."""
        for _ in range(_ATTEMPTS):
            before = self.file(path)  # some read a directory as if it were a file
            try:
                return bytes(self.fs.cat_file(self.key(path)))
            except Exception:  # each filesystem has its own error for what is not there
                if self.file(path) == before:
                    raise
        raise StorageUnavailableError("the file is replaced by others all the time")
