"""Files that are written where nobody looks, before they are moved into place."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import BinaryIO
from uuid import uuid4

from storagedriver.drivers.fsspec.failures import VanishedError
from storagedriver.drivers.fsspec.files import TEMPORARY, Files, Info
from storagedriver.drivers.fsspec.folders import Folders
from storagedriver.errors import CorruptContentError, StorageUnavailableError

PIECE = 1024 * 1024
"""Bytes that are copied at once."""

_ATTEMPTS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The first bytes of a file that is no file of the contract yet.

    `is_fixed` tells that nobody else adds to that file any more.
    """

    key: str
    size: int
    is_fixed: bool = True


class Making:
    """Making, joining, renaming and removing the files of one root, by key and not by path."""

    def __init__(self, files: Files, folders: Folders) -> None:
        self._files = files
        self._folders = folders
        self._traits = files.traits

    @contextmanager
    def temporary(self) -> Iterator[str]:
        """Give the key of a file that nobody knows of, which goes if the block fails."""
        key = self._files.private(TEMPORARY, uuid4().hex)
        try:
            yield key
        except BaseException:
            with suppress(Exception):  # what went wrong first is what matters
                self.forget(key)
            raise

    def write(self, key: str, content: bytes) -> None:
        """Write a file that nobody else writes to."""
        self._folders.within(key, lambda: self._files.fs.pipe_file(key, content))

    def replace(self, key: str, content: bytes) -> None:
        """Write a private file, in place of any other, at once."""
        if not self._traits.renames:
            self._files.fs.pipe_file(key, content)
            return
        with self.temporary() as written:
            self.write(written, content)
            self._folders.within(key, lambda: self.rename(written, key))

    def append(self, key: str, content: bytes) -> None:
        """Add to a private file that nobody else writes to."""
        with self._files.fs.open(key, "ab") as file:
            file.write(content)

    def join(self, parts: list[Part], rest: bytes, target: str) -> None:
        """Write some parts, one after the other, and the last bytes to a file.

        Raises `VanishedError` where a part is gone.
        """
        with self._files.fs.open(target, "wb") as file:
            for part in parts:
                self.there(part.key)
                try:
                    self._add(part, file)
                except FileNotFoundError:
                    self.there(part.key)
                    raise
            file.write(rest)

    def _add(self, part: Part, file: BinaryIO) -> None:
        """Write a part to an open file. Raises `CorruptContentError` for one that is too short."""
        left = part.size
        with self._files.fs.open(part.key, "rb") as source:
            while left and (piece := source.read(min(PIECE, left))):
                file.write(piece)
                left -= len(piece)
        if left:
            raise CorruptContentError("a part is shorter than it was when it was kept")

    def copy(self, key: str, target: str) -> None:
        """Copy a file that others may replace meanwhile."""
        for _ in range(_ATTEMPTS):
            info = self.there(key)
            with suppress(CorruptContentError):
                self.join([Part(key=key, size=info["size"])], b"", target)
                if self._traits.version(self.there(key)) == self._traits.version(info):
                    return
        raise StorageUnavailableError("the file is replaced by others all the time")

    def rename(self, key: str, target: str) -> None:
        """Move a file onto another at once. Raises `VanishedError` where it is gone."""
        try:
            self._traits.rename(self._files.fs, key, target)
        except Exception:  # each filesystem has its own error for what is not there
            self.there(key)
            raise

    def touch(self, key: str) -> bool:
        """Set a file's time of change to now, and tell whether that can be done.

        Raises `VanishedError` where the file is gone.
        """
        if self._traits.touch is None:
            return False
        try:
            self._traits.touch(self._files.fs, key)
        except Exception:
            self.there(key)
            raise
        return True

    def there(self, key: str) -> Info:
        """Return the record of a file. Raises `VanishedError` where it is gone."""
        info = self._files.at(key)
        if info is None or info["type"] != "file":
            raise VanishedError(key)
        return info

    def forget(self, key: str) -> bool:
        """Remove a file; tell whether it was there."""
        try:
            self._files.fs.rm_file(key)
        except FileNotFoundError:
            return False
        except Exception:
            info = self._files.at(key)  # each filesystem has its own error for what is not there
            if info is not None and info["type"] == "file":
                raise
            return False
        return True
