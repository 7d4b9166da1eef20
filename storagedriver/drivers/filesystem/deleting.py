"""Deleting a file, or a directory with everything below it, and removing what becomes empty."""

import os
from collections.abc import Iterator
from contextlib import suppress

from storagedriver.drivers.filesystem.failures import is_missing
from storagedriver.drivers.filesystem.files import is_file, version_of
from storagedriver.drivers.filesystem.root import Root
from storagedriver.drivers.filesystem.tree import Tree
from storagedriver.drivers.filesystem.walking import below
from storagedriver.errors import PreconditionFailedError
from storagedriver.paths import check_name, child_of, name_of, parent_of


def delete_file(root: Root, path: str, if_match: str | None) -> bool:
    """Delete the file at a path, durably; tell whether there was one.

    Raises `PreconditionFailedError` unless the file has the version `if_match`, where one is given.
    """
    if not _unlink(root, path, if_match):
        return False
    root.tree.sync([root.tree.prune(parent_of(path))])
    return True


def delete_below(root: Root, path: str) -> Iterator[str]:
    """Delete every file below a directory, then the directory, durably; give what was deleted.

    Each file goes by itself, so that this can be cut anywhere. Raises `PathNotFoundError` where no
    file is below.
    """
    for info in below(root, path):
        if not info.is_dir and _unlink(root, info.path, None):
            yield info.path
    remove_empty(root.tree, path)


def remove_empty(tree: Tree, path: str) -> None:
    """Remove the empty directories at and below a path and its parents; sync those that stay."""
    folders = [path]
    for folder in folders:
        folders.extend(child_of(folder, name) for name in _folders_in(tree, folder))
    staying = []
    for folder in reversed(folders):
        try:
            tree.remove(folder)
        except OSError as error:
            if not is_missing(error):
                staying.append(folder)
    tree.sync([*staying, tree.prune(parent_of(path))])


def _unlink(root: Root, path: str, if_match: str | None) -> bool:
    """Remove a file's name under its lock; tell whether there was one."""
    with root.locks.hold(path):
        status = root.tree.look(path)
        if if_match is not None and not (is_file(status) and version_of(status) == if_match):
            root.tree.check()
            raise PreconditionFailedError
        if not is_file(status):
            return False
        try:
            with root.tree.opened(parent_of(path)) as folder:
                os.unlink(name_of(path), dir_fd=folder)
        except FileNotFoundError:
            # Another program, which knows no locks, was faster.
            return False
    return True


def _folders_in(tree: Tree, path: str) -> list[str]:
    """Return the names of the directories that are directly in one."""
    try:
        with tree.opened(path) as descriptor, os.scandir(descriptor) as entries:
            return [each.name for each in entries if _is_ours(each)]
    except OSError as error:
        if is_missing(error):
            return []
        raise


def _is_ours(entry: "os.DirEntry[str]") -> bool:
    """Tell whether an entry is a directory whose name follows the grammar."""
    with suppress(ValueError):
        check_name(entry.name)
        return entry.is_dir(follow_symlinks=False)
    return False
