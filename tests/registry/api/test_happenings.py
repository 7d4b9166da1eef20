"""What requests do is told to a listener: what changed before the answer, what was pulled after."""

from collections.abc import AsyncIterator, Sequence

import httpx
import pytest

from storagedriver.errors import StorageUnavailableError
from storagedriver.protocol import StorageDriver
from storagedriver.registry.api.exchange import Exchange
from storagedriver.registry.api.frame import Frame
from storagedriver.registry.api.happenings import Happening
from storagedriver.registry.api.lists import Pages
from storagedriver.registry.api.places import Places
from storagedriver.registry.configuration.config import Config
from storagedriver.registry.store import Store
from tests.registry.api.content import (
    OCI_MANIFEST,
    digest_of,
    manifest_of,
    push_blob,
    push_image,
    start_upload,
)

LAYER = digest_of(b"layer")
OCTETS = "application/octet-stream"


class Recorder:
    hears_pulls = True

    def __init__(self) -> None:
        self.told: list[tuple[str, ...]] = []
        self.answered: list[bool] = []
        self.error: Exception | None = None

    async def changed(self, exchange: Exchange, happenings: Sequence[Happening]) -> None:
        if self.error is not None:
            raise self.error
        for happening in happenings:
            self._record(exchange, happening)

    async def pulled(self, exchange: Exchange, happening: Happening) -> None:
        self._record(exchange, happening)

    def _record(self, exchange: Exchange, told: Happening) -> None:
        self.answered.append(exchange.started)
        parts = (told.action, told.repository, told.digest, told.tag, told.media_type, told.source)
        self.told.append((*map(str, filter(None, parts)), str(told.size)))


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
async def client(driver: StorageDriver, recorder: Recorder) -> AsyncIterator[httpx.AsyncClient]:
    async with Store(driver) as store:
        frame = Frame(
            store,
            recorder,
            writable=True,
            delete_enabled=True,
            most_uploads=0,
            max_manifest=2**20,
            redirects=False,
            public_url=None,
            access=None,
            why_not="it is so",
            prefix=Config().prefix,
            pages=Pages(catalog=Config().catalog_page, tags=Config().tags_page),
            places=Places(Config().secret),
        )
        transport = httpx.ASGITransport(frame)
        async with httpx.AsyncClient(transport=transport, base_url="http://registry") as client:
            yield client


async def test_pushes_are_told_with_their_digest_type_and_size(
    client: httpx.AsyncClient, recorder: Recorder
) -> None:
    manifest = await push_image(client, "a", "v1", b"{}")

    expected = [
        ("push", "a", digest_of(b"{}"), OCTETS, "2"),
        ("push", "a", LAYER, OCTETS, "5"),
        ("push", "a", digest_of(manifest), "v1", OCI_MANIFEST, str(len(manifest))),
    ]
    assert expected == recorder.told
    assert not any(recorder.answered), "what changed is told before the answer"


async def test_an_upload_in_pieces_is_told_at_its_end_alone(
    client: httpx.AsyncClient, recorder: Recorder
) -> None:
    location = await start_upload(client)
    await client.patch(location, content=b"lay")
    assert [] == recorder.told

    await client.put(location, params={"digest": LAYER}, content=b"er")

    assert [("push", "a", LAYER, OCTETS, "5")] == recorder.told


async def test_a_manifest_with_several_tags_is_told_once_for_each(
    client: httpx.AsyncClient, recorder: Recorder
) -> None:
    manifest = await push_image(client, "a", "v1")
    digest, size = digest_of(manifest), str(len(manifest))
    recorder.told.clear()
    headers = {"content-type": OCI_MANIFEST}

    for query in ("", "?tag=v2&tag=v3&tag=v2"):
        url = f"/v2/a/manifests/{digest}{query}"
        await client.put(url, content=manifest, headers=headers)

    expected = [
        ("push", "a", digest, OCI_MANIFEST, size),
        ("push", "a", digest, "v2", OCI_MANIFEST, size),
        ("push", "a", digest, "v3", OCI_MANIFEST, size),
    ]
    assert expected == recorder.told


