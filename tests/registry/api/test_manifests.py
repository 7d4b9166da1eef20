from collections.abc import AsyncIterator

import httpx
import pytest

from storagedriver.protocol import StorageDriver
from storagedriver.registry.app import create_app
from storagedriver.registry.configuration.config import Config
from storagedriver.registry.store import Validation
from tests.registry.api.content import (
    OCI_MANIFEST,
    code_of,
    digest_of,
    manifest_of,
    push_blob,
    push_image,
    tree_of,
)

TYPED = {"content-type": OCI_MANIFEST}


async def _in_pieces(content: bytes, size: int = 100) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


@pytest.mark.parametrize("by", ["tag", "digest"])
async def test_a_manifest_comes_back_byte_for_byte(client: httpx.AsyncClient, by: str) -> None:
    manifest = await push_image(client, "a/b", "v1")
    digest = digest_of(manifest)

    answer = await client.get(f"/v2/a/b/manifests/{'v1' if by == 'tag' else digest}")

    assert 200 == answer.status_code
    assert manifest == answer.content
    assert OCI_MANIFEST == answer.headers["content-type"]
    assert digest == answer.headers["docker-content-digest"]
    assert f'"{digest}"' == answer.headers["etag"]
    assert str(len(manifest)) == answer.headers["content-length"]


@pytest.mark.parametrize("accept", ["text/html", "application/vnd.oci.image.index.v1+json"])
async def test_the_stored_type_is_given_whatever_is_accepted(
    client: httpx.AsyncClient, accept: str
) -> None:
    await push_image(client, "a", "v1")

    answer = await client.get("/v2/a/manifests/v1", headers={"accept": accept})

    assert 200 == answer.status_code
    assert OCI_MANIFEST == answer.headers["content-type"]


@pytest.mark.parametrize("by", ["tag", "digest"])
async def test_a_head_says_what_a_get_would(client: httpx.AsyncClient, by: str) -> None:
    manifest = await push_image(client, "a", "v1")
    url = f"/v2/a/manifests/{'v1' if by == 'tag' else digest_of(manifest)}"

    got = await client.get(url)
    head = await client.head(url)

    assert 200 == head.status_code
    assert b"" == head.content
    assert sorted(got.headers.items()) == sorted(head.headers.items())


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_what_the_client_has_is_304(client: httpx.AsyncClient, method: str) -> None:
    manifest = await push_image(client, "a", "v1")
    tag = f'"{digest_of(manifest)}"'

    answer = await client.request(method, "/v2/a/manifests/v1", headers={"if-none-match": tag})

    assert 304 == answer.status_code
    assert tag == answer.headers["etag"]
    assert digest_of(manifest) == answer.headers["docker-content-digest"]


@pytest.mark.parametrize("form", ["whole", "in pieces"])
@pytest.mark.parametrize("by", ["tag", "digest"])
async def test_a_pushed_manifest_is_located_by_its_digest(
    client: httpx.AsyncClient, by: str, form: str
) -> None:
    await push_blob(client, "a", b"{}")
    manifest = manifest_of(b"{}")
    digest = digest_of(manifest)
    content = manifest if form == "whole" else _in_pieces(manifest)

    answer = await client.put(
        f"/v2/a/manifests/{'v1' if by == 'tag' else digest}",
        content=content,
        headers={"content-type": f"{OCI_MANIFEST}; charset=utf-8"},
    )

    assert 201 == answer.status_code
    assert f"/v2/a/manifests/{digest}" == answer.headers["location"]
    assert digest == answer.headers["docker-content-digest"]
    got = await client.get(answer.headers["location"])
    assert manifest == got.content
    assert OCI_MANIFEST == got.headers["content-type"]


@pytest.mark.parametrize("form", ["whole", "in pieces"])
async def test_a_manifest_above_the_limit_is_413(driver: StorageDriver, form: str) -> None:
    app = create_app(driver, Config(max_manifest_bytes=1000))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://registry") as client:
        content = b" " * 1001

        answer = await client.put(
            "/v2/a/manifests/v1",
            content=content if form == "whole" else _in_pieces(content),
            headers=TYPED,
        )

        assert 413 == answer.status_code
        assert "MANIFEST_INVALID" == code_of(answer)
        assert [] == await tree_of(driver)


async def test_a_manifest_at_the_limit_is_taken(driver: StorageDriver) -> None:
    manifest = manifest_of(b"{}")
    app = create_app(driver, Config(max_manifest_bytes=len(manifest)))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://registry") as client:
        await push_blob(client, "a", b"{}")

        answer = await client.put("/v2/a/manifests/v1", content=manifest, headers=TYPED)

        assert 201 == answer.status_code


async def test_a_manifest_of_missing_blobs_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.put("/v2/a/manifests/v1", content=manifest_of(b"{}"), headers=TYPED)

    assert 404 == answer.status_code
    assert "MANIFEST_BLOB_UNKNOWN" == code_of(answer)


@pytest.mark.parametrize(
    ("validation", "status"),
    [(Validation(enabled=False), 201), (Validation(classes=("plugin",)), 403)],
)
async def test_what_is_taken_is_configured(
    driver: StorageDriver, validation: Validation, status: int
) -> None:
    transport = httpx.ASGITransport(create_app(driver, Config(validation=validation)))
    async with httpx.AsyncClient(transport=transport, base_url="http://registry") as client:
        answer = await client.put("/v2/a/manifests/v1", content=manifest_of(b"{}"), headers=TYPED)

        assert status == answer.status_code
        assert status == 201 or "DENIED" == code_of(answer)


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
@pytest.mark.parametrize("reference", ["v2", digest_of(b"x")])
async def test_an_absent_manifest_is_404(
    client: httpx.AsyncClient, method: str, reference: str
) -> None:
    await push_image(client, "a", "v1")

    answer = await client.request(method, f"/v2/a/manifests/{reference}")

    assert 404 == answer.status_code
    assert method == "HEAD" or "MANIFEST_UNKNOWN" == code_of(answer)


async def test_deleting_a_tag_leaves_the_manifest(client: httpx.AsyncClient) -> None:
    manifest = await push_image(client, "a", "v1")

    deleted = await client.delete("/v2/a/manifests/v1")

    assert 202 == deleted.status_code
    assert 404 == (await client.get("/v2/a/manifests/v1")).status_code
    assert manifest == (await client.get(f"/v2/a/manifests/{digest_of(manifest)}")).content


async def test_deleting_by_digest_takes_the_tags_too(client: httpx.AsyncClient) -> None:
    manifest = await push_image(client, "a", "v1")
    await push_image(client, "a", "v2")
    await push_image(client, "a", "other", b'{"other": 1}')

    deleted = await client.delete(f"/v2/a/manifests/{digest_of(manifest)}")

    assert 202 == deleted.status_code
    for reference in ("v1", "v2", digest_of(manifest)):
        assert 404 == (await client.head(f"/v2/a/manifests/{reference}")).status_code
    assert ["other"] == (await client.get("/v2/a/tags/list")).json()["tags"]


@pytest.mark.parametrize("by", ["tag", "digest"])
async def test_without_deletes_a_manifest_stays(driver: StorageDriver, by: str) -> None:
    app = create_app(driver, Config(delete_enabled=False))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://registry") as client:
        manifest = await push_image(client, "a", "v1")
        url = f"/v2/a/manifests/{'v1' if by == 'tag' else digest_of(manifest)}"

        deleted = await client.delete(url)

        assert 405 == deleted.status_code
        assert "UNSUPPORTED" == code_of(deleted)
        assert "DELETE" not in deleted.headers["allow"]
        assert manifest == (await client.get(url)).content
