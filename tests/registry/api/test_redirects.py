from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from storagedriver.protocol import StorageDriver
from storagedriver.records import Capabilities, Support
from storagedriver.registry.app import create_app
from storagedriver.registry.configuration.config import Config
from tests.registry.api.content import digest_of, push_blob

CONTENT = b"0123456789"
DIGEST = digest_of(CONTENT)
URL = f"/v2/a/blobs/{DIGEST}"


class Redirecting:
    """A driver that has URLs of its own, but for empty files."""

    def __init__(self, driver: StorageDriver) -> None:
        self._driver = driver

    def __getattr__(self, name: str) -> object:
        return getattr(self._driver, name)

    @property
    def capabilities(self) -> Capabilities:
        return replace(self._driver.capabilities, redirect=Support.NATIVE)

    async def redirect_url(self, path: str, *, method: str = "GET") -> str | None:
        if not (await self._driver.stat(path)).size:
            return None
        return f"https://storage.example{path}?{method}=signed"


@pytest.fixture
async def client(driver: StorageDriver) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(Redirecting(driver)))
    async with httpx.AsyncClient(transport=transport, base_url="http://registry") as client:
        await push_blob(client, "a", CONTENT)
        yield client


@pytest.mark.parametrize("headers", [{}, {"range": "bytes=0-3"}, {"if-none-match": '"x"'}])
async def test_a_get_is_sent_to_the_storage(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await client.get(URL, headers=headers)

    assert 307 == answer.status_code
    assert answer.headers["location"].startswith("https://storage.example/docker/registry/v2/")
    assert answer.headers["location"].endswith("/data?GET=signed")
    assert DIGEST == answer.headers["docker-content-digest"]
    assert "0" == answer.headers["content-length"]
    assert "cache-control" not in answer.headers


async def test_a_head_is_answered_here(client: httpx.AsyncClient) -> None:
    answer = await client.head(URL)

    assert 200 == answer.status_code
    assert "10" == answer.headers["content-length"]


async def test_several_ranges_are_answered_here(client: httpx.AsyncClient) -> None:
    answer = await client.get(URL, headers={"range": "bytes=0-1,4-5"})

    assert 206 == answer.status_code
    assert answer.headers["content-type"].startswith("multipart/byteranges; boundary=")


async def test_a_range_that_counts_from_the_end_is_answered_here(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get(URL, headers={"range": "bytes=-3"})

    assert (206, CONTENT[-3:]) == (answer.status_code, answer.content)


@pytest.mark.parametrize("wanted", ["bytes=0-1", "bytes=4-", "Bytes = 0-1 "])
async def test_one_range_with_a_beginning_is_left_to_the_storage(
    client: httpx.AsyncClient, wanted: str
) -> None:
    assert 307 == (await client.get(URL, headers={"range": wanted})).status_code


async def test_what_the_client_has_is_304(client: httpx.AsyncClient) -> None:
    assert 304 == (await client.get(URL, headers={"if-none-match": f'"{DIGEST}"'})).status_code


async def test_what_has_no_url_is_answered_here(client: httpx.AsyncClient) -> None:
    digest = await push_blob(client, "a", b"")

    assert 200 == (await client.get(f"/v2/a/blobs/{digest}")).status_code


@pytest.mark.parametrize("name", ["a", "b"])
async def test_nobody_is_sent_to_an_absent_blob(client: httpx.AsyncClient, name: str) -> None:
    digest = digest_of(b"x") if name == "a" else DIGEST

    assert 404 == (await client.get(f"/v2/{name}/blobs/{digest}")).status_code


async def test_switched_off_it_is_answered_here(driver: StorageDriver) -> None:
    transport = httpx.ASGITransport(create_app(Redirecting(driver), Config(redirect=False)))
    async with httpx.AsyncClient(transport=transport, base_url="http://registry") as client:
        await push_blob(client, "a", CONTENT)

        assert CONTENT == (await client.get(URL)).content
