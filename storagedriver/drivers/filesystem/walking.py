"""Finding files: what a directory holds, in order. A directory without a file does not exist.

What breaks the grammar, and what is neither a file nor a directory, is passed over.
"""

import os
from collections.abc import Iterator

from storagedriver.drivers.filesystem.failures import is_missing
from storagedriver.drivers.filesystem.files import file_info, folder_info, is_file
from storagedriver.drivers.filesystem.root import Root
from storagedriver.errors import InvalidPathError
from storagedriver.paths import ROOT, check_path, child_of, is_below, order_key
from storagedriver.records import FileInfo

# How many files of a directory are looked at while it is open.
_BATCH = 128

Name = tuple[str, bool]
"""A child's name, and whether it is a directory."""


def children(root: Root, path: str, after: str | None) -> Iterator[FileInfo]:
    """Give what is directly in a directory, ascending by name, behind the name `after`."""
    empty = True
    for info in _infos(root, path, names_in(root, path, after or "")):
        if info.is_dir and not holds_file(root, info.path):
            continue
        empty = False
        yield info
    if empty:
        _must_hold_file(root, path)


def below(root: Root, path: str, after: str | None = None) -> Iterator[FileInfo]:
    """Give everything below a directory, depth first, behind the path `after`."""
    empty = True
    # Directories on the way down: they are given as soon as a file turns up in them.
    passed: list[FileInfo] = []
    trail = [(path, _infos(root, path, _behind(names_in(root, path), path, after)))]
    while trail:
        folder, infos = trail[-1]
        info = next(infos, None)
        if info is None:
            trail.pop()
            if passed and passed[-1].path == folder:
                passed.pop()
        elif info.is_dir:
            if after is None or order_key(info.path) > order_key(after):
                passed.append(info)
            names = _behind(_names_if_there(root, info.path), info.path, after)
            trail.append((info.path, _infos(root, info.path, names)))
        else:
            empty = False
            yield from passed
            passed.clear()
            yield info
    if empty:
        _must_hold_file(root, path)


def holds_file(root: Root, path: str) -> bool:
    """Tell whether a file lies below a directory, at any depth."""
    folders = [path]
    while folders:
        folder = folders.pop()
        try:
            with root.tree.opened(folder) as descriptor, os.scandir(descriptor) as entries:
                for entry in entries:
                    name = _name(root, folder, entry)
                    if name is None:
                        continue
                    if not name[1]:
                        return True
                    folders.append(child_of(folder, name[0]))
        except OSError as error:
            if not is_missing(error):
                raise
    return False


def names_in(root: Root, path: str, after: str = "") -> list[Name]:
    """Return what is directly in a directory, sorted by name, empty directories included.

    Only the names behind `after` are looked at, and whether one breaks the grammar only when its
    record is made: of a large directory, a page is wanted at a time.
    """
    try:
        with root.tree.opened(path) as descriptor, os.scandir(descriptor) as entries:
            kinds = {entry.name: _is_folder(entry) for entry in entries if entry.name > after}
    except OSError as error:
        if is_missing(error):
            raise root.tree.missing() from error
        raise
    # Twice as fast as to sort pairs.
    return [(name, kind) for name in sorted(kinds) if (kind := kinds[name]) is not None]


def _names_if_there(root: Root, path: str) -> list[Name]:
    """Return what is in a directory; nothing if it was removed since its parent was read."""
    try:
        return names_in(root, path)
    except FileNotFoundError:
        return []


def _name(root: Root, folder: str, entry: "os.DirEntry[str]") -> Name | None:
    """Return an entry's name and kind, or None if it is none of ours."""
    is_dir = _is_folder(entry)
    if is_dir is None or not _is_ours(root, child_of(folder, entry.name)):
        return None
    return entry.name, is_dir


def _is_folder(entry: "os.DirEntry[str]") -> bool | None:
    """Tell whether an entry is a directory; None if it is no file either, or gone."""
    try:
        if entry.is_dir(follow_symlinks=False):
            return True
        return False if entry.is_file(follow_symlinks=False) else None
    except FileNotFoundError:
        return None


def _is_ours(root: Root, path: str) -> bool:
    """Tell whether a path keeps the grammar."""
    try:
        check_path(path, limit=root.max_key)
    except InvalidPathError:
        return False
    return True


def _behind(names: list[Name], folder: str, after: str | None) -> list[Name]:
    """Drop the names that come before the path `after`, but for the directory it leads through."""
    if after is None or not is_below(after, folder):
        return names
    first = after.removeprefix("" if folder == ROOT else folder).split("/")[1]
    return [(name, is_dir) for name, is_dir in names if name > first or (name == first and is_dir)]


def _infos(root: Root, folder: str, names: list[Name]) -> Iterator[FileInfo]:
    """Give the records for names in a directory, without those that have vanished meanwhile."""
    for start in range(0, len(names), _BATCH):
        batch = names[start : start + _BATCH]
        try:
            with root.tree.opened(folder) as descriptor:
                infos = [
                    _info(descriptor, path, is_dir)
                    for name, is_dir in batch
                    if _is_ours(root, path := child_of(folder, name))
                ]
        except OSError as error:
            if is_missing(error):
                return
            raise
        yield from (info for info in infos if info is not None)


def _info(descriptor: int, path: str, is_dir: bool) -> FileInfo | None:  # noqa: FBT001 a Name's half
    """Return the record of what is at `path`, in its open directory."""
    if is_dir:
        return folder_info(path)
    try:
        status = os.stat(path.rpartition("/")[2], dir_fd=descriptor, follow_symlinks=False)
    except FileNotFoundError:
        return None
    return file_info(path, status) if is_file(status) else None


def _must_hold_file(root: Root, path: str) -> None:
    """Raise unless a directory exists: because nothing that was asked for is in it."""
    if path == ROOT:
        root.tree.check()
    elif not holds_file(root, path):
        raise root.tree.missing()
