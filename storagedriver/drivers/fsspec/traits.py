"""What is known of each filesystem of fsspec, beyond the interface that all of them share."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fsspec import AbstractFileSystem

from storagedriver.records import Capabilities, Limits, Support


def _moved(fs: AbstractFileSystem, source: str, target: str) -> None:
    fs.mv(source, target)


def _replaced(fs: AbstractFileSystem, source: str, target: str) -> None:
    """Rename a local file: fsspec's own move copies where that fails."""
    del fs
    Path(source).replace(target)


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """How a filesystem behaves, as tried with real servers.

    * `renames`: `mv` replaces the target at once, so that a file is written elsewhere and moved
      into its place. Where it does not, `pipe_file` has to replace it at once.
    * `streams`: a file that is opened for writing is seen when it is closed, not before.
    * `appends`: the mode `ab` adds to a file.
    * `handles`: an open file goes on giving the bytes it was opened on.
    * `identity`: what of a file's record differs whenever its bytes do, and `tick` how many seconds
      it may take until that is so.
    * `threads`: how many threads may use one connection at once.
    * `rename`: what moves a file onto another at once.
    * `connection`: the attribute that has the connection, which has to be closed.
    """

    renames: bool = True
    streams: bool = False
    appends: bool = False
    handles: bool = False
    identity: tuple[str, ...] = ()
    tick: float = 0.0
    threads: int = 1
    rename: Callable[[AbstractFileSystem, str, str], None] = _moved
    connection: str = ""
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
        # One call may tell a time as a number and another as a datetime.
        known = {key: _as_datetime(info.get(key)) or info.get(key) for key in keys}
        known["size"] = info["size"]
        return json.dumps(known, sort_keys=True, default=str, separators=(",", ":"))


# What changes when a file is only read, or is not about its bytes.
_NO_IDENTITY = frozenset({"name", "time", "atime", "type", "islink", "nlink", "mode"})

_SFTP = Traits(appends=True, handles=True, identity=("mtime",), tick=1.0, connection="client")
_OBJECTS = Traits(renames=False, streams=True, identity=("generation", "etag"), threads=16)

KNOWN: dict[str, Traits] = {
    "file": Traits(
        appends=True, handles=True, identity=("mtime", "ino"), threads=16, rename=_replaced
    ),
    "memory": Traits(renames=False, identity=("created",), threads=4, is_shared=False),
    "sftp": _SFTP,
    "ssh": _SFTP,
    "ftp": Traits(identity=("modify", "unique"), tick=1.0, connection="ftp"),
    "gs": _OBJECTS,
    "gcs": _OBJECTS,
}

# Its move may copy and delete, and how it tells files apart is a guess.
UNKNOWN = Traits(tick=1.0, is_atomic=False)


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


def _as_datetime(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, float):
        return datetime.fromtimestamp(value, UTC)
    if isinstance(value, str) and value[:14].isdecimal() and len(value) >= len("YYYYMMDDhhmmss"):
        return datetime.strptime(value[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)  # MLSD's form
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
