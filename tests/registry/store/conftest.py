"""A store on the memory driver, with exclusive names and without."""

from collections.abc import AsyncIterator

import pytest

from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import Store


@pytest.fixture(params=[True, False], ids=["exclusive", "shared-names"])
async def driver(request: pytest.FixtureRequest) -> AsyncIterator[StorageDriver]:
    async with open_driver("memory", exclusive_names=request.param) as opened:
        yield opened


@pytest.fixture
async def store(driver: StorageDriver) -> AsyncIterator[Store]:
    async with Store(driver) as opened:
        yield opened
