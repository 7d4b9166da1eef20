"""How many requests a registry sends to S3 for one of a client, counted where they are sent."""

import secrets
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from yarl import URL

from storagedriver.drivers.s3 import S3Factory, S3Parameters
from storagedriver.guard import GuardedDriver
from storagedriver.parameters import read_parameters
from storagedriver.registry.app import create_app
from tests.documents import Document
from tests.drivers.s3.conftest import PART, moto_server
from tests.registry.api.content import OCI_MANIFEST, digest_of, manifest_of
from tests.s3servers import S3Server
from tests.spoilingproxy import s3_kind

__all__ = ["moto_server"]

PAGE = Document(Path(__file__).parents[3] / "docs" / "drivers" / "s3.md")
SMALL = b"a small blob"
MEDIUM = bytes(2 << 20)
LARGE = bytes(3 * PART + 7)
CHUNKED = bytes(reversed(range(256))) * (2 * PART // 256)
IMAGE = manifest_of(SMALL, MEDIUM)


class Watched:
    """A registry over a bucket, and what was sent to that since the last look."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._sent: Counter[str] = Counter()

    def note(self, request: Any, **_: object) -> None:  # noqa: ANN401 botocore has no types
        query = URL(request.url).query
        asked: Any = SimpleNamespace(method=request.method, headers=request.headers, query=query)
        self._sent[s3_kind(asked)] += 1

    def look(self) -> Counter[str]:
        sent, self._sent = self._sent, Counter()
        return sent

    async def ask(self, method: str, url: str, content: bytes = b"", **headers: str) -> str:
        """Send a request that has to succeed; return where its answer leads."""
        answer = await self._client.request(method, url, content=content, headers=headers)
        assert not answer.is_error, answer.text
        location: str = answer.headers.get("location", "")
        return location

    async def put(self, content: bytes) -> None:
        location = await self.ask("POST", "/v2/a/blobs/uploads/")
        await self.ask("PUT", f"{location}?digest={digest_of(content)}", content)


@pytest.fixture
async def registry(moto_server: S3Server) -> AsyncIterator[Watched]:
    parameters = moto_server.parameters(
        rootdirectory=secrets.token_hex(4),
        probe="off",
        multipartcopythresholdsize=2 * PART,
        multipartcopychunksize=PART,
    )
    driver = await S3Factory().open(read_parameters(S3Parameters, parameters))
    async with aclosing(GuardedDriver(driver)) as guarded:
        transport = httpx.ASGITransport(create_app(guarded))
        async with httpx.AsyncClient(transport=transport, base_url="http://registry") as client:
            watched = Watched(client)
            driver.fs.s3.meta.events.register("before-send.s3", watched.note)
            yield watched


async def made(registry: Watched) -> AsyncIterator[str]:
    """Do what clients do; after each, give its row in the table."""
    await registry.put(SMALL)
    yield "push of 4 KiB: POST, PUT"
    await registry.ask("POST", f"/v2/a/blobs/uploads/?digest={digest_of(MEDIUM)}", MEDIUM)
    yield "push of less than a part: one POST"
    await registry.put(LARGE)
    yield "push of three parts and some bytes: POST, PUT"
    location = await registry.ask("POST", "/v2/a/blobs/uploads/")
    location = await registry.ask("PATCH", location, CHUNKED)
    await registry.ask("PUT", f"{location}?digest={digest_of(CHUNKED)}")
    yield "push of two parts: POST, PATCH, PUT"
    await registry.put(SMALL)
    yield "push of a blob that is stored: POST, PUT"
    headers = {"content-type": OCI_MANIFEST}
    await registry.ask("PUT", "/v2/a/manifests/v1", IMAGE, **headers)
    yield "push of a manifest by tag"
    await registry.ask("GET", f"/v2/a/blobs/{digest_of(LARGE)}")
    yield "GET of a blob, which is redirected"
    await registry.ask("HEAD", f"/v2/a/blobs/{digest_of(LARGE)}")
    yield "HEAD of a blob"
    await registry.ask("GET", "/v2/a/manifests/v1")
    yield "GET of a manifest by tag"
    await registry.ask("POST", f"/v2/b/blobs/uploads/?mount={digest_of(LARGE)}&from=a")
    yield "mount"
    await registry.ask("GET", "/v2/_catalog")
    yield "GET of the catalog, of two repositories"
    await registry.ask("DELETE", f"/v2/a/blobs/{digest_of(LARGE)}")
    yield "DELETE of a blob"


def documented(requests: str) -> Counter[str]:
    named = [one.partition(" ") for one in requests.split(", ")]
    return Counter({kind: int(number) for number, _, kind in named})


async def test_no_request_of_a_client_takes_more_than_is_documented(registry: Watched) -> None:
    found = {row: registry.look() async for row in made(registry)}

    _, *rows = PAGE.rows("Requests of a registry")
    most = {call: documented(requests) for call, requests, *_ in rows}
    assert most.keys() == found.keys()
    assert {} == {
        call: dict(sent - most[call]) for call, sent in found.items() if sent - most[call]
    }
