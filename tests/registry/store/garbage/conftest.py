from collections.abc import AsyncIterator

import pytest

from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver


@pytest.fixture
async def driver() -> AsyncIterator[StorageDriver]:
    async with open_driver("memory") as opened:
        yield opened
