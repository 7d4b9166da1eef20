"""The names in a directory, in order. A file system has none: it gives all of them, as they lie."""

import os
from collections.abc import Iterator

from storagedriver.drivers.filesystem.failures import is_missing
from storagedriver.drivers.filesystem.ordering import GivenNames, KeptNames
from storagedriver.drivers.filesystem.root import Root
from storagedriver.errors import InvalidPathError
from storagedriver.paths import check_path


def names_in(root: Root, path: str, first: str = "") -> Iterator[str]:
    """Give what is directly in a directory, of whatever kind, ascending, from `first` on.

    All names are read at the first step, and no more is done to them than a page of them takes.
    Raises `PathNotFoundError` at that step where there is no directory.
    """
    try:
        with root.tree.opened(path) as descriptor:
            names = _read(root, descriptor)
    except OSError as error:
        if is_missing(error):
            raise root.tree.missing() from error
        raise
    yield from names.starting(first)


def is_ours(root: Root, folder: str, name: str) -> bool:
    """Tell whether a name in a directory of ours keeps the grammar, and makes no path too long."""
    if len(folder.rstrip("/")) + 1 + len(name) > root.max_key:
        return False
    try:
        check_path(f"/{name}")
    except InvalidPathError:
        return False
    return True


def _read(root: Root, folder: int) -> GivenNames | KeptNames:
    """Read the names in an open directory, unless they are remembered."""
    if root.memory is None:
        return GivenNames(os.listdir(folder))
    return root.memory.names_in(folder)
