"""The tree that keys make: files, and directories while a file lies below them."""

from collections.abc import AsyncIterator, Iterator

from storagedriver.aio import closing
from storagedriver.drivers.objectstore.listing import Space
from storagedriver.drivers.objectstore.service import Found
from storagedriver.errors import PathNotFoundError
from storagedriver.paths import ROOT, is_below, name_of, order_key, parent_of
from storagedriver.records import FileInfo


def file_info(found: Found) -> FileInfo:
    """Return the record of a listed file."""
    return FileInfo(path=found.key, size=found.size, modified=found.modified, version=found.version)


async def children(space: Space, path: str, after: str | None) -> AsyncIterator[FileInfo]:
    """Give what is directly in a directory, by name, behind the name `after`."""
    is_empty = True
    entries = space.children(path, after=after)
    async with closing(entries):
        async for child, found in entries:
            is_empty = False
            yield FileInfo(path=child, is_dir=True) if found is None else file_info(found)
    if is_empty:
        await _must_have_more(space, path, after)


async def below(space: Space, path: str, after: str | None) -> AsyncIterator[FileInfo]:
    """Give everything below a directory, depth first, behind the path `after`."""
    last = path if after is None else after
    is_empty = True
    for directory, name in _ranges(path, after):
        files = space.files(directory, after=name)
        async with closing(files):
            async for found in files:
                is_empty = False
                for folder in _entered(found.key, last):
                    if is_below(folder, path):
                        yield FileInfo(path=folder, is_dir=True)
                last = found.key
                yield file_info(found)
    if is_empty:
        await _must_have_more(space, path, after)


async def must_exist(space: Space, path: str) -> None:
    """Raise `PathNotFoundError` unless there is such a directory; the root always is one."""
    if not await space.holds_any(path) and path != ROOT:
        raise PathNotFoundError("there is no such directory", path=path)


async def _must_have_more(space: Space, path: str, after: str | None) -> None:
    """Raise likewise for a directory in which nothing was found behind `after`."""
    if after is not None:
        await must_exist(space, path)
    elif path != ROOT:
        raise PathNotFoundError("there is no such directory", path=path)


def _ranges(path: str, after: str | None) -> Iterator[tuple[str, str | None]]:
    """Give the directories to list, and the names to begin behind, for all that follows `after`."""
    if after is None:
        yield path, None
        return
    yield after, None
    while after != path:
        yield parent_of(after), name_of(after)
        after = parent_of(after)


def _entered(path: str, last: str) -> list[str]:
    """Return the directories that lead to a path, without those that led to the last one."""
    entered: list[str] = []
    folder = parent_of(path)
    while folder != ROOT and order_key(folder) > order_key(last):
        entered.insert(0, folder)
        folder = parent_of(folder)
    return entered
