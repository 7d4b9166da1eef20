"""The file of users and hashes that `htpasswd -B` writes."""

import logging
import os
import re
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from types import MappingProxyType

from storagedriver.registry.configuration.file import ConfigError

KEY = "auth.htpasswd.path"

_HASH = re.compile(r"\$2[aby]\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}")
_log = logging.getLogger(__name__)

Signature = tuple[int, ...]


class PasswordFile:
    """The users of a file: `hashes` are their bcrypt hashes, by name, and `costs` what these cost.

    `key` depends on all of it: each process that reads the file has the same one, and no client.

    Raises `ConfigError`, which names the file and the line, if it cannot be used at the start.
    """

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._seen: Signature | None = None
        self.hashes: Mapping[str, bytes] = {}
        self.costs: tuple[int, ...] = ()
        self.key = b""
        self._read()

    def refresh(self) -> None:
        """Read the file again if it changed; this waits for the disk.

        One that cannot be used is told in the log, once, and what was read before holds on.
        """
        try:
            seen = _signature(self._path.stat())
        except OSError as error:
            if self._seen is not None:
                _log.error("%s: cannot be read: %s: its users stay", self._path, error.strerror)
            self._seen = None
            return
        if seen == self._seen:
            return
        try:
            self._read()
        except ConfigError as error:
            _log.error("%s: the users that were read before stay", error)
            self._seen = seen
        else:
            _log.info("%s: read again: %d users", self._path, len(self.hashes))

    def _read(self) -> None:
        try:
            with self._path.open("rb") as file:
                self._seen = _signature(os.fstat(file.fileno()))
                content = file.read()
        except OSError as error:
            raise ConfigError(f"{KEY}: {self._path}: cannot be read: {error.strerror}") from error
        hashes = hashes_in(content, f"{KEY}: {self._path}")
        self.hashes = MappingProxyType(hashes)
        self.costs = tuple(int(each[4:6]) for each in hashes.values())
        self.key = blake2b(content).digest()


def hashes_in(content: bytes, source: str) -> dict[str, bytes]:
    """Read lines `user:hash`; empty ones, and those that begin with `#`, are passed over.

    Raises `ConfigError` for any other line, which shows nothing of a hash.
    """
    hashes: dict[str, bytes] = {}
    for number, raw in enumerate(content.split(b"\n"), start=1):
        where = f"{source}:{number}"
        try:
            line = raw.decode().strip()
        except UnicodeDecodeError:
            raise ConfigError(f"{where}: is not UTF-8") from None
        if not line or line.startswith("#"):
            continue
        user, colon, hashed = line.partition(":")
        if not colon or not user:
            raise ConfigError(f"{where}: is no line of the form user:hash")
        if not _HASH.fullmatch(hashed):
            raise ConfigError(f"{where}: the hash is not of bcrypt, as `htpasswd -B` makes it")
        if user in hashes:
            raise ConfigError(f"{where}: the user {user!r} stands here for the second time")
        hashes[user] = hashed.encode()
    return hashes


def _signature(status: os.stat_result) -> Signature:
    # The time of the last change too: a file that can be read again was written before.
    return (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino, status.st_dev)
