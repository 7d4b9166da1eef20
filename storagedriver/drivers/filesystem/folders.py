"""The directories that one change works in: each is opened once, and stays open until its end."""

import os
from collections.abc import Iterable
from typing import Self

from storagedriver.drivers.filesystem.failures import is_missing
from storagedriver.drivers.filesystem.tree import FOLDER, Tree
from storagedriver.paths import ROOT, name_of, parent_of


class Folders:
    """Open directories of a tree, by their paths, for a block, which closes them.

    One may be removed meanwhile, and another one made in its place: nothing can be put into the
    former any more, and so whoever fails to must `forget` it.
    """

    __slots__ = ("_opened", "_tree")

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._opened: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for descriptor in self._opened.values():
            os.close(descriptor)

    def open(self, path: str) -> int:
        """Return the descriptor of a directory. Raises `OSError`."""
        descriptor = self._opened.get(path)
        if descriptor is None:
            descriptor = self._opened[path] = self._tree.open(path, FOLDER)
        return descriptor

    def forget(self, path: str) -> None:
        """Have a directory opened anew when it is asked for next."""
        descriptor = self._opened.pop(path, None)
        if descriptor is not None:
            os.close(descriptor)

    def look(self, path: str) -> os.stat_result | None:
        """Return what is at a path below the root, of whatever kind; None if nothing is."""
        try:
            folder = self.open(parent_of(path))
            return os.stat(name_of(path), dir_fd=folder, follow_symlinks=False)
        except OSError as error:
            if is_missing(error):
                return None
            raise

    def prune(self, path: str) -> str:
        """Remove a directory and its parents as far as they are empty; return what is left."""
        if path == ROOT:
            return ROOT
        try:
            # By way of itself, as its parent is not open: that takes a third of the time. In the
            # usual case, that it is not empty, there is nothing else to do.
            os.rmdir(f"../{name_of(path)}", dir_fd=self.open(path))
        except OSError as error:
            if not is_missing(error):
                return path
        return self._tree.prune(parent_of(path))

    def sync(self, paths: Iterable[str]) -> None:
        """Bring the entries of directories to the disk, those that are still there."""
        for path in dict.fromkeys(paths):
            try:
                os.fsync(self.open(path))
            except OSError as error:
                if not is_missing(error):
                    raise
