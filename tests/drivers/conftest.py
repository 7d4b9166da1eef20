"""Fixtures that give each driver in turn."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storagedriver.protocol import StorageDriver
from tests.drivers.backends import BACKENDS, Backend, name_of_backend


@pytest.fixture(params=BACKENDS, ids=name_of_backend)
def backend(request: pytest.FixtureRequest) -> Backend:
    chosen: Backend = request.param
    return chosen


@pytest.fixture
async def driver(backend: Backend, tmp_path: Path) -> AsyncIterator[StorageDriver]:
    async with backend.open(tmp_path) as opened:
        yield opened


@pytest.fixture
async def second(
    backend: Backend, driver: StorageDriver, tmp_path: Path
) -> AsyncIterator[StorageDriver]:
    """Another instance over the same storage; for tests marked `on_shared`."""
    async with backend.open(tmp_path) as opened:
        yield opened
