"""Fixtures that give each driver in turn."""

import os
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

import pytest

from storagedriver.protocol import StorageDriver
from tests.drivers.backends import BACKENDS, Backend, empty, name_of_backend


@pytest.fixture(params=BACKENDS, ids=name_of_backend)
def backend(request: pytest.FixtureRequest) -> Backend:
    chosen: Backend = request.param
    return chosen


@pytest.fixture(scope="session")
def emptied() -> dict[str, list[Path]]:
    """Folders by driver that an earlier test has used and that were emptied since."""
    return defaultdict(list)


@pytest.fixture(scope="session")
def in_memory() -> Iterator[Path]:
    """A folder of a file system in memory where there is one: syncs cost nothing there."""
    shared = "/dev/shm"
    parent = shared if os.access(shared, os.W_OK) else None
    with TemporaryDirectory(prefix="storagedriver-", dir=parent) as folder:
        yield Path(folder)


@pytest.fixture
async def folder(
    backend: Backend, emptied: dict[str, list[Path]], in_memory: Path
) -> AsyncIterator[Path]:
    """Where an empty storage is. Making a new one for each test would take most of the time."""
    folders = emptied[backend.name]
    chosen = folders.pop() if folders else Path(mkdtemp(prefix=backend.name, dir=in_memory))
    yield chosen
    async with backend.open(chosen) as driver:
        await empty(driver)
    folders.append(chosen)


@pytest.fixture
async def driver(backend: Backend, folder: Path) -> AsyncIterator[StorageDriver]:
    async with backend.open(folder) as opened:
        yield opened


@pytest.fixture
async def second(
    backend: Backend, driver: StorageDriver, folder: Path
) -> AsyncIterator[StorageDriver]:
    """Another instance over the same storage; for tests marked `on_shared`."""
    async with backend.open(folder) as opened:
        yield opened
