from collections.abc import AsyncIterator

import httpx
import pytest

from storagedriver.protocol import StorageDriver
from tests.registry.api.content import code_of, digest_of, start_upload, tree_of

CONTENT = b"0123456789"
DIGEST = digest_of(CONTENT)
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"


async def _in_pieces(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def _status(client: httpx.AsyncClient, location: str) -> str:
    answer = await client.get(location)
    assert 204 == answer.status_code
    return answer.headers["range"]


@pytest.mark.parametrize("slash", ["", "/"])
async def test_an_upload_begins_empty(client: httpx.AsyncClient, slash: str) -> None:
    answer = await client.post(f"/v2/a/b/blobs/uploads{slash}")

    assert 202 == answer.status_code
    upload_id = answer.headers["docker-upload-uuid"]
    assert f"/v2/a/b/blobs/uploads/{upload_id}" == answer.headers["location"]
    assert "0-0" == answer.headers["range"]
    assert "0" == answer.headers["content-length"]


async def test_a_blob_can_come_with_the_closing_put(client: httpx.AsyncClient) -> None:
    location = await start_upload(client)

    answer = await client.put(location, params={"digest": DIGEST}, content=CONTENT)

    assert 201 == answer.status_code
    assert f"/v2/a/blobs/{DIGEST}" == answer.headers["location"]
    assert DIGEST == answer.headers["docker-content-digest"]
    assert CONTENT == (await client.get(answer.headers["location"])).content
    assert 404 == (await client.get(location)).status_code


async def test_a_blob_can_come_in_one_post(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v2/a/blobs/uploads/", params={"digest": DIGEST}, content=CONTENT)

    assert 201 == answer.status_code
    assert DIGEST == answer.headers["docker-content-digest"]
    assert CONTENT == (await client.get(answer.headers["location"])).content


async def test_a_blob_can_be_streamed_without_a_length(client: httpx.AsyncClient) -> None:
    location = await start_upload(client)

    patched = await client.patch(location, content=_in_pieces(b"01234", b"56789"))
    closed = await client.put(patched.headers["location"], params={"digest": DIGEST})

    assert 202 == patched.status_code
    assert "0-9" == patched.headers["range"]
    assert "0" == patched.headers["content-length"]
    assert location.endswith(patched.headers["docker-upload-uuid"])
    assert 201 == closed.status_code
    assert CONTENT == (await client.get(closed.headers["location"])).content


@pytest.mark.parametrize("form", ["{}-{}", "bytes {}-{}/*", "bytes {}-{}/10"])
async def test_a_blob_can_come_in_chunks_the_last_with_the_put(
    client: httpx.AsyncClient, form: str
) -> None:
    location = await start_upload(client)
    ranges = []
    for first, chunk in ((0, b"0123"), (4, b"456")):
        where = form.format(first, first + len(chunk) - 1)
        answer = await client.patch(location, content=chunk, headers={"content-range": where})
        assert 202 == answer.status_code
        ranges.append(answer.headers["range"])

    closed = await client.put(
        location,
        params={"digest": DIGEST},
        content=b"789",
        headers={"content-range": form.format(7, 9)},
    )

    assert ["0-3", "0-6"] == ranges
    assert 201 == closed.status_code
    assert CONTENT == (await client.get(closed.headers["location"])).content


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
@pytest.mark.parametrize("where", ["0-3", "2-5", "5-8", "400-403"])
async def test_a_chunk_out_of_order_changes_nothing(
    client: httpx.AsyncClient, driver: StorageDriver, method: str, where: str
) -> None:
    location = await start_upload(client)
    await client.patch(location, content=b"0123", headers={"content-range": "0-3"})
    before = await tree_of(driver)

    answer = await client.request(
        method,
        location,
        params={"digest": DIGEST},
        content=b"xxxx",
        headers={"content-range": where},
    )

    assert 416 == answer.status_code
    assert "BLOB_UPLOAD_INVALID" == code_of(answer)
    assert location == answer.headers["location"]
    assert "0-3" == answer.headers["range"]
    assert location.endswith(answer.headers["docker-upload-uuid"])
    assert before == await tree_of(driver)
    closed = await client.put(location, params={"digest": DIGEST}, content=CONTENT[4:])
    assert 201 == closed.status_code


async def test_a_first_chunk_out_of_order_is_told_to_begin(client: httpx.AsyncClient) -> None:
    location = await start_upload(client)

    answer = await client.patch(location, content=b"x", headers={"content-range": "5-5"})

    assert 416 == answer.status_code
    assert "0-0" == answer.headers["range"]
    assert "0-0" == await _status(client, location)


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
@pytest.mark.parametrize(
    ("where", "code"),
    [
        ("0-2", "SIZE_INVALID"),
        ("0-40", "SIZE_INVALID"),
        ("3-0", "BLOB_UPLOAD_INVALID"),
        ("zero-three", "BLOB_UPLOAD_INVALID"),
        ("0-3/2", "BLOB_UPLOAD_INVALID"),
        ("0-" + "9" * 5000, "BLOB_UPLOAD_INVALID"),
    ],
)
async def test_a_content_range_that_contradicts_is_400(
    client: httpx.AsyncClient, driver: StorageDriver, method: str, where: str, code: str
) -> None:
    location = await start_upload(client)
    before = await tree_of(driver)

    answer = await client.request(
        method,
        location,
        params={"digest": digest_of(b"0123")},
        content=b"0123",
        headers={"content-range": where},
    )

    assert 400 == answer.status_code
    assert code == code_of(answer)
    assert before == await tree_of(driver)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_the_status_tells_how_far_an_upload_is(
    client: httpx.AsyncClient, method: str
) -> None:
    location = await start_upload(client)
    await client.patch(location, content=b"0123")

    answer = await client.request(method, location)

    assert 204 == answer.status_code
    assert b"" == answer.content
    assert location == answer.headers["location"]
    assert "0-3" == answer.headers["range"]
    assert location.endswith(answer.headers["docker-upload-uuid"])
    assert "content-length" not in answer.headers


@pytest.mark.parametrize(
    "digest",
    [
        None,
        "",
        "sha256",
        "sha256:",
        "sha256:short",
        "sha256:" + "g" * 64,
        "SHA256:" + "a" * 64,
        "md5:" + "a" * 32,
        "sha256:../../../x",
        digest_of(b"something else"),
    ],
)
async def test_a_wrong_digest_leaves_the_upload_as_it_is(
    client: httpx.AsyncClient, digest: str | None
) -> None:
    location = await start_upload(client)
    await client.patch(location, content=CONTENT)

    answer = await client.put(location, params={} if digest is None else {"digest": digest})

    assert 400 == answer.status_code
    assert "DIGEST_INVALID" == code_of(answer)
    assert "0-9" == await _status(client, location)
    assert 201 == (await client.put(location, params={"digest": DIGEST})).status_code


async def test_a_single_post_with_a_wrong_digest_leaves_nothing(
    client: httpx.AsyncClient, driver: StorageDriver
) -> None:
    answer = await client.post(
        "/v2/a/blobs/uploads/", params={"digest": digest_of(b"x")}, content=CONTENT
    )

    assert 400 == answer.status_code
    assert "DIGEST_INVALID" == code_of(answer)
    assert [] == await tree_of(driver)


async def test_parameters_that_nobody_knows_are_ignored(client: httpx.AsyncClient) -> None:
    location = await start_upload(client)
    encoded = DIGEST.replace(":", "%3A")

    answer = await client.put(f"{location}?_state=abc%3D&x=&digest={encoded}&y", content=CONTENT)

    assert 201 == answer.status_code


async def test_a_query_of_very_many_parameters_is_400(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v2/a/blobs/uploads/?" + "&".join(["a=b"] * 500))

    assert 400 == answer.status_code
    assert "UNSUPPORTED" == code_of(answer)


async def test_a_cancelled_upload_is_gone(client: httpx.AsyncClient, driver: StorageDriver) -> None:
    location = await start_upload(client)
    await client.patch(location, content=CONTENT)

    answer = await client.delete(location)

    assert 204 == answer.status_code
    assert "content-length" not in answer.headers
    assert 404 == (await client.get(location)).status_code
    assert [] == await tree_of(driver)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PATCH", "PUT", "DELETE"])
@pytest.mark.parametrize("upload_id", [UNKNOWN_ID, "x", "..", ".%2e", "a%00b", "a%0Ab", "%FF"])
async def test_an_unknown_upload_is_404(
    client: httpx.AsyncClient, driver: StorageDriver, method: str, upload_id: str
) -> None:
    answer = await client.request(
        method,
        f"http://registry/v2/a/blobs/uploads/{upload_id}?digest={DIGEST}",
        content=b"x" if method in ("PATCH", "PUT") else None,
    )

    assert 404 == answer.status_code
    assert [] == await tree_of(driver)


@pytest.mark.parametrize("method", ["GET", "PATCH", "PUT", "DELETE"])
async def test_an_upload_is_unknown_under_another_repository(
    client: httpx.AsyncClient, method: str
) -> None:
    location = await start_upload(client, "a")
    await client.patch(location, content=b"0123")

    answer = await client.request(
        method,
        location.replace("/v2/a/", "/v2/b/"),
        params={"digest": digest_of(b"0123")},
        content=b"" if method in ("GET", "DELETE") else b"x",
    )

    assert 404 == answer.status_code
    assert "BLOB_UPLOAD_UNKNOWN" == code_of(answer)
    assert "0-3" == await _status(client, location)


async def test_a_repeated_closing_put_gives_the_same_again(client: httpx.AsyncClient) -> None:
    location = await start_upload(client)
    await client.patch(location, content=CONTENT)

    answers = [await client.put(location, params={"digest": DIGEST}) for _ in range(2)]

    assert [201, 201] == [answer.status_code for answer in answers]
    assert answers[0].headers["location"] == answers[1].headers["location"]


@pytest.mark.parametrize(("algorithm", "status"), [("sha512", 202), ("sha256", 202), ("md5", 400)])
async def test_the_algorithm_of_the_digest_can_be_announced(
    client: httpx.AsyncClient, algorithm: str, status: int
) -> None:
    answer = await client.post("/v2/a/blobs/uploads/", params={"digest-algorithm": algorithm})

    assert status == answer.status_code
    if status == 400:
        assert "DIGEST_INVALID" == code_of(answer)
