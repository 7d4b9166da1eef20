"""Reading a file of an fsspec filesystem, as one version of it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

from storagedriver.drivers.fsspec.files import GONE, Files
from storagedriver.errors import (
    InvalidOffsetError,
    PathNotFoundError,
    StorageBackendError,
    StorageUnavailableError,
)
from storagedriver.records import FileInfo

PIECE = 1024 * 1024
"""Bytes that are read at once."""

_ATTEMPTS = 10


class FsspecReader:
    """An open file, from an offset on. `open` has to be called first, and `close` last."""

    info: FileInfo

    def __init__(
        self, files: Files, path: str, call: Callable[[Callable[[], bytes]], Awaitable[bytes]]
    ) -> None:
        self._files = files
        self._call = call
        self._path = path
        self._file: Any = None
        self._left = 0
        self._at = 0

    def open(self, offset: int, length: int | None) -> None:
        """Open the file. Raises `PathNotFoundError` and `InvalidOffsetError`."""
        self.info = self._opened() if self._files.traits.handles else self._stat()
        size = self.info.size
        if offset > size:
            raise InvalidOffsetError(f"the offset {offset} is beyond the {size} bytes")
        self._at = offset
        self._left = size - offset if length is None else min(length, size - offset)
        if self._file is not None:
            self._file.seek(offset)

    def _stat(self) -> FileInfo:
        return self._files.file(self._path)

    def _opened(self) -> FileInfo:
        """Open the file, and return the record that belongs to what was opened."""
        for _ in range(_ATTEMPTS):
            before = self._stat()
            with suppress(*GONE):
                self._file = self._files.fs.open(self._files.key(self._path), "rb")
                if self._stat() == before:
                    return before
                self._file.close()
        raise StorageUnavailableError("the file is replaced by others all the time")

    def read(self) -> bytes:
        """Return the next piece; nothing at the end. Raises if the file was replaced."""
        if not self._left:
            return b""
        size = min(PIECE, self._left)
        piece = b""
        with suppress(FileNotFoundError):
            piece = self._piece(size)
        if not piece or (self._file is None and not self._is_same()):
            raise StorageBackendError("the file was replaced or cut while it was read")
        self._at += len(piece)
        self._left -= len(piece)
        return piece

    def _is_same(self) -> bool:
        try:
            return self._stat() == self.info
        except PathNotFoundError:
            return False

    def _piece(self, size: int) -> bytes:
        if self._file is not None:
            return bytes(self._file.read(size))
        key = self._files.key(self._path)
        return bytes(self._files.fs.cat_file(key, start=self._at, end=self._at + size))

    def close(self) -> None:
        """Close what was opened."""
        if self._file is not None:
            self._file.close()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Give the bytes in pieces of up to 1 MiB."""
        while piece := await self._call(self.read):
            yield piece
