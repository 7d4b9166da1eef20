"""What reads cost: the calls of the driver, in order. No noise changes them.

A `get_content` reads a link or a manifest, a `stat` tells a blob's size, and a `reader` gives its
bytes. On S3 each is one request.
"""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from storagedriver.factory import open_driver
from storagedriver.records import Capabilities, Support
from storagedriver.registry.app import create_app
from storagedriver.registry.store import layout
from tests.registry.api.content import OCI_MANIFEST, digest_of, manifest_of, push_image
from tests.registry.store.spying import SpyingDriver

CONFIG = b"{}"
LAYER = b"layer"
IMAGE = manifest_of(CONFIG, LAYER)
BLOB = digest_of(LAYER)
DIGEST = digest_of(IMAGE)
UNKNOWN = digest_of(b"nowhere")

PLACES = {
    "tags/v1/current/link": "tag",
    f"revisions/sha256/{DIGEST.partition(':')[2]}/link": "revision",
    f"_layers/sha256/{BLOB.partition(':')[2]}/link": "layer",
    f"{BLOB.partition(':')[2]}/data": "blob",
    f"{DIGEST.partition(':')[2]}/data": "manifest",
    "_manifests/tags": "tags",
}

BY_TAG = ["get_content tag", "get_content revision"]
BY_DIGEST = ["get_content revision"]
OF_BLOB = ["get_content layer", "stat blob"]

Read = tuple[str, str, dict[str, str], int, list[str]]

READS: list[Read] = [
    ("GET", "manifests/v1", {}, 200, BY_TAG),
    ("HEAD", "manifests/v1", {}, 200, BY_TAG),
    ("GET", f"manifests/{DIGEST}", {}, 200, BY_DIGEST),
    ("HEAD", f"manifests/{DIGEST}", {}, 200, BY_DIGEST),
    ("GET", "manifests/v1", {"if-none-match": DIGEST}, 304, BY_TAG),
    ("GET", f"manifests/{DIGEST}", {"if-none-match": DIGEST}, 304, BY_DIGEST),
    ("HEAD", f"blobs/{BLOB}", {}, 200, OF_BLOB),
    ("GET", f"blobs/{BLOB}", {}, 200, ["get_content layer", "reader blob"]),
    ("GET", f"blobs/{BLOB}", {"if-none-match": BLOB}, 304, OF_BLOB),
    ("GET", f"blobs/{BLOB}", {"range": "bytes=1-2"}, 206, [*OF_BLOB, "reader blob"]),
    (
        "GET",
        f"blobs/{BLOB}",
        {"range": "bytes=0-0,2-2"},
        206,
        [*OF_BLOB, "reader blob", "reader blob"],
    ),
    ("HEAD", f"blobs/{UNKNOWN}", {}, 404, ["get_content elsewhere"]),
    ("GET", f"blobs/{UNKNOWN}", {}, 404, ["get_content elsewhere"]),
    ("GET", "manifests/v2", {}, 404, ["get_content elsewhere"]),
    ("GET", f"manifests/{UNKNOWN}", {}, 404, ["get_content elsewhere"]),
    ("GET", "tags/list", {}, 200, ["list tags", "get_content tag", "stat revision"]),
]


class Spy(SpyingDriver):
    """A spying driver that can have URLs of its own."""

    redirects = False

    @property
    def capabilities(self) -> Capabilities:
        support = Support.NATIVE if self.redirects else Support.ABSENT
        return replace(super().capabilities, redirect=support)

    async def redirect_url(
        self, path: str, *, method: str = "GET", expires_in: float = 1200
    ) -> str | None:
        async with self.step("redirect_url", path):
            return f"https://storage.example{path}?{method}={expires_in}"


@pytest.fixture
async def spy() -> AsyncIterator[Spy]:
    async with open_driver("memory") as driver:
        yield Spy(driver)


@pytest.fixture
async def client(spy: Spy) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(spy) as client:
        await push_image(client, "a", "v1", CONFIG)
        spy.calls.clear()
        yield client


def client_of(spy: Spy) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(create_app(spy))
    return httpx.AsyncClient(transport=transport, base_url="http://registry")


def name_of(read: Read) -> str:
    method, what, headers, status, _ = read
    return " ".join([method, what.partition(":")[0], *headers, str(status)])


def made(spy: Spy) -> list[str]:
    """Return the calls that were made, with names in the place of paths."""
    parted = [call.partition(" ") for call in spy.calls]
    return [f"{name} {_place(path)}" for name, _, path in parted]


def _place(path: str) -> str:
    return next((PLACES[end] for end in PLACES if path.endswith(f"/{end}")), "elsewhere")


@pytest.mark.parametrize("read", READS, ids=name_of)
async def test_a_read_calls_the_driver_as_often_as_it_needs(
    spy: Spy, client: httpx.AsyncClient, read: Read
) -> None:
    method, what, headers, status, calls = read

    answer = await client.request(method, f"/v2/a/{what}", headers=headers)

    assert status == answer.status_code
    assert calls == made(spy)


async def test_a_manifest_is_read_from_storage_once(spy: Spy, client: httpx.AsyncClient) -> None:
    async with client_of(spy) as started_anew:
        for _ in range(2):
            await started_anew.get("/v2/a/manifests/v1")

    assert [*BY_TAG, "get_content manifest", *BY_TAG] == made(spy)


async def test_a_blob_that_is_read_from_the_storages_own_url_is_looked_for_once(
    spy: Spy, client: httpx.AsyncClient
) -> None:
    spy.redirects = True

    async with client_of(spy) as redirected:
        answer = await redirected.get(f"/v2/a/blobs/{BLOB}")

    assert 307 == answer.status_code
    assert [*OF_BLOB, "redirect_url blob"] == made(spy)


async def test_a_page_of_tags_costs_its_tags_and_one_more_however_many_there_are(
    spy: Spy, client: httpx.AsyncClient
) -> None:
    for number in range(20):
        url = f"/v2/a/manifests/w{number:02}"
        await client.put(url, content=IMAGE, headers={"content-type": OCI_MANIFEST})
    spy.calls.clear()

    answer = await client.get("/v2/a/tags/list", params={"n": 3, "last": "w04"})

    assert ["w05", "w06", "w07"] == answer.json()["tags"]
    tags = [f"get_content {layout.current('a', tag)}" for tag in ("w05", "w06", "w07", "w08")]
    assert tags == [call for call in spy.calls if "/tags/w" in call]
    assert ["list tags", "stat revision"] == [call for call in made(spy) if "elsewhere" not in call]
