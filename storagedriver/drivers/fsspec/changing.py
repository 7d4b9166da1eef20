"""Changes of files: written elsewhere and moved into place, where that is what makes them whole."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from storagedriver.drivers.fsspec.failures import VanishedError
from storagedriver.drivers.fsspec.files import Files
from storagedriver.drivers.fsspec.folders import Folders
from storagedriver.drivers.fsspec.making import Making, Part
from storagedriver.drivers.fsspec.recent import Recent
from storagedriver.errors import PathConflictError, PathNotFoundError, StorageUnavailableError
from storagedriver.paths import ROOT, parent_of
from storagedriver.records import FileInfo

_ATTEMPTS = 10


class Changes:
    """All changes of one root. Those that may meet each other are made one after the other."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.traits = files.traits
        self.folders = Folders(files)
        self.making = Making(files, self.folders)
        self.lock = self.folders.lock
        self._recent = Recent(files.traits.tick)

    def put(self, path: str, content: bytes) -> FileInfo:
        """Write a file, in place of any other."""
        if self.traits.renames:
            with self.making.temporary() as key:
                self.making.write(key, content)
                return self.publish(key, path)
        with self.lock:
            self._check_place(path)
            self.files.fs.pipe_file(self.files.key(path), content)
            return self.files.file(path)

    def assemble(self, parts: list[Part], rest: bytes, path: str) -> FileInfo:
        """Make a file of some parts, one after the other, and the last bytes.

        Raises `VanishedError` where one of the parts is gone.
        """
        if self.traits.renames:
            return self._joined(parts, rest, path)
        with self.lock:
            self._check_place(path)
            if self.traits.streams:
                self.making.join(parts, rest, self.files.key(path))
            else:
                cat = self.files.fs.cat_file
                pieces = [cat(part.key, start=0, end=part.size) for part in parts]
                self.files.fs.pipe_file(self.files.key(path), b"".join([*pieces, rest]))
            return self.files.file(path)

    def _joined(self, parts: list[Part], rest: bytes, path: str) -> FileInfo:
        if self._is_all(parts, rest):
            (part,) = parts
            if rest:
                self.making.append(part.key, rest)
            return self.publish(part.key, path)
        with self.making.temporary() as key:
            self.making.join(parts, rest, key)
            return self.publish(key, path)

    def _is_all(self, parts: list[Part], rest: bytes) -> bool:
        """Tell whether the only part can be moved into place, once the rest is added to it."""
        if len(parts) != 1 or not parts[0].is_fixed or (rest and not self.traits.appends):
            return False
        return bool(self.making.there(parts[0].key)["size"] == parts[0].size)

    def publish(self, key: str, path: str) -> FileInfo:
        """Move a file to a path, in place of any other.

        Raises `VanishedError` where it is gone.
        """
        with self.lock, self._distinct(key, path) as placed:
            info = self.making.there(placed)
            target = self.files.key(path)

            def place() -> None:
                self._check_place(path)
                self.making.rename(placed, target)

            self.folders.within(target, place)
            # Another process may have replaced or removed it by now, so that what was seen before
            # counts, where it is known what of it a move leaves as it is.
            moved = None if self.traits.identity else self.files.at(target)
            if moved is not None and moved["size"] == info["size"]:
                info = moved
            described = self.files.described(path, info)
            self._recent.note(path, described.version)
            return described

    def move(self, source: str, destination: str) -> None:
        """Move a file. Raises `PathNotFoundError` where there is none."""
        size = self.files.file(source).size
        if self.traits.renames:
            try:
                self.publish(self.files.key(source), destination)
            except VanishedError as error:
                raise PathNotFoundError from error
            self.folders.prune(parent_of(source))
            return
        with self.lock:
            self._check_place(destination)
            self.files.fs.cp_file(self.files.key(source), self.files.key(destination))
            if self.files.file(destination).size != size:
                raise OSError("the copy is not as long as the source")
            self.files.fs.rm_file(self.files.key(source))

    def remove(self, path: str) -> bool:
        """Delete a file, or a directory with all below it; tell whether anything was there."""
        for _ in range(_ATTEMPTS):
            info = self.files.at(self.files.key(path))
            if info is None or not self.files.is_ours(path, info):
                return False
            is_file = info["type"] == "file"
            gone = [self._remove(one) for one in ([path] if is_file else self._all(path))]
            self.folders.prune(parent_of(path) if is_file else path)
            if any(gone):
                return True
        raise StorageUnavailableError("others remove it, and put it there again, all the time")

    def _remove(self, path: str) -> bool:
        if self.traits.tick:
            self._recent.note(path, self._version(path))
        return self.making.forget(self.files.key(path))

    def _all(self, path: str) -> list[str]:
        return [info.path for info in self.files.below(path, []) if not info.is_dir]

    def _check_place(self, path: str) -> None:
        """Raise `PathConflictError` where a directory is at a path or a file above it."""
        info = self.files.at(self.files.key(path))
        if info is not None and info["type"] != "file" and self.folders.is_in_the_way(path):
            raise PathConflictError("a directory is at this path")
        parent = ROOT if self.traits.renames else parent_of(path)
        while parent != ROOT and info is None:
            info = self.files.at(self.files.key(parent))
            if info is not None and info["type"] != "directory":
                raise PathConflictError(f"the file {parent} is where a directory is needed")
            parent = parent_of(parent)

    def _version(self, path: str) -> str | None:
        """Return the version of a file, or None where there is none."""
        try:
            return self.files.file(path).version
        except PathNotFoundError:
            return None

    @contextmanager
    def _distinct(self, key: str, path: str) -> Iterator[str]:
        """Give a key of the same bytes whose version is none that the path has just had.

        Where that is a copy, what was copied goes when the block has moved the copy into place.
        """
        while is_taken := self._is_taken(key, path):
            time.sleep(self.traits.tick / 4)
            if not self.making.touch(key):
                break
        if not is_taken:
            yield key
            return
        with self.making.temporary() as copy:
            self.making.copy(key, copy)
            while self._is_taken(copy, path):
                time.sleep(self.traits.tick / 4)
                self.making.copy(key, copy)
            yield copy
        self.making.forget(key)

    def _is_taken(self, key: str, path: str) -> bool:
        """Tell whether a file would look as the one at a path does, or did a moment ago."""
        if not self.traits.tick or key == self.files.key(path):
            return False
        taken = {*self._recent.versions(path), self._version(path)}
        return self.traits.version(self.making.there(key)) in taken
