"""The connection of a filesystem that keeps one open, made again when it is lost.

File servers end connections that lie idle, and each restart of theirs ends all of them.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from operator import attrgetter
from typing import TypeVar

from fsspec import AbstractFileSystem

from storagedriver.drivers.fsspec.failures import translated
from storagedriver.drivers.fsspec.files import TEMPORARY, Files
from storagedriver.errors import StorageDriverError

T = TypeVar("T")

IDLE = 30.0
"""Seconds after which it is looked whether the connection is still there."""


class Connection:
    """Makes the calls of a driver, over a connection that is there.

    A call that fails with the connection is not repeated: whether it was done is not known.
    """

    def __init__(self, files: Files, connect: Callable[[], AbstractFileSystem]) -> None:
        self._files = files
        self._connect = connect
        self._name = files.traits.connection
        self._used = time.monotonic()
        self._is_doubtful = False

    def call(self, function: Callable[..., T], *args: object) -> T:
        """Call a function that uses the filesystem, with the contract's errors."""
        with translated():
            if not self._name:
                return function(*args)
            self._revive()
            try:
                return function(*args)
            except StorageDriverError:
                raise
            except Exception:
                self._is_doubtful = True
                raise
            finally:
                self._used = time.monotonic()

    def _revive(self) -> None:
        """Connect again where the connection is lost."""
        if not self._is_doubtful and time.monotonic() - self._used < IDLE:
            return
        self._is_doubtful = True
        try:
            self._files.at(self._files.private(TEMPORARY))
        except Exception:  # noqa: BLE001 # each library has its own errors for a lost connection
            self.close()
            self._files.fs = self._connect()
        self._is_doubtful = False

    def close(self) -> None:
        """End the connection, where there is one."""
        if self._name:
            with suppress(Exception):  # it may be lost
                attrgetter(self._name)(self._files.fs).close()
