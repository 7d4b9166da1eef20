"""A registry over each kind of storage, asked as any client would."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver
from storagedriver.registry.app import create_app
from tests.drivers.s3.conftest import weed_server
from tests.s3servers import S3Server

__all__ = ["weed_server"]


def parameters_of(name: str, request: pytest.FixtureRequest, folder: Path) -> dict[str, object]:
    if name == "filesystem":
        return {"rootdirectory": folder}
    if name == "s3":
        server: S3Server = request.getfixturevalue("weed_server")
        return server.parameters(rootdirectory=f"spec-{secrets.token_hex(4)}", probe="off")
    return {}


@pytest.fixture(params=["memory", "filesystem", "s3"])
async def driver(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[StorageDriver]:
    name: str = request.param
    async with open_driver(name, **parameters_of(name, request, tmp_path)) as driver:
        yield driver


@pytest.fixture
async def client(driver: StorageDriver) -> AsyncIterator[httpx.AsyncClient]:
    # Redirects lead to the storage's own server.
    mounts = {"http://registry": httpx.ASGITransport(create_app(driver))}
    async with httpx.AsyncClient(
        mounts=mounts, base_url="http://registry", follow_redirects=True, timeout=60
    ) as client:
        yield client
