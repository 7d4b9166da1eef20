"""A walk over a driver's own listings, for drivers whose backend has none.

It asks for one listing per directory. A backend that can list flat does better by itself.
"""

from collections.abc import AsyncIterator

from storagedriver.aio import close_iterator
from storagedriver.errors import PathNotFoundError
from storagedriver.paths import child_of
from storagedriver.protocol import StorageDriver
from storagedriver.records import FileInfo


async def walk(
    driver: StorageDriver, path: str, *, start_after: str | None = None
) -> AsyncIterator[FileInfo]:
    """Give everything below a directory, in the order of `StorageDriver.walk`, by `driver.list`.

    Holds one open listing for each level above the current entry. A directory that goes away
    meanwhile is passed over.

    Raises `PathNotFoundError` at its first step where there is no directory.
    """
    levels = _levels(driver, path, start_after)
    has_begun = False
    try:
        while levels:
            entry = await _next(levels[-1], may_be_missing=has_begun or len(levels) > 1)
            if entry is None:
                await close_iterator(levels.pop())
                continue
            has_begun = True
            yield entry
            if entry.is_dir or not driver.capabilities.exclusive_names:
                levels.append(driver.list(entry.path))
    finally:
        while levels:
            await close_iterator(levels.pop())


def _levels(
    driver: StorageDriver, path: str, start_after: str | None
) -> list[AsyncIterator[FileInfo]]:
    """Return a listing of each directory from `path` down to `start_after`, which may be one.

    Each begins after the name that leads down; what is below that name comes first.
    """
    if start_after is None:
        return [driver.list(path)]
    levels = []
    directory = path
    for name in start_after.removeprefix(path).strip("/").split("/"):
        levels.append(driver.list(directory, start_after=name))
        directory = child_of(directory, name)
    return [*levels, driver.list(directory)]


async def _next(entries: AsyncIterator[FileInfo], *, may_be_missing: bool) -> FileInfo | None:
    """Return the next entry, or None at the end."""
    try:
        return await anext(entries, None)
    except PathNotFoundError:
        if may_be_missing:
            return None
        raise
