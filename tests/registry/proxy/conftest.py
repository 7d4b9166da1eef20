from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette

from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver
from storagedriver.registry.app import create_app
from storagedriver.registry.configuration.config import Config
from storagedriver.registry.proxy.settings import Proxy
from tests.registry.proxy.upstreams import HOST, Upstream


@asynccontextmanager
async def client_of(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://registry") as client:
        yield client


@asynccontextmanager
async def mirror_of(
    upstream: Upstream, driver: StorageDriver, proxy: Proxy | None = None
) -> AsyncIterator[Starlette]:
    config = Config(proxy=proxy or Proxy(url=f"https://{HOST}"))
    app = create_app(driver, config, upstream=upstream)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def origin_app() -> AsyncIterator[Starlette]:
    """Give the mirrored registry."""
    async with open_driver("memory") as driver:
        app = create_app(driver)
        async with app.router.lifespan_context(app):
            yield app


@pytest.fixture
async def origin(origin_app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of the mirrored registry itself."""
    async with client_of(origin_app) as client:
        yield client


@pytest.fixture
def upstream(origin_app: Starlette) -> Upstream:
    return Upstream(origin_app)


@pytest.fixture
async def driver() -> AsyncIterator[StorageDriver]:
    """Give the mirror's storage."""
    async with open_driver("memory") as driver:
        yield driver


@pytest.fixture
async def app(upstream: Upstream, driver: StorageDriver) -> AsyncIterator[Starlette]:
    """Give the mirror."""
    async with mirror_of(upstream, driver) as app:
        yield app


@pytest.fixture
async def client(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of the mirror."""
    async with client_of(app) as client:
        yield client
