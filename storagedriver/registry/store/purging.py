"""Purging: what is left of uploads that nobody goes on with."""

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from storagedriver.errors import PathNotFoundError, StorageDriverError, StorageUnavailableError
from storagedriver.paths import name_of, parent_of
from storagedriver.protocol import StorageDriver
from storagedriver.records import FileInfo, UnfinishedInfo
from storagedriver.registry.store import layout

_log = logging.getLogger(__name__)
_UNKNOWN = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Abandoned:
    """What lies at a path, `size` bytes of it, and was written to at `modified` at last."""

    path: str
    size: int
    modified: datetime


def _none_is(_: str) -> bool:
    return False


async def purge(
    driver: StorageDriver,
    *,
    before: datetime,
    dry_run: bool = False,
    is_busy: Callable[[str], bool] = _none_is,
) -> AsyncIterator[Abandoned]:
    """Remove the uploads that were last written to before a moment, and tell of each.

    Unfinished writers that belong to no upload go too, wherever they are. With `dry_run` all are
    told of and nothing is removed. `is_busy` tells of an upload's folder whether somebody writes to
    it: it is spared. Who goes on with one through another process, in the very moment in which it
    is removed, has to begin it anew.

    What cannot be removed is logged, and the rest goes on. Raises `StorageUnavailableError`.
    """
    async for folder in _uploads(driver, layout.REPOSITORIES):
        with _passing_over(folder):
            abandoned = await _look(driver, folder)
            if abandoned is None or abandoned.modified >= before or is_busy(folder):
                continue
            if not dry_run:
                with suppress(PathNotFoundError):
                    await driver.delete(folder)
            yield abandoned
    leftovers = [each async for each in driver.unfinished() if each.modified < before]
    for each in leftovers:
        folder = parent_of(each.path)
        with _passing_over(each.path):
            is_upload = name_of(parent_of(folder)) == layout.UPLOADS
            if is_upload and (is_busy(folder) or await _look(driver, folder) is not None):
                continue
            if not dry_run:
                await driver.discard(each)
            yield Abandoned(path=each.path, size=each.size, modified=each.modified)


@contextmanager
def _passing_over(path: str) -> Iterator[None]:
    """Let no failure at one path keep the others."""
    try:
        yield
    except StorageUnavailableError:
        raise
    except StorageDriverError as error:
        _log.warning("what is left at %s could not be purged: %s", path, error)


async def _uploads(driver: StorageDriver, directory: str) -> AsyncGenerator[str, None]:
    """Give the folder of each upload of the repositories in a directory."""
    for entry in await _folders(driver, directory):
        name = name_of(entry)
        if name == layout.UPLOADS:
            for upload in await _folders(driver, entry):
                yield upload
        elif not name.startswith("_"):
            async for upload in _uploads(driver, entry):
                yield upload


async def _folders(driver: StorageDriver, directory: str) -> list[str]:
    try:
        return [entry.path async for entry in driver.list(directory) if entry.is_dir]
    except PathNotFoundError:
        return []


async def _look(driver: StorageDriver, folder: str) -> Abandoned | None:
    """Tell what an upload has; None where there is none."""
    found: list[FileInfo | UnfinishedInfo] = []
    with suppress(PathNotFoundError):
        found += [entry async for entry in driver.walk(folder) if not entry.is_dir]
    if not found:
        return None
    found += [each async for each in driver.unfinished(folder)]
    times = [each.modified for each in found if each.modified is not None]
    size = sum(each.size for each in found)
    return Abandoned(path=folder, size=size, modified=max(times, default=_UNKNOWN))
