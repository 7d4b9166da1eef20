"""A manifest that is pushed by its digest can be given tags by the same request."""

import httpx
import pytest

from storagedriver.protocol import StorageDriver
from tests.registry.api.content import (
    OCI_MANIFEST,
    code_of,
    digest_of,
    manifest_of,
    push_blob,
    tree_of,
)

MANIFEST = manifest_of(b"{}")
URL = f"/v2/a/manifests/{digest_of(MANIFEST)}"


async def push(client: httpx.AsyncClient, *tags: str, url: str = URL) -> httpx.Response:
    await push_blob(client, "a", b"{}")
    return await client.put(
        url, params={"tag": tags}, content=MANIFEST, headers={"content-type": OCI_MANIFEST}
    )


async def test_all_tags_are_given_and_told(client: httpx.AsyncClient) -> None:
    tags = [f"v{number}" for number in range(20)]

    answer = await push(client, *tags, "v1")

    assert 201 == answer.status_code
    assert tags == answer.headers["oci-tag"].split(", ")
    assert sorted(tags) == (await client.get("/v2/a/tags/list")).json()["tags"]
    for tag in tags:
        assert MANIFEST == (await client.get(f"/v2/a/manifests/{tag}")).content


async def test_without_tags_none_is_told(client: httpx.AsyncClient) -> None:
    assert "oci-tag" not in (await push(client)).headers


async def test_a_push_by_tag_takes_more_tags_too(client: httpx.AsyncClient) -> None:
    answer = await push(client, "v2", url="/v2/a/manifests/v1")

    assert "v2" == answer.headers["oci-tag"]
    assert ["v1", "v2"] == (await client.get("/v2/a/tags/list")).json()["tags"]


@pytest.mark.parametrize("wrong", ["", ".hidden", "a b", "x" * 129, digest_of(b"")])
async def test_what_is_no_tag_is_refused_and_nothing_is_stored(
    client: httpx.AsyncClient, driver: StorageDriver, wrong: str
) -> None:
    await push_blob(client, "a", b"{}")
    before = await tree_of(driver)

    answer = await push(client, "v1", wrong)

    assert (400, "TAG_INVALID") == (answer.status_code, code_of(answer))
    assert before == await tree_of(driver)
