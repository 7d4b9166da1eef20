"""Directories of a filesystem: made for the files in them, and removed with the last one.

Several processes do both at once. A directory is removed by a call that leaves one with a file in
it alone, and who finds his directory gone makes it again: each time he has to, another's delete was
done, so that they do not wait for each other.
"""

import random
import time
from collections.abc import Callable
from contextlib import suppress
from threading import RLock

from storagedriver.drivers.fsspec.failures import VanishedError, may_be_a_missing_folder
from storagedriver.drivers.fsspec.files import DRAFTS, Files
from storagedriver.errors import PathConflictError, StorageDriverError, StorageUnavailableError
from storagedriver.paths import ROOT, child_of, name_of, parent_of

_ATTEMPTS = 200
_UNCLEAR = 4
"""How often a change is tried whose folder is there, but whose error may mean that it was not."""

_PAUSE = 0.01
"""Seconds: the longest time between two attempts, which is drawn so that two do not keep step."""


class Folders:
    """The directories of one root."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._traits = files.traits
        self.lock = RLock()

    def within(self, key: str, change: Callable[[], object]) -> None:
        """Make a change that needs the folder of a key, and make that where it is missing.

        Raises `PathConflictError` where a file is in the way, and what the change raises.
        """
        there = 0
        for attempt in range(_ATTEMPTS):
            made = False
            try:
                change()
            except (StorageDriverError, VanishedError):
                raise
            except Exception as error:
                if not self._traits.renames or not may_be_a_missing_folder(error):
                    raise
                problem = error
            else:
                return
            try:
                made = self.make(key.rpartition("/")[0])
            except StorageDriverError:
                raise
            except Exception as error:  # noqa: BLE001 # it may be that those above it vanished
                problem = error
            there = 0 if made else there + 1
            if there >= (_ATTEMPTS if isinstance(problem, FileNotFoundError) else _UNCLEAR):
                raise problem
            if attempt:
                time.sleep(random.uniform(0, _PAUSE))  # noqa: S311 # no secret
        raise StorageUnavailableError("the folder is removed as often as it is made")

    def make(self, key: str) -> bool:
        """Make a directory and those above it; tell whether it was missing.

        Raises `PathConflictError` where a file is in the way.
        """
        if not key:
            return False
        above = key.rpartition("/")[0]
        if self._traits.climbs:
            self.make(above)
        info = self._files.at(key)
        if info is not None and info["type"] != "directory":
            raise PathConflictError(f"the file {key} is where a directory is needed")
        if info is not None:
            return False
        if not self._traits.climbs:
            self.make(above)
        try:
            self._files.fs.mkdir(key, create_parents=False)
        except Exception:  # each filesystem has its own error where another made it meanwhile
            if self._files.at(key) is None:
                raise
        return True

    def leave(self, key: str) -> None:
        """Remove a private directory and those above it, as far as they are empty."""
        if not self._traits.renames:
            return
        while name_of(key) != DRAFTS:
            try:
                self._files.fs.rmdir(key)
            except Exception:  # noqa: BLE001 # it is not empty, or not there
                return
            key = key.rpartition("/")[0]

    def prune(self, path: str) -> None:
        """Remove a directory and those above it, as far as they hold no file."""
        if not self._traits.prunes:
            return
        with self.lock:
            while path != ROOT and not self._remains(path):
                path = parent_of(path)

    def is_in_the_way(self, path: str) -> bool:
        """Tell whether a directory with files is at a path, after removing one without."""
        if not self._traits.renames:
            return bool(self._files.entries(self._files.key(path)))
        with self.lock:
            return self._remains(path)

    def _remains(self, path: str) -> bool:
        """Remove a directory, and those below it, if no file is in it; tell whether it is there."""
        key = self._files.key(path)
        inner = self._files.entries(key)
        if any(entry["type"] != "directory" for entry in inner):
            return True
        for entry in inner:
            if self._remains(child_of(path, name_of(entry["name"].rstrip("/")))):
                return True
        with suppress(Exception):  # it is full by now, or gone; each has its own error for that
            self._files.fs.rmdir(key)
            return False
        return self._files.at(key) is not None