async def test_a_mount_is_told_with_where_from(
    client: httpx.AsyncClient, recorder: Recorder
) -> None:
    await push_blob(client, "a", b"layer")

    for source in ("a", "nowhere"):
        await client.post("/v2/b/blobs/uploads/", params={"mount": LAYER, "from": source})

    assert [("mount", "b", LAYER, OCTETS, "a", "5")] == recorder.told[1:]


async def test_deletes_are_told_and_with_a_manifest_its_tags(
    client: httpx.AsyncClient, recorder: Recorder
) -> None:
    digest = digest_of(await push_image(client, "a", "v1"))
    for tag in ("v3", "v2"):
        await push_image(client, "a", tag)
    await push_image(client, "a", "other", b"[]")
    recorder.told.clear()

    for reference in ("manifests/v1", f"manifests/{digest}", f"blobs/{LAYER}"):
        assert 202 == (await client.delete(f"/v2/a/{reference}")).status_code

    expected = [
        ("delete", "a", "v1", "0"),
        ("delete", "a", digest, "0"),
        ("delete", "a", "v2", "0"),
        ("delete", "a", "v3", "0"),
        ("delete", "a", LAYER, "0"),
    ]
    assert expected == recorder.told


async def test_pulls_are_told_after_the_answer(
    client: httpx.AsyncClient, recorder: Recorder
) -> None:
    manifest = await push_image(client, "a", "v1")
    digest, size = digest_of(manifest), str(len(manifest))
    recorder.told.clear()
    recorder.answered.clear()

    await client.get("/v2/a/manifests/v1")
    await client.head(f"/v2/a/manifests/{digest}")
    await client.get(f"/v2/a/blobs/{LAYER}")
    await client.head(f"/v2/a/blobs/{LAYER}")
    await client.get(f"/v2/a/blobs/{LAYER}", headers={"range": "bytes=1-2"})
    await client.get(f"/v2/a/blobs/{LAYER}", headers={"range": "bytes=0-0,2-2"})
    await client.get(f"/v2/a/blobs/{LAYER}", headers={"if-none-match": LAYER})

    expected = [
        ("pull", "a", digest, "v1", OCI_MANIFEST, size),
        ("pull", "a", digest, OCI_MANIFEST, size),
        *[("pull", "a", LAYER, OCTETS, "5")] * 5,
    ]
    assert expected == recorder.told
    assert all(recorder.answered)


async def test_what_failed_or_changed_nothing_is_not_told(
    client: httpx.AsyncClient, recorder: Recorder
) -> None:
    manifest = await push_image(client, "a", "v1")
    recorder.told.clear()

    await client.get("/v2/a/manifests/none")
    await client.get(f"/v2/a/blobs/{digest_of(b'none')}")
    await client.get(f"/v2/a/blobs/{LAYER}", headers={"range": "bytes=9-"})
    await client.get("/v2/a/manifests/v1", headers={"if-none-match": digest_of(manifest)})
    await client.get("/v2/a/tags/list")
    await client.delete("/v2/a/manifests/none")
    await client.put("/v2/b/manifests/v1", content=manifest_of(b"{}"))
    await client.post("/v2/a/blobs/uploads/", params={"digest": LAYER}, content=b"other")

    assert [] == recorder.told


async def test_a_change_that_cannot_be_told_is_not_acknowledged(
    client: httpx.AsyncClient, recorder: Recorder
) -> None:
    manifest = await push_image(client, "a", "v1")
    recorder.error = StorageUnavailableError("down")
    location = await start_upload(client)
    requests = [
        ("POST", f"/v2/b/blobs/uploads/?mount={LAYER}&from=a", b""),
        ("POST", f"/v2/b/blobs/uploads/?digest={LAYER}", b"layer"),
        ("PUT", f"{location}?digest={LAYER}", b"layer"),
        ("PUT", "/v2/a/manifests/v2", manifest),
        ("DELETE", "/v2/a/manifests/v1", b""),
        ("DELETE", f"/v2/a/manifests/{digest_of(manifest)}", b""),
        ("DELETE", f"/v2/a/blobs/{LAYER}", b""),
    ]

    answers = [
        await client.request(method, url, content=content, headers={"content-type": OCI_MANIFEST})
        for method, url, content in requests
    ]

    assert [503] * len(requests) == [answer.status_code for answer in answers]
