from collections.abc import AsyncIterator

import pytest

from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver
from tests.registry.notifications.instances import Clock
from tests.registry.notifications.receiving import Receiver, receiving


@pytest.fixture
async def driver() -> AsyncIterator[StorageDriver]:
    async with open_driver("memory") as driver:
        yield driver


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
def clock() -> Clock:
    return Clock()
