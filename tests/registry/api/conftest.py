from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver
from storagedriver.registry.app import create_app


@pytest.fixture
async def driver() -> AsyncIterator[StorageDriver]:
    async with open_driver("memory") as driver:
        yield driver


@pytest.fixture
def app(driver: StorageDriver) -> Starlette:
    return create_app(driver)


@pytest.fixture
async def client(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://registry") as client:
        yield client
