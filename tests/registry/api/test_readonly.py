"""A storage that can be read and not written, and a registry that is told not to."""

from dataclasses import replace

import httpx
import pytest

from storagedriver.protocol import StorageDriver
from storagedriver.records import Capabilities, Support
from storagedriver.registry.app import create_app
from storagedriver.registry.configuration.config import Config
from tests.registry.api.content import digest_of, push_blob

CONTENT = b"content"
DIGEST = digest_of(CONTENT)


class ReadOnly:
    """A driver that says that it cannot write."""

    def __init__(self, driver: StorageDriver) -> None:
        self._driver = driver

    def __getattr__(self, name: str) -> object:
        return getattr(self._driver, name)

    @property
    def capabilities(self) -> Capabilities:
        return replace(self._driver.capabilities, writable=Support.ABSENT)


@pytest.fixture(params=["storage", "configuration"])
def reading(driver: StorageDriver, request: pytest.FixtureRequest) -> httpx.AsyncClient:
    if request.param == "storage":
        app = create_app(ReadOnly(driver))
    else:
        app = create_app(driver, Config(read_only=True))
    transport = httpx.ASGITransport(app)
    return httpx.AsyncClient(transport=transport, base_url="http://registry")


@pytest.mark.parametrize(
    ("method", "url", "allowed"),
    [
        ("POST", "/v2/a/blobs/uploads/", "OPTIONS"),
        ("PATCH", "/v2/a/blobs/uploads/x", "OPTIONS, GET, HEAD"),
        ("PUT", "/v2/a/manifests/1.0", "OPTIONS, GET, HEAD"),
        ("DELETE", f"/v2/a/blobs/{DIGEST}", "OPTIONS, GET, HEAD"),
    ],
)
async def test_what_would_change_it_is_refused(
    reading: httpx.AsyncClient, method: str, url: str, allowed: str
) -> None:
    answer = await reading.request(method, url)

    assert 405 == answer.status_code
    assert allowed == answer.headers["allow"]
    [error] = answer.json()["errors"]
    assert "UNSUPPORTED" == error["code"]
    assert "read-only" in error["message"]


async def test_what_is_there_is_served(
    client: httpx.AsyncClient, reading: httpx.AsyncClient
) -> None:
    await push_blob(client, "a", CONTENT)

    answer = await reading.get(f"/v2/a/blobs/{DIGEST}")

    assert (200, CONTENT) == (answer.status_code, answer.content)
