"""Opening a root: what has to be there is made, and what it can do is found out."""

import errno
import os
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from storagedriver.drivers.filesystem.atonce import AtOnce, probe
from storagedriver.drivers.filesystem.changetimes import clock_of
from storagedriver.drivers.filesystem.draftfolders import MOST_ADDED
from storagedriver.drivers.filesystem.failures import translated
from storagedriver.drivers.filesystem.locks import Locks
from storagedriver.drivers.filesystem.remembering import NamesMemory
from storagedriver.drivers.filesystem.root import LOCKS, OWN, TEMPORARY, WRITERS, Root
from storagedriver.drivers.filesystem.tree import FOLDER, Tree
from storagedriver.paths import MAX_KEY
from storagedriver.records import Capabilities, Limits, Support

NATIVE = Support.NATIVE
MOST = Capabilities(
    atomic_put=NATIVE,
    conditional_put=NATIVE,
    conditional_delete=NATIVE,
    resumable_writer=NATIVE,
    # The names of a directory come in no order: all must be read to begin in the middle.
    start_after=Support.EMULATED,
    stable_read=NATIVE,
    exclusive_names=NATIVE,
    shared=NATIVE,
    durable=NATIVE,
    power_safe=NATIVE,
    frees_at_once=NATIVE,
)
"""The most that a file system allows."""

# The longest name the kernel takes, its end included, and what a writer puts around a path.
_PATH_MAX = 4096
_AROUND = len(f"{WRITERS}/~") + 32 + 1 + MOST_ADDED
_DAY = 24 * 60 * 60
_SWEPT_AT_MOST = 1000
# No known file system's times are coarser than this (FAT), in nanoseconds.
_COARSEST = 2_000_000_000
_FINE_TIME = 1_000_000_001_123_456_789


@dataclass(frozen=True, slots=True)
class Found:
    """What a probe found: whether upper and lower case differ, the finest step of time, and calls.

    All files are on the file system that was probed: none could be renamed to another one.
    """

    case_sensitive: bool = True
    step: int = 1
    at_once: AtOnce | None = None


def open_root(directory: Path) -> tuple[Root, Capabilities]:
    """Make what is missing of a root, and return it with what it can do.

    A root that can be read but not written is open for reading. Raises `StoragePermissionError`
    for one that can be neither made nor read.
    """
    try:
        _make_root(directory.absolute())
        name = os.path.realpath(directory)
        os.listdir(name)
        found = _prepare(name)
        if found is not None:
            _sweep(name + TEMPORARY)
    except OSError as error:
        problem = translated(error)
        problem.message = f"cannot use the root directory {directory}: {error}"
        raise problem from error
    root = Root(
        tree=Tree(name, sign=OWN if os.path.isdir(name + OWN) else ""),
        drafts=Tree(name + WRITERS),
        locks=Locks(name + LOCKS, step=found.step if found else 1),
        temporary=name + TEMPORARY,
        at_once=found.at_once if found else None,
        memory=memory_for(name),
        max_key=min(MAX_KEY, _PATH_MAX - _AROUND - len(os.fsencode(name))),
    )
    return root, _capabilities(found, Limits(max_key=root.max_key))


def memory_for(folder: str) -> NamesMemory | None:
    """Return a memory for the names in the directories of a file system; None if none is safe."""
    device = os.stat(folder).st_dev
    clock = clock_of(device)
    return None if clock is None else NamesMemory(device, clock)


def _make_root(directory: Path) -> None:
    """Make the root and its parents, durably, where they are missing."""
    missing = [folder for folder in (directory, *directory.parents) if not folder.exists()]
    directory.mkdir(parents=True, exist_ok=True)
    for folder in missing:
        _sync(folder.parent)


def _prepare(name: str) -> Found | None:
    """Make the directories of our own; return what was found, None if read-only."""
    try:
        missing = [
            each for each in (OWN, TEMPORARY, WRITERS, LOCKS) if not os.path.isdir(name + each)
        ]
        for folder in missing:
            os.makedirs(name + folder, exist_ok=True)
        if missing:
            _sync(name)
            _sync(name + OWN)
        return _probe(name + TEMPORARY)
    except OSError as error:
        if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
            return None
        raise


def _probe(folder: str) -> Found:
    """Find out with a file of its own what the file system can do."""
    token = secrets.token_hex(16)
    file = f"{folder}/{token}-probe"
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC)
    except OSError as error:
        # A full one still has to serve what it holds, and to delete it.
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            return Found()
        raise
    try:
        os.utime(descriptor, ns=(_FINE_TIME, _FINE_TIME))
        fine = os.fstat(descriptor).st_mtime_ns == _FINE_TIME
        return Found(
            case_sensitive=not os.path.exists(f"{folder}/{token}-PROBE"),
            step=1 if fine else _COARSEST,
            at_once=probe(file),
        )
    finally:
        os.close(descriptor)
        with suppress(FileNotFoundError):
            os.unlink(file)


def _sweep(folder: str) -> None:
    """Remove temporary files that killed processes left: those older than a day, 1,000 at most."""
    old = time.time() - _DAY
    with os.scandir(folder) as entries:
        for entry in islice(entries, _SWEPT_AT_MOST):
            with suppress(FileNotFoundError, IsADirectoryError, PermissionError):
                if entry.stat(follow_symlinks=False).st_mtime < old:
                    os.unlink(entry.path)


def _capabilities(found: Found | None, limits: Limits) -> Capabilities:
    """Return what this root can do."""
    if found is None:
        return Capabilities(
            start_after=MOST.start_after,
            stable_read=NATIVE,
            exclusive_names=NATIVE,
            shared=NATIVE,
            durable=NATIVE,
            power_safe=NATIVE,
            writable=Support.ABSENT,
            limits=limits,
        )
    case = NATIVE if found.case_sensitive else Support.ABSENT
    return replace(MOST, case_sensitive=case, limits=limits)


def _sync(folder: str | Path) -> None:
    """Bring a directory's entries to the disk."""
    descriptor = os.open(folder, FOLDER | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
