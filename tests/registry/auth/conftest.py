from collections.abc import AsyncIterator

import pytest

from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver
from tests.registry.auth.scenes import Clock


@pytest.fixture
async def driver() -> AsyncIterator[StorageDriver]:
    async with open_driver("memory") as driver:
        yield driver


@pytest.fixture
def clock() -> Clock:
    return Clock()
