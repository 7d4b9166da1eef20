"""OCI Distribution Spec 1.1, content management. The numbers are those of docs/oci-spec.md."""

import httpx
import pytest

from storagedriver.factory import open_driver
from storagedriver.registry.app import create_app
from storagedriver.registry.configuration.config import Config
from tests.registry.api.content import digest_of, push_blob, push_image


async def test_41_a_tag_is_deleted(client: httpx.AsyncClient) -> None:
    await push_image(client, "a", "v1")

    assert 202 == (await client.delete("/v2/a/manifests/v1")).status_code

    assert 404 == (await client.head("/v2/a/manifests/v1")).status_code
    assert [] == (await client.get("/v2/a/tags/list")).json()["tags"]


async def test_42_a_manifest_is_deleted_with_its_tags(client: httpx.AsyncClient) -> None:
    manifest = await push_image(client, "a", "v1")
    await push_image(client, "a", "v2")
    await push_image(client, "a", "other", config=b"[]")

    answer = await client.delete(f"/v2/a/manifests/{digest_of(manifest)}")

    assert 202 == answer.status_code
    for reference in ("v1", "v2", digest_of(manifest)):
        assert 404 == (await client.head(f"/v2/a/manifests/{reference}")).status_code
    assert ["other"] == (await client.get("/v2/a/tags/list")).json()["tags"]


async def test_42_a_manifest_of_no_repository_is_404(client: httpx.AsyncClient) -> None:
    answer = await client.delete(f"/v2/nobody/knows/manifests/{digest_of(b'')}")

    assert 404 == answer.status_code


async def test_43_a_blob_is_deleted(client: httpx.AsyncClient) -> None:
    url = f"/v2/a/blobs/{await push_blob(client, 'a', b'content')}"

    assert 202 == (await client.delete(url)).status_code

    assert 404 == (await client.head(url)).status_code
    assert 404 == (await client.delete(url)).status_code


async def test_44_deleting_a_tag_keeps_the_manifest(client: httpx.AsyncClient) -> None:
    manifest = await push_image(client, "a", "v1")

    await client.delete("/v2/a/manifests/v1")

    assert manifest == (await client.get(f"/v2/a/manifests/{digest_of(manifest)}")).content


@pytest.mark.parametrize("url", ["manifests/v1", "manifests/{digest}", "blobs/{blob}"])
async def test_41_to_43_what_is_disabled_is_405(url: str) -> None:
    async with open_driver("memory") as driver:
        transport = httpx.ASGITransport(create_app(driver, Config(delete_enabled=False)))
        async with httpx.AsyncClient(transport=transport, base_url="http://registry") as client:
            manifest = await push_image(client, "a", "v1")
            path = url.format(digest=digest_of(manifest), blob=digest_of(b"layer"))

            answer = await client.delete(f"/v2/a/{path}")

            assert 405 == answer.status_code
            assert 200 == (await client.head(f"/v2/a/{path}")).status_code
