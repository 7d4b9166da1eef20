"""How a path is reached below the root. No symbolic link is followed, wherever it points to."""

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from storagedriver.drivers.filesystem.atonce import AtOnce
from storagedriver.drivers.filesystem.failures import is_missing
from storagedriver.errors import (
    InvalidPathError,
    PathConflictError,
    PathNotFoundError,
    StorageUnavailableError,
)
from storagedriver.paths import ROOT, check_name, child_of, name_of, parent_of

FOLDER = os.O_RDONLY | os.O_DIRECTORY
# Where it exists, O_PATH reaches files that may not be read, and wakes no device.
_LOOK = getattr(os, "O_PATH", os.O_RDONLY)
# O_NONBLOCK: opening a named pipe must not wait for its other end.
_SAFELY = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class Tree:
    """A directory of the operating system, and the files below it, by their paths.

    `root` is its real name, without links. `sign` is a name below it which is there as long as the
    right file system is mounted.
    """

    def __init__(self, root: str, *, sign: str = "") -> None:
        self.root = root
        self._sign = root + sign

    def check(self) -> None:
        """Raise `StorageUnavailableError` if the root has vanished: unmounted, or removed."""
        try:
            is_there = stat.S_ISDIR(os.stat(self._sign).st_mode)
        except OSError as error:
            if not is_missing(error):
                raise
            is_there = False
        if not is_there:
            message = f"{self._sign} has vanished: is the file system still mounted?"
            raise StorageUnavailableError(message)

    def missing(self) -> PathNotFoundError:
        """Return the error for a path where nothing is, once it is sure that the root is there."""
        self.check()
        return PathNotFoundError()

    def file(self, path: str) -> str:
        """Return the operating system's name for a path."""
        return self.root if path == ROOT else self.root + path

    def open(self, path: str, flags: int) -> int:
        """Open what is at a path and return the descriptor. Raises `OSError`."""
        file = self.file(path)
        descriptor = os.open(file, flags | _SAFELY)
        # One lookup by the kernel and one look at where it led to are several times cheaper than
        # opening each directory on the way.
        if path == ROOT or _lies_at(descriptor, file):
            return descriptor
        os.close(descriptor)
        return self._descend(path, flags)

    def open_at_once(self, path: str, calls: AtOnce) -> int:
        """Open a file for reading, without waiting. Raises `OSError` if that is not possible."""
        return calls.open(self.file(path), os.O_RDONLY | _SAFELY)

    def _descend(self, path: str, flags: int) -> int:
        """Open directory by directory: for links on the way, and where nothing tells of them."""
        folder = os.open(self.root, FOLDER | os.O_CLOEXEC)
        try:
            *parents, name = path[1:].split("/")
            for parent in parents:
                folder = enter(folder, parent)
            return os.open(name or ".", flags | _SAFELY, dir_fd=folder)
        finally:
            os.close(folder)

    @contextmanager
    def opened(self, path: str, flags: int = FOLDER) -> Iterator[int]:
        """Open what is at a path, a directory by default, for a block. Raises `OSError`."""
        descriptor = self.open(path, flags)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def look(self, path: str) -> os.stat_result | None:
        """Return what is at a path, of whatever kind; None if nothing is."""
        try:
            with self.opened(path, _LOOK) as descriptor:
                return os.fstat(descriptor)
        except OSError as error:
            if is_missing(error):
                return None
            raise

    def look_at_once(self, path: str, calls: AtOnce) -> os.stat_result:
        """Return what is at a path, without waiting. Raises `OSError` if that is not possible."""
        descriptor = calls.open(self.file(path), _LOOK)
        try:
            return os.fstat(descriptor)
        finally:
            os.close(descriptor)

    def make(self, path: str) -> list[str]:
        """Make a directory with its parents; return what was made, the deepest first.

        One that somebody removes at the same time may be missing again when this returns. Raises
        `PathConflictError` where something else stands in the way.
        """
        made: list[str] = []
        # Nearly all are there: looking for the deepest one from below is a call or two, while to
        # try each from the top is three calls for each.
        at, folder = self._deepest(parent_of(path))
        try:
            for name in path[len(at.rstrip("/")) + 1 :].split("/"):
                at = child_of(at, name)
                if _make(folder, name):
                    made.insert(0, at)
                folder = enter(folder, name)
        except FileNotFoundError:
            return made
        except OSError as error:
            if is_missing(error):
                raise PathConflictError(f"{at} is not a directory") from error
            raise
        finally:
            os.close(folder)
        return made

    def _deepest(self, path: str) -> tuple[str, int]:
        """Open the deepest directory that is there, at a path or above; return it with its path."""
        while True:
            try:
                return path, self.open(path, FOLDER)
            except OSError as error:
                if path == ROOT or not is_missing(error):
                    raise
            path = parent_of(path)

    def prune(self, path: str) -> str:
        """Remove a directory and its parents as far as they are empty; return what is left."""
        while path != ROOT:
            try:
                self._remove(path)
            except OSError as error:
                if not is_missing(error):
                    return path
            path = parent_of(path)
        return path

    def clear(self, path: str) -> None:
        """Remove the empty directories at and below a path, and its parents; sync what stays."""
        folders = [path]
        for folder in folders:
            folders.extend(child_of(folder, name) for name in self._folders_in(folder))
        staying = []
        for folder in reversed(folders):
            try:
                self._remove(folder)
            except OSError as error:
                if not is_missing(error):
                    staying.append(folder)
        self.sync([*staying, self.prune(parent_of(path))])

    def _folders_in(self, path: str) -> list[str]:
        """Return the names of the directories in a directory, those that follow the grammar."""
        try:
            with self.opened(path) as descriptor, os.scandir(descriptor) as entries:
                return [each.name for each in entries if _is_folder_of_ours(each)]
        except OSError as error:
            if is_missing(error):
                return []
            raise

    def _remove(self, path: str) -> None:
        """Remove an empty directory. Raises `OSError`."""
        with self.opened(parent_of(path)) as folder:
            os.rmdir(name_of(path), dir_fd=folder)

    def sync(self, folders: Iterable[str]) -> None:
        """Bring the entries of directories to the disk, those that are still there."""
        for folder in dict.fromkeys(folders):
            try:
                with self.opened(folder) as descriptor:
                    os.fsync(descriptor)
            except OSError as error:
                if not is_missing(error):
                    raise


def open_in(folder: int, name: str) -> int:
    """Open a directory in an open one, and return the descriptor. Raises `OSError`."""
    return os.open(name, FOLDER | _SAFELY, dir_fd=folder)


def _lies_at(descriptor: int, file: str) -> bool:
    """Tell whether an open file is surely the one with this name, and not one behind a link."""
    try:
        return os.readlink(f"/proc/self/fd/{descriptor}") == file
    except OSError:
        return False


def _is_folder_of_ours(entry: "os.DirEntry[str]") -> bool:
    """Tell whether an entry is a directory whose name follows the grammar."""
    try:
        check_name(entry.name)
    except InvalidPathError:
        return False
    return entry.is_dir(follow_symlinks=False)


def enter(folder: int, name: str) -> int:
    """Open a directory in an open one, and close that one. If it raises, that stays open."""
    below = open_in(folder, name)
    os.close(folder)
    return below


def _make(folder: int, name: str) -> bool:
    """Make a directory in another one; tell whether it is new."""
    try:
        os.mkdir(name, dir_fd=folder)
    except FileExistsError:
        return False
    return True
