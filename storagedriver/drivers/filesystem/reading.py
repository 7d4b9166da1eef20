"""Reading a file: from one descriptor, so that its record and its bytes belong together."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

from storagedriver.drivers.filesystem import atonce
from storagedriver.drivers.filesystem.atonce import MOST, AtOnce
from storagedriver.drivers.filesystem.emptiness import holds_file
from storagedriver.drivers.filesystem.failures import is_missing
from storagedriver.drivers.filesystem.files import (
    file_info,
    folder_info,
    is_file,
    is_folder,
)
from storagedriver.drivers.filesystem.root import Root
from storagedriver.errors import CorruptContentError, DriverClosedError, InvalidOffsetError
from storagedriver.paths import ROOT
from storagedriver.records import FileInfo

Read = Callable[[int, int, int], bytes]
"""Reads as `os.pread` does: from a descriptor so many bytes, from an offset on."""

InThread = Callable[[Callable[[], bytes]], Awaitable[bytes]]
"""Calls a function in a thread."""

WithoutWaiting = Callable[[Callable[[AtOnce], bytes]], Awaitable[bytes | None]]
"""Calls a function that never waits; None if there is no such way now."""

PIECE = 2 << 20
"""How many bytes a reader reads in a thread: by the MiB, each way there and back counts too."""


_CHANGED = "another program changed the file while it was read"


def stat(root: Root, path: str) -> FileInfo:
    """Tell what is at a path."""
    if path == ROOT:
        root.tree.check()
        return folder_info(path)
    status = root.tree.look(path)
    if is_file(status):
        return file_info(path, status)
    if is_folder(status) and holds_file(root, path):
        return folder_info(path)
    raise root.tree.missing()


def stat_at_once(root: Root, path: str, calls: AtOnce) -> FileInfo | None:
    """Tell what a file is, without waiting. None or `OSError` if a thread has to look."""
    if path == ROOT:
        return None
    status = root.tree.look_at_once(path, calls)
    return file_info(path, status) if is_file(status) else None


def get(root: Root, path: str) -> bytes:
    """Return a whole file."""
    descriptor = _open(root, path)
    try:
        status = _file_status(root, descriptor)
        return _read(descriptor, status, 0, status.st_size, os.pread)
    finally:
        os.close(descriptor)


def get_at_once(root: Root, path: str, calls: AtOnce) -> bytes | None:
    """Return a whole small file, without waiting. None or `OSError` if a thread has to read it."""
    descriptor = root.tree.open_at_once(path, calls)
    try:
        status = os.fstat(descriptor)
        if not is_file(status) or status.st_size > MOST:
            return None
        return _read(descriptor, status, 0, status.st_size, calls.read)
    finally:
        os.close(descriptor)


class FilesystemReader:
    """An open file. A replaced one is read to its end: its inode lives as long as it is open."""

    info: FileInfo

    def __init__(self, root: Root, path: str, call: InThread, at_once: WithoutWaiting) -> None:
        self._root = root
        self._path = path
        self._call = call
        self._at_once = at_once
        self._descriptor = -1

    def open(self, offset: int, length: int | None) -> None:
        """Open the file, and read its first piece: a small file takes no further call."""
        if self._descriptor < 0:
            self._descriptor = _open(self._root, self._path)
        self._begin(_file_status(self._root, self._descriptor), offset, length)
        self._first = self._next()

    def open_at_once(self, offset: int, length: int | None, calls: AtOnce) -> bool:
        """Do what `open` does, without waiting. False or `OSError` if a thread has to go on."""
        self._descriptor = self._root.tree.open_at_once(self._path, calls)
        status = os.fstat(self._descriptor)
        if not is_file(status):
            return False
        self._begin(status, offset, length)
        self._first = self._next_at_once(calls)
        return bool(self._first) or self._offset == self._end

    def _begin(self, status: os.stat_result, offset: int, length: int | None) -> None:
        """Keep what the open file is, and what of it is to be read."""
        self._status = status
        self.info = file_info(self._path, status)
        if not 0 <= offset <= self.info.size:
            raise InvalidOffsetError(f"{offset} is not within its {self.info.size} bytes")
        self._offset = offset
        self._end = self.info.size if length is None else min(offset + length, self.info.size)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Give the bytes, a piece at a time."""
        piece, self._first = self._first, b""
        while piece:
            yield piece
            if self._offset == self._end:
                return
            piece = await self._at_once(self._next_at_once) or await self._call(self._next)

    def release(self) -> None:
        """Close the file. May be repeated."""
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)

    def _next(self) -> bytes:
        """Read a piece, and have the kernel read on while the caller works with it."""
        size = self._size(PIECE)
        piece = _read(self._descriptor, self._status, self._offset, size, os.pread)
        self._offset += size
        _read_ahead(self._descriptor, self._offset, self._size(PIECE))
        return piece

    def _next_at_once(self, calls: AtOnce) -> bytes:
        """Read what is in memory of a piece, without waiting. Raises `OSError` if nothing is."""
        piece = calls.read(self._descriptor, self._size(atonce.PIECE), self._offset)
        _check_unchanged(self._descriptor, self._status)
        self._offset += len(piece)
        return piece

    def _size(self, most: int) -> int:
        """Return how large the next piece is."""
        if self._descriptor < 0:
            raise DriverClosedError
        return min(most, self._end - self._offset)


def _open(root: Root, path: str) -> int:
    """Open a file for reading."""
    try:
        return root.tree.open(path, os.O_RDONLY)
    except OSError as error:
        if is_missing(error):
            raise root.tree.missing() from error
        raise


def _file_status(root: Root, descriptor: int) -> os.stat_result:
    """Return what an open file is; raise `PathNotFoundError` unless it is a regular one."""
    status = os.fstat(descriptor)
    if not is_file(status):
        raise root.tree.missing()
    return status


def _read(descriptor: int, status: os.stat_result, offset: int, size: int, read: Read) -> bytes:
    """Read exactly `size` bytes of a file that is still what `status` says.

    We never write to a file that can be read. Another program may, and then the bytes before and
    after it must not be taken for one content.
    """
    piece = read(descriptor, size, offset)
    while len(piece) < size and (more := read(descriptor, size - len(piece), offset + len(piece))):
        piece += more
    _check_unchanged(descriptor, status)
    if len(piece) < size:
        raise CorruptContentError(_CHANGED)
    return piece


def _check_unchanged(descriptor: int, status: os.stat_result) -> None:
    """Raise `CorruptContentError` unless an open file is still what `status` says."""
    now = os.fstat(descriptor)
    if now.st_mtime_ns != status.st_mtime_ns or now.st_size != status.st_size:
        raise CorruptContentError(_CHANGED)


def _read_ahead(descriptor: int, offset: int, size: int) -> None:
    """Have the kernel begin to read a part of a file, where it can be told to: a hint."""
    if size and hasattr(os, "posix_fadvise"):
        with suppress(OSError):
            os.posix_fadvise(descriptor, offset, size, os.POSIX_FADV_WILLNEED)
