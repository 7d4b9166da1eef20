import httpx
import pytest

from storagedriver.protocol import StorageDriver
from storagedriver.registry.app import create_app
from storagedriver.registry.configuration.config import Config
from tests.registry.api.content import code_of, digest_of, push_blob

CONTENT = bytes(range(256)) * 8
ABSENT = digest_of(b"absent")


async def test_a_blob_comes_back_with_all_that_names_it(client: httpx.AsyncClient) -> None:
    digest = await push_blob(client, "a/b", CONTENT)

    answer = await client.get(f"/v2/a/b/blobs/{digest}")

    assert 200 == answer.status_code
    assert CONTENT == answer.content
    assert digest == answer.headers["docker-content-digest"]
    assert f'"{digest}"' == answer.headers["etag"]
    assert "2048" == answer.headers["content-length"]
    assert "application/octet-stream" == answer.headers["content-type"]
    assert "bytes" == answer.headers["accept-ranges"]
    assert "max-age=31536000" == answer.headers["cache-control"]
    assert "registry/2.0" == answer.headers["docker-distribution-api-version"]


async def test_a_blob_is_never_compressed(client: httpx.AsyncClient) -> None:
    digest = await push_blob(client, "a", CONTENT)

    answer = await client.get(
        f"/v2/a/blobs/{digest}", headers={"accept-encoding": "zstd,gzip,deflate"}
    )

    assert "content-encoding" not in answer.headers
    assert "2048" == answer.headers["content-length"]


async def test_a_head_says_what_a_get_would(client: httpx.AsyncClient) -> None:
    digest = await push_blob(client, "a", CONTENT)

    got = await client.get(f"/v2/a/blobs/{digest}")
    head = await client.head(f"/v2/a/blobs/{digest}")

    assert 200 == head.status_code
    assert b"" == head.content
    assert sorted(got.headers.items()) == sorted(head.headers.items())


async def test_an_encoded_colon_is_a_colon(client: httpx.AsyncClient) -> None:
    digest = await push_blob(client, "a", CONTENT)

    answer = await client.get(f"/v2/a/blobs/{digest.replace(':', '%3A')}")

    assert CONTENT == answer.content


