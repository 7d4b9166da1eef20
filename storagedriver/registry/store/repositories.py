"""The folders of repositories, in order: one listing of each tells all that the catalog asks.

It has `_layers` or `_manifests`, where it is a repository's, and the folders of the repositories
whose names go on from its own.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, suppress
from typing import NamedTuple

from storagedriver.aio import closing
from storagedriver.errors import PathNotFoundError
from storagedriver.paths import name_of
from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import layout, links
from storagedriver.registry.store.concurrency import MOST, for_each
from storagedriver.registry.store.names import is_repository

_ROOM = 128
_MARKS = ("_layers", "_manifests")


class Folder(NamedTuple):
    """A folder that was looked into.

    `is_known` tells whether it is a repository's. `below` has the last components of the names of
    the first folders in it, and of all where it `is_whole`.
    """

    name: str
    is_known: bool
    below: Sequence[str]
    is_whole: bool


class Walk:
    """A walk over all folders whose names can be repositories', a folder before what is in it.

    `wanted` is how many more of them the walker is about to take, who may change it on the way:
    so many are looked into at a time, at most `concurrency.MOST`, and remembered of one folder, at
    most 128. What a folder has beyond that is listed when it is its turn.
    """

    def __init__(self, driver: StorageDriver, *, wanted: int) -> None:
        self._driver = driver
        self.wanted = wanted

    async def behind(self, after: str) -> AsyncGenerator[Folder, None]:
        """Give the folders behind a name, there or not; all of them behind the empty one."""
        for folder, child in _ranges(after):
            async with aclosing(self._trees(self._children(folder, child))) as folders:
                async for found in folders:
                    yield found

    async def _trees(self, names: AsyncGenerator[str, None]) -> AsyncGenerator[Folder, None]:
        """Look into folders, and into all that is in them."""
        async with aclosing(names):
            while batch := await _taken(names, min(MOST, max(1, self.wanted))):
                for found in await for_each(batch, self._look):
                    yield found
                    if found.is_whole and not found.below:
                        continue
                    async with aclosing(self._trees(self._all_below(found))) as folders:
                        async for below in folders:
                            yield below

    async def _look(self, name: str) -> Folder:
        """Look into a folder. One that went away meanwhile is empty."""
        room = min(_ROOM, max(1, self.wanted))
        child, is_known, is_whole = "", False, True
        below: list[str] = []
        with suppress(PathNotFoundError):
            async with closing(self._driver.list(layout.repository(name))) as entries:
                async for entry in entries:
                    child = name_of(entry.path)
                    is_known = is_known or child in _MARKS
                    if entry.is_dir and is_repository(f"{name}/{child}"):
                        is_whole = len(below) < room
                        if not is_whole:
                            break
                        below.append(child)
        if not is_whole and not is_known and child < _MARKS[-1]:
            # What begins with a digit comes before the marks, and there may be any number of it.
            is_known = await links.is_known(self._driver, name)
        return Folder(name, is_known, below, is_whole)

    async def _all_below(self, folder: Folder) -> AsyncGenerator[str, None]:
        """Give the names of the folders in one that was looked into."""
        for child in folder.below:
            yield f"{folder.name}/{child}"
        if not folder.is_whole:
            async with aclosing(self._children(folder.name, folder.below[-1])) as names:
                async for name in names:
                    yield name

    async def _children(self, folder: str, after: str | None) -> AsyncGenerator[str, None]:
        """Give the names of the folders in one, those behind a child's name."""
        prefix = f"{folder}/" if folder else ""
        path = layout.repository(folder) if folder else layout.REPOSITORIES
        with suppress(PathNotFoundError):
            async with closing(self._driver.list(path, start_after=after)) as entries:
                async for entry in entries:
                    name = f"{prefix}{name_of(entry.path)}"
                    if entry.is_dir and is_repository(name):
                        yield name


def _ranges(after: str) -> list[tuple[str, str | None]]:
    """Return the folders to list, each behind a child, for all that follows a name, in order."""
    ranges: list[tuple[str, str | None]] = [(after, None)]
    while after:
        after, _, child = after.rpartition("/")
        ranges.append((after, child))
    return ranges


async def _taken(names: AsyncIterator[str], most: int) -> list[str]:
    """Return the next names, at most so many."""
    taken: list[str] = []
    while len(taken) < most and (name := await anext(names, None)) is not None:
        taken.append(name)
    return taken
