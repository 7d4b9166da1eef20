import httpx
import pytest

from storagedriver.protocol import StorageDriver
from tests.registry.api.content import code_of, push_blob, tree_of

CONTENT = b"0123456789"


async def test_a_blob_of_another_repository_can_be_mounted(client: httpx.AsyncClient) -> None:
    digest = await push_blob(client, "a", CONTENT)

    answer = await client.post("/v2/b/blobs/uploads/", params={"mount": digest, "from": "a"})

    assert 201 == answer.status_code
    assert f"/v2/b/blobs/{digest}" == answer.headers["location"]
    assert digest == answer.headers["docker-content-digest"]
    assert CONTENT == (await client.get(answer.headers["location"])).content


@pytest.mark.parametrize("source", ["c", "", "UPPER", "..", None])
async def test_what_cannot_be_mounted_begins_an_upload(
    client: httpx.AsyncClient, source: str | None
) -> None:
    digest = await push_blob(client, "a", CONTENT)
    parameters = {"mount": digest} | ({} if source is None else {"from": source})

    answer = await client.post("/v2/b/blobs/uploads/", params=parameters)

    assert 202 == answer.status_code
    assert "0-0" == (await client.get(answer.headers["location"])).headers["range"]
    assert 404 == (await client.get(f"/v2/b/blobs/{digest}")).status_code


async def test_mounting_a_wrong_digest_is_400(
    client: httpx.AsyncClient, driver: StorageDriver
) -> None:
    answer = await client.post("/v2/b/blobs/uploads/", params={"mount": "x", "from": "a"})

    assert 400 == answer.status_code
    assert "DIGEST_INVALID" == code_of(answer)
    assert [] == await tree_of(driver)
