"""Finding files: what a directory holds, in order. A directory without a file does not exist.

What breaks the grammar, and what is neither a file nor a directory, is passed over.
"""

import os
from collections.abc import Callable, Iterator
from itertools import islice

from storagedriver.drivers.filesystem.emptiness import child_holds_file, holds_file
from storagedriver.drivers.filesystem.failures import is_missing
from storagedriver.drivers.filesystem.files import file_info, folder_info, is_file, is_folder
from storagedriver.drivers.filesystem.names import is_ours, names_in
from storagedriver.drivers.filesystem.root import Root
from storagedriver.paths import ROOT, child_of, is_below, order_key
from storagedriver.records import FileInfo

# How many files of a directory are looked at while it is open.
_BATCH = 128

IsWanted = Callable[[int, str], bool]
"""Whether a directory at a path is to be given, which lies in an open one."""


def _any(folder: int, path: str) -> bool:
    del folder, path
    return True


def children(root: Root, path: str, after: str | None) -> Iterator[FileInfo]:
    """Give what is directly in a directory, ascending by name, behind the name `after`."""

    def exists(folder: int, path: str) -> bool:
        return child_holds_file(root, folder, path)

    # No name comes between these two, since none has a zero byte.
    first = "" if after is None else f"{after}\0"
    empty = True
    for info in _infos(root, path, names_in(root, path, first), exists):
        empty = False
        yield info
    if empty:
        _must_hold_file(root, path)


def below(root: Root, path: str, after: str | None = None) -> Iterator[FileInfo]:
    """Give everything below a directory, depth first, behind the path `after`."""
    empty = True
    # Directories on the way down: they are given as soon as a file turns up in them.
    passed: list[FileInfo] = []
    trail = [(path, _infos(root, path, names_in(root, path, _first(path, after))))]
    while trail:
        folder, infos = trail[-1]
        info = next(infos, None)
        if info is None:
            trail.pop()
            if passed and passed[-1].path == folder:
                passed.pop()
            continue
        is_behind = after is None or order_key(info.path) > order_key(after)
        if info.is_dir:
            if is_behind:
                passed.append(info)
            names = _names_if_there(root, info.path, _first(info.path, after))
            trail.append((info.path, _infos(root, info.path, names)))
        elif is_behind:
            empty = False
            yield from passed
            passed.clear()
            yield info
    if empty:
        _must_hold_file(root, path)


def _first(folder: str, after: str | None) -> str:
    """Return the first name in a directory that may lead behind the path `after`."""
    if after is None or not is_below(after, folder):
        return ""
    return after.removeprefix("" if folder == ROOT else folder).split("/")[1]


def _names_if_there(root: Root, path: str, first: str) -> Iterator[str]:
    """Give what is in a directory; nothing if it was removed since its parent was read."""
    try:
        yield from names_in(root, path, first)
    except FileNotFoundError:
        return


def _infos(
    root: Root, folder: str, names: Iterator[str], is_wanted: IsWanted = _any
) -> Iterator[FileInfo]:
    """Give the records for names in a directory, without those that have vanished meanwhile."""
    while batch := list(islice(names, _BATCH)):
        try:
            with root.tree.opened(folder) as descriptor:
                infos = [
                    _info(descriptor, child_of(folder, name), is_wanted)
                    for name in batch
                    if is_ours(root, folder, name)
                ]
        except OSError as error:
            if is_missing(error):
                return
            raise
        yield from (info for info in infos if info is not None)


def _info(folder: int, path: str, is_wanted: IsWanted) -> FileInfo | None:
    """Return the record of what is at `path`, in its open directory."""
    try:
        status = os.stat(path.rpartition("/")[2], dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    if is_folder(status):
        return folder_info(path) if is_wanted(folder, path) else None
    return file_info(path, status) if is_file(status) else None


def _must_hold_file(root: Root, path: str) -> None:
    """Raise unless a directory exists: because nothing that was asked for is in it."""
    if path == ROOT:
        root.tree.check()
    elif not holds_file(root, path):
        raise root.tree.missing()
