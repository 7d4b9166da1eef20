"""What unfinished writers hold: a file each, in a folder of its path's own.

The file is called `~` and a random generation, and that name is what makes a writer its owner. A
writer that takes over renames the file, so that the former owner no longer finds its own name. Each
change is made while the file is locked with `flock`, and only after a look at the name: a former
owner that still has the file open can thus neither add a byte to it nor publish it.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from storagedriver.drivers.filesystem import writeback
from storagedriver.drivers.filesystem.draftfolders import folder_of, folders_below
from storagedriver.drivers.filesystem.failures import is_missing
from storagedriver.drivers.filesystem.files import file_info, modified_of
from storagedriver.drivers.filesystem.folders import Folders
from storagedriver.drivers.filesystem.locks import flocked
from storagedriver.drivers.filesystem.root import Root
from storagedriver.drivers.filesystem.storing import place, write
from storagedriver.errors import WriterLostError
from storagedriver.paths import parent_of
from storagedriver.records import FileInfo, UnfinishedInfo

_MARK = "~"


class Draft:
    """The file that one unfinished writer owns. `size` is how much of it the writer knows of."""

    def __init__(self, root: Root, path: str) -> None:
        self._root = root
        self._path = path
        self._descriptor = -1
        self._generation = secrets.token_hex(16)
        self._folder = folder_of(path)
        self._file = f"{root.drafts.file(self._folder)}/{_MARK}{self._generation}"
        self._made: list[str] = []
        # The directories to sync for its publication; None until it is renamed to its path.
        self._changed: list[str] | None = None
        self.size = 0
        self._sent = 0  # of these, to the disk

    def start(self) -> None:
        """Take the path over, and drop what an earlier writer left."""
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        with self._root.locks.hold(self._path):
            for unfinished in _in_folder(self._root, self._path):
                with suppress(FileNotFoundError):
                    os.unlink(_file(self._root, unfinished))
            while self._descriptor < 0:
                self._made += self._root.drafts.make(self._folder)
                # Another writer that ends may remove a directory while it is empty.
                with suppress(FileNotFoundError):
                    self._descriptor = os.open(self._file, flags, 0o666)

    def resume(self) -> None:
        """Take the path over with what an earlier writer left, or raise `PathNotFoundError`."""
        with self._root.locks.hold(self._path):
            left = _in_folder(self._root, self._path)
            if not left:
                raise self._root.tree.missing()
            try:
                self._rename(_file(self._root, left[-1]))
            except FileNotFoundError as error:
                # It was discarded just now, which takes no lock.
                raise self._root.tree.missing() from error

    def _rename(self, former: str) -> None:
        """Make what another writer left this one's own."""
        self._descriptor = os.open(former, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        with flocked(self._descriptor):
            os.rename(former, self._file)
            self.size = self._sent = os.fstat(self._descriptor).st_size

    def append(self, pieces: list[memoryview]) -> None:
        """Write behind what is there: all of `pieces` or, when that fails, nothing."""
        with self._owned():
            try:
                self.size = write(self._descriptor, pieces, self.size)
            except OSError:
                with suppress(OSError):
                    os.ftruncate(self._descriptor, self.size)
                raise
            if self.size - self._sent >= writeback.STEP:
                writeback.begin(self._descriptor, self._sent, self.size - self._sent)
                self._sent = self.size

    def keep(self) -> None:
        """Bring it to the disk; nothing if it was published by a call that was cancelled."""
        if self._changed is not None:
            return
        self._flush()
        self._root.drafts.sync([self._folder, *map(parent_of, self._made)])

    def publish(self) -> FileInfo:
        """Make it the file at the path, durably. May be repeated, also after it failed half-way."""
        with Folders(self._root.tree) as folders:
            if self._changed is None:
                self._flush()
                self._changed = self._place(folders)
            folders.sync(self._changed)
        self._root.drafts.prune(self._folder)
        return file_info(self._path, os.fstat(self._descriptor))

    def _flush(self) -> None:
        """Bring the bytes that were accepted, and no others, to the disk."""
        with self._owned():
            if os.fstat(self._descriptor).st_size != self.size:
                os.ftruncate(self._descriptor, self.size)
            os.fsync(self._descriptor)

    def _place(self, folders: Folders) -> list[str]:
        """Rename it to where it belongs; return the directories to sync for that."""
        with self._root.locks.hold(self._path) as lock:
            self.check()
            now = lock.tick()
            os.utime(self._descriptor, ns=(now, now))
            try:
                return place(self._root, folders, self._path, self._file)
            except FileNotFoundError as error:
                # It was dropped just now, which takes no lock.
                self._root.tree.check()
                raise WriterLostError from error

    def drop(self) -> None:
        """Remove it, unless another writer owns it by now or it was published."""
        _remove(self._root, self._path, self._file)

    def release(self) -> None:
        """Close the file. May be repeated."""
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)

    @contextmanager
    def _owned(self) -> Iterator[None]:
        """Keep the file from being taken over for a block, or raise `WriterLostError`."""
        if self._descriptor < 0:
            # A close that failed is tried again.
            self.check()
            self._descriptor = os.open(self._file, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        with flocked(self._descriptor):
            self.check()
            yield

    def check(self) -> None:
        """Raise `WriterLostError` if another writer owns the path, or everything was dropped.

        What the operating system refuses meanwhile is raised as it is: it tells nothing of that.
        """
        try:
            os.lstat(self._file)
        except OSError as error:
            if not is_missing(error):
                raise
            self._root.tree.check()
            raise WriterLostError from error


def unfinished_below(root: Root, path: str) -> Iterator[UnfinishedInfo]:
    """Give what unfinished writers hold, at and below a path, in the order of paths."""
    for held, _ in folders_below(root.drafts, path):
        yield from _in_folder(root, held)


def discard(root: Root, unfinished: UnfinishedInfo) -> None:
    """Drop what an unfinished writer holds, unless another generation owns it by now."""
    if unfinished.id.isalnum():
        _remove(root, unfinished.path, _file(root, unfinished))


def drop_below(root: Root, path: str) -> None:
    """Drop what unfinished writers hold at and below a path, durably."""
    staying = []
    for held, folder in folders_below(root.drafts, path):
        for unfinished in _in_folder(root, held):
            with suppress(FileNotFoundError):
                os.unlink(_file(root, unfinished))
        staying.append(root.drafts.prune(folder))
    root.drafts.sync(staying)


def _file(root: Root, unfinished: UnfinishedInfo) -> str:
    folder = root.drafts.file(folder_of(unfinished.path))
    return f"{folder}/{_MARK}{unfinished.id}"


def _remove(root: Root, path: str, file: str) -> None:
    """Remove a draft's file if it is there, and the directories that become empty."""
    with suppress(FileNotFoundError):
        os.unlink(file)
        root.drafts.prune(folder_of(path))


def _in_folder(root: Root, path: str) -> list[UnfinishedInfo]:
    """Return what writers of one path left: one thing at most, but for others' meddling."""
    folder = folder_of(path)
    infos = []
    for name in _names(root, folder):
        with suppress(FileNotFoundError, NotADirectoryError):
            status = os.lstat(f"{root.drafts.file(folder)}/{name}")
            modified = modified_of(status)
            id_ = name.removeprefix(_MARK)
            infos.append(UnfinishedInfo(path=path, size=status.st_size, modified=modified, id=id_))
    return infos


def _names(root: Root, folder: str) -> list[str]:
    """Return the names of the drafts in a folder, sorted."""
    try:
        with root.drafts.opened(folder) as descriptor, os.scandir(descriptor) as entries:
            return sorted(entry.name for entry in entries if _is_draft(entry))
    except OSError as error:
        if is_missing(error):
            return []
        raise


def _is_draft(entry: "os.DirEntry[str]") -> bool:
    return entry.name.startswith(_MARK) and entry.is_file(follow_symlinks=False)
