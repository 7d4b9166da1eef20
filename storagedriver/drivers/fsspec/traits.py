"""What is known of each filesystem of fsspec, beyond the interface that all of them share."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fsspec import AbstractFileSystem

from storagedriver.records import Capabilities, Limits, Support

_PATIENCE = 60.0  # seconds that a server may take to answer


def _moved(fs: AbstractFileSystem, source: str, target: str) -> None:
    fs.mv(source, target)


def _replaced(fs: AbstractFileSystem, source: str, target: str) -> None:
    """Rename a local file: fsspec's own move copies where that fails."""
    del fs
    Path(source).replace(target)


def _moved_by_webdav(fs: AbstractFileSystem, source: str, target: str) -> None:
    """Move by one request: fsspec's own move copies, and to a new path alone."""
    fs.client.move(source, target, overwrite=True)


def _touched(fs: AbstractFileSystem, key: str) -> None:
    del fs
    os.utime(key)


def _touched_by_sftp(fs: AbstractFileSystem, key: str) -> None:
    fs.ftp.utime(key, None)


def _unbounded(fs: AbstractFileSystem) -> None:
    """Leave it to the library how long an answer may take."""


def _bounded_sftp(fs: AbstractFileSystem) -> None:
    fs.ftp.get_channel().settimeout(_PATIENCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """How a filesystem behaves, as tried with real servers.

    * `renames`: `mv` replaces the target at once, so that a file is written elsewhere and moved
      into its place. Where it does not, `pipe_file` has to replace it at once.
    * `prunes`: `rmdir` removes an empty directory alone, whoever puts a file there meanwhile.
    * `streams`: a file that is opened for writing is seen when it is closed, not before.
    * `appends`: the mode `ab` adds to a file.
    * `handles`: an open file goes on giving the bytes it was opened on.
    * `identity`: what of a file's record differs whenever its bytes do, and `tick` how many seconds
      it may take until that is so.
    * `climbs`: a look at what is missing looks at all that it would be in.
    * `threads`: how many threads may use one connection at once.
    * `rename`: what moves a file onto another at once.
    * `touch`: what sets a file's time of change to now; without it, the file is copied.
    * `connection`: the attribute that has the connection, which has to be closed.
    * `bound`: what bounds the time that its server may take to answer.
    """

    renames: bool = True
    prunes: bool = True
    streams: bool = False
    appends: bool = False
    handles: bool = False
    identity: tuple[str, ...] = ()
    tick: float = 0.0
    climbs: bool = False
    threads: int = 1
    rename: Callable[[AbstractFileSystem, str, str], None] = _moved
    touch: Callable[[AbstractFileSystem, str], None] | None = None
    connection: str = ""
    bound: Callable[[AbstractFileSystem], None] = _unbounded
    is_atomic: bool = True
    is_shared: bool = True

    def capabilities(self, *, max_key: int) -> Capabilities:
        """Return what a driver over such a filesystem can do."""
        return Capabilities(
            atomic_put=Support.EMULATED if self.is_atomic else Support.ABSENT,
            resumable_writer=Support.EMULATED,
            start_after=Support.EMULATED,
            stable_read=Support.NATIVE if self.handles else Support.ABSENT,
            exclusive_names=Support.EMULATED,
            shared=Support.NATIVE if self.is_shared else Support.ABSENT,
            durable=Support.NATIVE if self.is_shared else Support.ABSENT,
            frees_at_once=Support.NATIVE,
            limits=Limits(max_key=max_key),
        )

    def version(self, info: Mapping[str, Any]) -> str:
        """Return the version of the file that a record of fsspec describes."""
        keys = self.identity or [key for key in info if key not in _NO_IDENTITY]
        known = {key: _as_told(info.get(key)) for key in keys}
        known["size"] = info["size"]
        return json.dumps(known, sort_keys=True, default=str, separators=(",", ":"))


# What changes when a file is only read, or is not about its bytes.
_NO_IDENTITY = frozenset({"name", "time", "atime", "type", "islink", "nlink", "mode"})

_SFTP = Traits(
    appends=True,
    handles=True,
    identity=("mtime",),
    tick=1.0,
    touch=_touched_by_sftp,
    connection="client",
    bound=_bounded_sftp,
)
_OBJECTS = Traits(
    renames=False, prunes=False, streams=True, identity=("generation", "etag"), threads=16
)
_WEBDAV = Traits(
    prunes=False,
    identity=("etag", "modified"),
    tick=1.0,
    rename=_moved_by_webdav,
    connection="client.http",
    is_atomic=False,
)

KNOWN: dict[str, Traits] = {
    "file": Traits(
        appends=True,
        handles=True,
        identity=("mtime", "ino"),
        tick=0.02,  # a removed file's number is soon another's, with the time of the same tick
        threads=16,
        rename=_replaced,
        touch=_touched,
    ),
    # By one thread: its files are in a dictionary, which each look at a directory goes through.
    "memory": Traits(renames=False, prunes=False, identity=("created",), is_shared=False),
    "sftp": _SFTP,
    "ssh": _SFTP,
    "ftp": Traits(identity=("modify", "unique"), tick=1.0, climbs=True, connection="ftp"),
    "webdav": _WEBDAV,
    "dav": _WEBDAV,
    "gs": _OBJECTS,
    "gcs": _OBJECTS,
}

# Its move may copy and delete, its `rmdir` may take along what is in a directory, and how it tells
# files apart is a guess.
UNKNOWN = Traits(prunes=False, tick=1.0, is_atomic=False)


def traits_of(protocols: tuple[str, ...]) -> Traits:
    """Return what is known of the filesystem that goes by these names."""
    return next((KNOWN[name] for name in protocols if name in KNOWN), UNKNOWN)


def modified(info: Mapping[str, Any]) -> datetime | None:
    """Return when a file was written, in UTC, as far as its record tells."""
    for key in ("mtime", "modified", "LastModified", "last_modified", "updated", "modify"):
        value = info.get(key)
        if value is not None:
            return _as_datetime(value)
    created = info.get("created")
    return None if created is None else _as_datetime(created)


def _as_told(value: object) -> object:
    """Return a value as it is; a time as a datetime, as one call may tell it as a number."""
    return value if isinstance(value, str) else _as_datetime(value) or value


def _as_datetime(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, float):
        return datetime.fromtimestamp(value, UTC)
    try:
        if isinstance(value, str) and value[:14].isdecimal():  # MLSD's form
            found = datetime.strptime(value[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        else:
            found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
