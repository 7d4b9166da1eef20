"""Deleting a file, or a directory with everything below it."""

import os
from collections.abc import Iterator

from storagedriver.drivers.filesystem.drafts import drop_below
from storagedriver.drivers.filesystem.files import is_file, version_of
from storagedriver.drivers.filesystem.folders import Folders
from storagedriver.drivers.filesystem.root import Root
from storagedriver.drivers.filesystem.walking import below
from storagedriver.errors import PreconditionFailedError
from storagedriver.paths import name_of, parent_of


def delete_file(root: Root, path: str, if_match: str | None) -> bool:
    """Delete the file at a path, durably; tell whether there was one.

    The unfinished writers at and below the path are dropped in any case but this: it raises
    `PreconditionFailedError` unless the file has the version `if_match`, where one is given.
    """
    with Folders(root.tree) as folders:
        found = _unlink(root, folders, path, if_match)
        if found:
            folders.sync([folders.prune(parent_of(path))])
    drop_below(root, path)
    return found


def delete_below(root: Root, path: str) -> Iterator[str]:
    """Delete every file below a directory, then the directory, durably; give what was deleted.

    Each file goes by itself, so that this can be cut anywhere. Raises `PathNotFoundError` where no
    file is below.
    """
    for info in below(root, path):
        if info.is_dir:
            continue
        with Folders(root.tree) as folders:
            found = _unlink(root, folders, info.path, None)
        if found:
            yield info.path
    root.tree.clear(path)


def _unlink(root: Root, folders: Folders, path: str, if_match: str | None) -> bool:
    """Remove a file's name under its lock; tell whether there was one."""
    with root.locks.hold(path):
        status = folders.look(path)
        if if_match is not None and not (is_file(status) and version_of(status) == if_match):
            root.tree.check()
            raise PreconditionFailedError
        if not is_file(status):
            return False
        try:
            os.unlink(name_of(path), dir_fd=folders.open(parent_of(path)))
        except FileNotFoundError:
            # Another program, which knows no locks, was faster.
            return False
    return True
