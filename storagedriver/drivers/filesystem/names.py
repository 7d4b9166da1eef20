"""The names in a directory, in order. A file system has none: it gives all of them, as they lie."""

import os
from collections.abc import Iterator

from storagedriver.drivers.filesystem.failures import is_missing
from storagedriver.drivers.filesystem.root import Root
from storagedriver.errors import InvalidPathError
from storagedriver.paths import check_path

# From so many names on, the first ones are found without sorting the others.
_MANY = 1024
# So many names of a directory, spread over it, tell about where its first 3 % end.
_SAMPLE = 256
_FIRST = 8


def names_in(root: Root, path: str, first: str = "") -> Iterator[str]:
    """Give what is directly in a directory, of whatever kind, ascending, from `first` on.

    All names are read at the first step, and no more is done to them than a page of them takes.
    Raises `PathNotFoundError` at that step where there is no directory.
    """
    try:
        with root.tree.opened(path) as descriptor:
            names = os.listdir(descriptor)
    except OSError as error:
        if is_missing(error):
            raise root.tree.missing() from error
        raise
    yield from _ascending([name for name in names if name >= first] if first else names)


def is_ours(root: Root, folder: str, name: str) -> bool:
    """Tell whether a name in a directory of ours keeps the grammar, and makes no path too long."""
    if len(folder.rstrip("/")) + 1 + len(name) > root.max_key:
        return False
    try:
        check_path(f"/{name}")
    except InvalidPathError:
        return False
    return True


def _ascending(names: list[str]) -> Iterator[str]:
    """Sort names, of many only the first ones until more are asked for."""
    if len(names) >= _MANY:
        # A sort of 100,000 takes 30 ms, in which no other thread runs; this takes 3 ms, however
        # the names lie.
        bound = sorted(names[:: len(names) // _SAMPLE])[_FIRST]
        yield from sorted([name for name in names if name <= bound])
        names = [name for name in names if name > bound]
    yield from sorted(names)
