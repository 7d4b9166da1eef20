"""Changes of files: written elsewhere and moved into place, where that is what makes them whole."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import RLock
from uuid import uuid4

from storagedriver.drivers.fsspec.files import Files
from storagedriver.errors import (
    CorruptContentError,
    PathConflictError,
    PathNotFoundError,
    StorageUnavailableError,
)
from storagedriver.paths import ROOT, child_of, name_of, parent_of
from storagedriver.records import FileInfo

PIECE = 1024 * 1024
"""Bytes that are copied at once."""

_ATTEMPTS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The first bytes of a file that is no file of the contract yet."""

    key: str
    size: int


class Changes:
    """All changes of one root. Those that may meet each other are made one after the other."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.traits = files.traits
        self.fs = files.fs
        self.lock = RLock()
        self._ticks: dict[str, dict[str, float]] = {}

    def put(self, path: str, content: bytes) -> FileInfo:
        """Write a file, in place of any other."""
        if self.traits.renames:
            return self.publish(self.temporary(content), path)
        with self.lock:
            self._check_place(path)
            self.fs.pipe_file(self.files.key(path), content)
            return self.files.file(path)

    def temporary(self, content: bytes) -> str:
        """Write a file that nobody knows of, and return its key."""
        key = self._temporary()
        self.write(key, content)
        return key

    def _temporary(self) -> str:
        return self.files.private("temporary", uuid4().hex)

    def write(self, key: str, content: bytes) -> None:
        """Write a file that nobody else writes to."""
        self._in_its_folder(key, lambda: self.fs.pipe_file(key, content))

    def _in_its_folder(self, key: str, change: Callable[[], object]) -> None:
        """Make a change that needs the folder of a key, and make that where it is missing."""
        for attempt in range(_ATTEMPTS):
            try:
                change()
            except Exception:  # each filesystem has its own error for a missing folder
                if not self.traits.renames:
                    raise
                # It was not there, or another process has just removed it with its last file,
                # and may remove those above it while they are made.
                was_missing = True
                with suppress(FileNotFoundError):
                    was_missing = self._make(key.rpartition("/")[0])
                if not was_missing and attempt == _ATTEMPTS // 2:
                    raise
            else:
                return
        raise StorageUnavailableError("the folder is being removed all the time")

    def _make(self, key: str) -> bool:
        """Make a directory and those above it; tell whether it was missing.

        Raises `PathConflictError` where a file is in the way.
        """
        info = self.files.at(key)
        if info is not None and info["type"] != "directory":
            raise PathConflictError(f"the file {key} is where a directory is needed")
        if info is not None or not key:
            return False
        self._make(key.rpartition("/")[0])
        try:
            self.fs.mkdir(key, create_parents=False)
        except Exception:  # each filesystem has its own error where another made it meanwhile
            if self.files.at(key) is None:
                raise
        return True

    def replace(self, key: str, content: bytes) -> None:
        """Write a private file, in place of any other, at once."""
        if self.traits.renames:
            self._rename(self.temporary(content), key)
        else:
            self.fs.pipe_file(key, content)

    def forget(self, key: str) -> None:
        """Remove a file, if it is there."""
        try:
            self.fs.rm_file(key)
        except Exception:  # each filesystem has its own error for what is not there
            if self.files.at(key) is not None:
                raise

    def append(self, key: str, content: bytes) -> None:
        """Add to a private file that nobody else writes to."""
        with self.fs.open(key, "ab") as file:
            file.write(content)

    def assemble(self, parts: list[Part], rest: bytes, path: str) -> FileInfo:
        """Make a file of some parts, one after the other, and the last bytes."""
        if self.traits.renames:
            return self.publish(self._joined(parts, rest), path)
        with self.lock:
            self._check_place(path)
            if self.traits.streams:
                self._join(parts, rest, self.files.key(path))
            else:
                pieces = [self.fs.cat_file(part.key, start=0, end=part.size) for part in parts]
                self.fs.pipe_file(self.files.key(path), b"".join([*pieces, rest]))
            return self.files.file(path)

    def _joined(self, parts: list[Part], rest: bytes) -> str:
        """Return the key of one file with the bytes of all."""
        if len(parts) == 1:
            (part,) = parts
            info = self.files.at(part.key)
            if info is not None and info["size"] == part.size and (self.traits.appends or not rest):
                if rest:
                    self.append(part.key, rest)
                return part.key
        return self._again(parts, rest)

    def _again(self, parts: list[Part], rest: bytes = b"") -> str:
        """Write the bytes of all into a file that nobody knows of, and return its key."""
        key = self._temporary()
        self._join(parts, rest, key)
        return key

    def _join(self, parts: list[Part], rest: bytes, target: str) -> None:
        with self.fs.open(target, "wb") as file:
            for part in parts:
                left = part.size
                with self.fs.open(part.key, "rb") as source:
                    while left and (piece := source.read(min(PIECE, left))):
                        file.write(piece)
                        left -= len(piece)
                if left:
                    raise CorruptContentError("a part is shorter than it was when it was kept")
            file.write(rest)

    def publish(self, key: str, path: str) -> FileInfo:
        """Move a file to a path, in place of any other."""
        with self.lock:
            self._check_place(path)
            key = self._distinct(key, path)
            info = self.files.at(key)
            if info is None:
                raise FileNotFoundError(key)
            self._rename(key, self.files.key(path))
            # Another process may have replaced or removed it by now.
            described = self.files.described(path, info)
            self._note(path, described.version)
            return described

    def _rename(self, key: str, target: str) -> None:
        self._in_its_folder(target, lambda: self.traits.rename(self.fs, key, target))

    def move(self, source: str, destination: str) -> None:
        """Move a file. Raises `PathNotFoundError` where there is none."""
        size = self.files.file(source).size
        if self.traits.renames:
            self.publish(self.files.key(source), destination)
            self._prune(parent_of(source))
            return
        with self.lock:
            self._check_place(destination)
            self.fs.cp_file(self.files.key(source), self.files.key(destination))
            if self.files.file(destination).size != size:
                raise OSError("the copy is not as long as the source")
            self.fs.rm_file(self.files.key(source))

    def remove(self, path: str) -> bool:
        """Delete a file, or a directory with all below it; tell whether anything was there."""
        info = self.files.at(self.files.key(path))
        if info is None or not self.files.is_ours(path, info):
            return False
        for one in [path] if info["type"] == "file" else self._all(path):
            self._note(one, self._version(one))
            self.forget(self.files.key(one))
        self._prune(parent_of(path) if info["type"] == "file" else path)
        return True

    def _all(self, path: str) -> list[str]:
        return [info.path for info in self.files.below(path, []) if not info.is_dir]

    def drop(self, key: str) -> None:
        """Remove a private folder with all that is in it, or what of it is left."""
        for entry in self.files.entries(key):
            if entry["type"] == "directory":
                self.drop(entry["name"].rstrip("/"))
            else:
                self.forget(entry["name"])
        if self.traits.renames:
            with suppress(Exception):  # it is not empty, or not there
                self.fs.rmdir(key)

    def _prune(self, path: str) -> None:
        """Remove a directory and those above it, as far as they hold no file."""
        if not self.traits.renames:
            return
        with self.lock:
            while path != ROOT and not self._remains(path):
                path = parent_of(path)

    def _remains(self, path: str) -> bool:
        """Remove a directory, and those below it, if no file is in it; tell whether it is there."""
        key = self.files.key(path)
        inner = self.files.entries(key)
        if any(entry["type"] != "directory" for entry in inner):
            return True
        for entry in inner:
            if self._remains(child_of(path, name_of(entry["name"].rstrip("/")))):
                return True
        try:
            self.fs.rmdir(key)
        except FileNotFoundError:
            return False
        except Exception:  # noqa: BLE001 # each filesystem has its own error for one that is full
            return self.files.at(key) is not None
        return False

    def _check_place(self, path: str) -> None:
        """Raise `PathConflictError` where a directory is at a path or a file above it."""
        info = self.files.at(self.files.key(path))
        if info is not None and info["type"] != "file" and self._remains_after_cleaning(path):
            raise PathConflictError("a directory is at this path")
        parent = ROOT if self.traits.renames else parent_of(path)
        while parent != ROOT and info is None:
            info = self.files.at(self.files.key(parent))
            if info is not None and info["type"] != "directory":
                raise PathConflictError(f"the file {parent} is where a directory is needed")
            parent = parent_of(parent)

    def _remains_after_cleaning(self, path: str) -> bool:
        return (
            self._remains(path)
            if self.traits.renames
            else bool(self.files.entries(self.files.key(path)))
        )

    def _version(self, path: str) -> str | None:
        """Return the version of a file, or None where there is none."""
        try:
            return self.files.file(path).version
        except PathNotFoundError:
            return None

    def _note(self, path: str, version: str | None) -> None:
        """Remember a version for as long as another one might look the same."""
        if not self.traits.tick or version is None:
            return
        now = time.monotonic()
        for old in [old for old, seen in self._ticks.items() if max(seen.values()) < now]:
            del self._ticks[old]
        self._ticks.setdefault(path, {})[version] = now + 2 * self.traits.tick

    def _distinct(self, key: str, path: str) -> str:
        """Return a key of the same bytes whose version is none that the path has just had."""
        while self.traits.tick:
            taken = {*self._ticks.get(path, ()), self._version(path)}
            info = self.files.at(key)
            if info is None:
                raise FileNotFoundError(key)
            if self.traits.version(info) not in taken or self.files.key(path) == key:
                return key
            time.sleep(self.traits.tick / 4)
            written, key = key, self._again([Part(key=key, size=info["size"])])
            self.fs.rm_file(written)
        return key