async def test_a_sha512_digest_names_a_blob_too(client: httpx.AsyncClient) -> None:
    digest = digest_of(CONTENT, "sha512")
    pushed = await client.post("/v2/a/blobs/uploads/", params={"digest": digest}, content=CONTENT)

    answer = await client.get(pushed.headers["location"])

    assert f"/v2/a/blobs/{digest}" == pushed.headers["location"]
    assert CONTENT == answer.content
    assert digest == answer.headers["docker-content-digest"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
async def test_an_absent_blob_is_404(client: httpx.AsyncClient, method: str) -> None:
    await push_blob(client, "a", CONTENT)

    answer = await client.request(method, f"/v2/a/blobs/{ABSENT}")

    assert 404 == answer.status_code
    assert method == "HEAD" or "BLOB_UNKNOWN" == code_of(answer)


async def test_another_repository_does_not_have_the_blob(client: httpx.AsyncClient) -> None:
    digest = await push_blob(client, "a", CONTENT)
    await push_blob(client, "b", b"other")

    assert 404 == (await client.get(f"/v2/b/blobs/{digest}")).status_code


@pytest.mark.parametrize(
    ("header", "where", "expected"),
    [
        ("bytes=0-0", "bytes 0-0/2048", CONTENT[:1]),
        ("bytes=100-199", "bytes 100-199/2048", CONTENT[100:200]),
        ("bytes=1000-", "bytes 1000-2047/2048", CONTENT[1000:]),
        ("bytes=-500", "bytes 1548-2047/2048", CONTENT[-500:]),
        ("bytes=-5000", "bytes 0-2047/2048", CONTENT),
        ("bytes=2000-9999", "bytes 2000-2047/2048", CONTENT[2000:]),
    ],
)
async def test_a_range_gives_exactly_its_bytes(
    client: httpx.AsyncClient, header: str, where: str, expected: bytes
) -> None:
    digest = await push_blob(client, "a", CONTENT)

    answer = await client.get(f"/v2/a/blobs/{digest}", headers={"range": header})

    assert 206 == answer.status_code
    assert where == answer.headers["content-range"]
    assert expected == answer.content
    assert str(len(expected)) == answer.headers["content-length"]
    assert digest == answer.headers["docker-content-digest"]


@pytest.mark.parametrize("header", ["bytes=2048-", "bytes=5000-10000", "bytes=500-0", "bytes=-0"])
async def test_a_range_outside_of_the_blob_is_416(client: httpx.AsyncClient, header: str) -> None:
    digest = await push_blob(client, "a", CONTENT)

    answer = await client.get(f"/v2/a/blobs/{digest}", headers={"range": header})

    assert 416 == answer.status_code
    assert "bytes */2048" == answer.headers["content-range"]
    assert "SIZE_INVALID" == code_of(answer)


async def test_an_empty_blob_has_no_first_byte(client: httpx.AsyncClient) -> None:
    digest = await push_blob(client, "a", b"")

    whole = await client.get(f"/v2/a/blobs/{digest}")
    end = await client.get(f"/v2/a/blobs/{digest}", headers={"range": "bytes=-5"})
    start = await client.get(f"/v2/a/blobs/{digest}", headers={"range": "bytes=0-"})

    assert [200, 200, 416] == [whole.status_code, end.status_code, start.status_code]
    assert ["0", "0"] == [whole.headers["content-length"], end.headers["content-length"]]
    assert "bytes */0" == start.headers["content-range"]


@pytest.mark.parametrize("header", ["bytes=0-,0-", "bytes=x", "lines=1-2"])
async def test_other_ranges_give_the_whole(client: httpx.AsyncClient, header: str) -> None:
    digest = await push_blob(client, "a", CONTENT)

    answer = await client.get(f"/v2/a/blobs/{digest}", headers={"range": header})

    assert 200 == answer.status_code
    assert CONTENT == answer.content


@pytest.mark.parametrize(
    ("form", "status"),
    [('"{}"', 206), (' "{}" ', 206), ('W/"{}"', 200), ("Wed, 21 Oct 2015 07:28:00 GMT", 200)],
)
async def test_if_range_gives_the_range_of_the_same_content_alone(
    client: httpx.AsyncClient, form: str, status: int
) -> None:
    digest = await push_blob(client, "a", CONTENT)

    answer = await client.get(
        f"/v2/a/blobs/{digest}",
        headers={"range": "bytes=0-9", "if-range": form.format(digest)},
    )

    assert status == answer.status_code


@pytest.mark.parametrize("form", ['"{}"', "{}", 'W/"{}"', '"x", "{}"', "*"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_what_the_client_has_is_304(
    client: httpx.AsyncClient, form: str, method: str
) -> None:
    digest = await push_blob(client, "a", CONTENT)

    answer = await client.request(
        method, f"/v2/a/blobs/{digest}", headers={"if-none-match": form.format(digest)}
    )

    assert 304 == answer.status_code
    assert b"" == answer.content
    assert f'"{digest}"' == answer.headers["etag"]
    assert "content-length" not in answer.headers


async def test_what_the_client_has_not_is_given(client: httpx.AsyncClient) -> None:
    digest = await push_blob(client, "a", CONTENT)

    answer = await client.get(f"/v2/a/blobs/{digest}", headers={"if-none-match": f'"{ABSENT}"'})

    assert CONTENT == answer.content


async def test_a_condition_on_an_absent_blob_is_404(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"/v2/a/blobs/{ABSENT}", headers={"if-none-match": "*"})

    assert 404 == answer.status_code


async def test_a_deleted_blob_is_gone(client: httpx.AsyncClient) -> None:
    digest = await push_blob(client, "a", CONTENT)

    deleted = await client.delete(f"/v2/a/blobs/{digest}")

    assert 202 == deleted.status_code
    assert "0" == deleted.headers["content-length"]
    assert 404 == (await client.head(f"/v2/a/blobs/{digest}")).status_code


async def test_without_deletes_a_blob_stays(driver: StorageDriver) -> None:
    app = create_app(driver, Config(delete_enabled=False))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://registry") as client:
        digest = await push_blob(client, "a", CONTENT)

        deleted = await client.delete(f"/v2/a/blobs/{digest}")

        assert 405 == deleted.status_code
        assert "UNSUPPORTED" == code_of(deleted)
        assert "OPTIONS, GET, HEAD" == deleted.headers["allow"]
        assert CONTENT == (await client.get(f"/v2/a/blobs/{digest}")).content
