"""Putting a file in its place: whole, at once, and on the disk when the call returns."""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from storagedriver.drivers.filesystem.emptiness import holds_file
from storagedriver.drivers.filesystem.failures import is_missing
from storagedriver.drivers.filesystem.files import (
    file_info,
    is_file,
    is_folder,
    version_of,
)
from storagedriver.drivers.filesystem.folders import Folders
from storagedriver.drivers.filesystem.root import Root
from storagedriver.errors import (
    PathConflictError,
    PreconditionFailedError,
    StorageUnavailableError,
)
from storagedriver.paths import name_of, parent_of
from storagedriver.protocol import Content
from storagedriver.records import FileInfo

# How often a place is prepared again when others remove directories, or make them, meanwhile.
_ATTEMPTS = 1000


Look = Callable[[str], os.stat_result | None]
"""Returns what is at a path; None if nothing is."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What has to hold for a put: nothing, a version, or that no file is there."""

    version: str | None = None
    absent: bool = False

    def check(self, root: Root, path: str, look: Look) -> None:
        """Raise `PreconditionFailedError` unless it holds."""
        if self.version is None and not self.absent:
            return
        status = look(path)
        found = version_of(status) if is_file(status) else None
        if found != self.version:
            root.tree.check()
            raise PreconditionFailedError


def put(root: Root, path: str, content: Content, condition: Condition) -> FileInfo:
    """Write a whole file, durably."""
    # What fails now need not be written; what holds now is asked again under the lock.
    condition.check(root, path, root.tree.look)
    with Folders(root.tree) as folders:
        with _temporary(root) as (file, descriptor):
            write(descriptor, [memoryview(content).cast("B")], 0)
            os.fsync(descriptor)
            with root.locks.hold(path) as lock:
                condition.check(root, path, folders.look)
                now = lock.tick()
                os.utime(descriptor, ns=(now, now))
                changed = place(root, folders, path, file)
            status = os.fstat(descriptor)
        folders.sync(changed)
    return file_info(path, status)


def move(root: Root, source: str, destination: str) -> None:
    """Move a file, durably."""
    folder = parent_of(source)
    with Folders(root.tree) as folders:
        with root.locks.hold(source, destination):
            status = folders.look(source)
            if not is_file(status):
                raise root.tree.missing()
            if source == destination:
                return
            replaced = folders.look(destination)
            changed = place(root, folders, destination, name_of(source), folder)
            # Names of one and the same inode: renaming one to the other does nothing at all.
            if replaced is not None and os.path.samestat(status, replaced):
                os.unlink(name_of(source), dir_fd=folders.open(folder))
        # The destination first: whatever a power cut leaves, it is never neither. The source as
        # well: POSIX does not bind the two, and what was reported as moved away must not come back.
        folders.sync(changed)
        left = folders.prune(folder)
        folders.sync({left}.difference(changed))


def place(
    root: Root, folders: Folders, path: str, file: str, folder: str | None = None
) -> list[str]:
    """Rename a file (a name in the directory `folder`) onto a path, and make its parents.

    Return the directories that must be synced for that, in order. Raises `FileNotFoundError` if the
    file is not there, `PathConflictError` if the path is a directory, or a parent is a file.
    """
    target = parent_of(path)
    made: list[str] = []
    try:
        for _ in range(_ATTEMPTS):
            source = None if folder is None else folders.open(folder)
            try:
                os.rename(file, name_of(path), src_dir_fd=source, dst_dir_fd=folders.open(target))
            except IsADirectoryError:
                _clear(root, path)
            except OSError as error:
                if not is_missing(error):
                    raise
                os.lstat(file, dir_fd=source)
                folders.forget(target)
                made += root.tree.make(target)
            else:
                return [target, *map(parent_of, made)]
    except BaseException:
        root.tree.prune(target)
        raise
    raise StorageUnavailableError("others kept changing the directories on the way")


def _clear(root: Root, path: str) -> None:
    """Remove a directory that holds no file, and so does not exist, from where a file will be."""
    if not holds_file(root, path):
        root.tree.clear(path)
        if not is_folder(root.tree.look(path)):
            return
    raise PathConflictError("a directory is there")


def write(descriptor: int, pieces: list[memoryview], offset: int) -> int:
    """Write all of `pieces` at an offset; return where they end."""
    while pieces := [piece for piece in pieces if piece]:
        written = os.pwritev(descriptor, pieces, offset)
        offset += written
        for number, piece in enumerate(pieces):
            pieces[number] = piece[written:]
            written = max(0, written - len(piece))
    return offset


@contextmanager
def _temporary(root: Root) -> Iterator[tuple[str, int]]:
    """Give the name of a new file, and a descriptor to write to, for a block.

    It is removed if the block fails, and belongs to the block otherwise.
    """
    file = f"{root.temporary}/{secrets.token_hex(16)}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    # The mode that any program's new files get: other programs may read the folder too.
    descriptor = os.open(file, flags, 0o666)
    try:
        yield file, descriptor
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(file)
        raise
    finally:
        os.close(descriptor)
