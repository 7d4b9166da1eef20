"""OCI Distribution Spec 1.1, push of blobs. The numbers are those of docs/oci-spec.md."""

import httpx
import pytest

from tests.registry.api.content import code_of, digest_of, push_blob, start_upload

CONTENT = b"0123456789"
UPLOADS = "/v2/a/blobs/uploads/"
UNKNOWN = f"{UPLOADS}00000000-0000-4000-8000-000000000000"


def stream(content: bytes) -> object:
    async def chunks() -> object:
        yield content

    return chunks()


async def check_pulled(client: httpx.AsyncClient, answer: httpx.Response, content: bytes) -> None:
    assert 201 == answer.status_code, answer.text
    pulled = await client.get(answer.headers["location"])
    assert (200, content) == (pulled.status_code, pulled.content)


@pytest.mark.parametrize("digest", ["sha256:baddigest", "md5:" + "0" * 32, "nonsense", ""])
async def test_12_a_digest_that_is_none_is_400(client: httpx.AsyncClient, digest: str) -> None:
    location = await start_upload(client)
    put = await client.put(location, params={"digest": digest}, content=CONTENT)
    post = await client.post(UPLOADS, params={"digest": digest}, content=CONTENT)

    for answer in (put, post):
        assert (400, "DIGEST_INVALID") == (answer.status_code, code_of(answer))


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
async def test_12_a_digest_of_something_else_is_400(
    client: httpx.AsyncClient, algorithm: str
) -> None:
    digest = digest_of(b"something else", algorithm)
    location = await start_upload(client)

    answer = await client.put(location, params={"digest": digest}, content=CONTENT)

    assert (400, "DIGEST_INVALID") == (answer.status_code, code_of(answer))
    assert 404 == (await client.get(f"/v2/a/blobs/{digest}")).status_code


async def test_13_an_upload_begins_at_a_place_of_its_own(client: httpx.AsyncClient) -> None:
    answers = [await client.post(UPLOADS) for _ in range(2)]

    assert [202, 202] == [answer.status_code for answer in answers]
    first, second = (answer.headers["location"] for answer in answers)
    assert first != second


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
async def test_15_a_blob_comes_by_post_and_put(client: httpx.AsyncClient, algorithm: str) -> None:
    location = await start_upload(client)

    answer = await client.put(
        location, params={"digest": digest_of(CONTENT, algorithm)}, content=CONTENT
    )

    await check_pulled(client, answer, CONTENT)


@pytest.mark.parametrize("content", [CONTENT, b"", b"{}"])
async def test_16_a_blob_comes_by_post_alone(client: httpx.AsyncClient, content: bytes) -> None:
    answer = await client.post(UPLOADS, params={"digest": digest_of(content)}, content=content)

    await check_pulled(client, answer, content)


async def test_17_chunks_are_acknowledged_by_a_range(client: httpx.AsyncClient) -> None:
    location = await start_upload(client)
    for first, chunk in ((0, CONTENT[:4]), (4, CONTENT[4:])):
        last = first + len(chunk) - 1
        answer = await client.patch(
            location, content=chunk, headers={"content-range": f"{first}-{last}"}
        )

        assert (202, f"0-{last}") == (answer.status_code, answer.headers["range"])
        location = answer.headers["location"]

    answer = await client.put(location, params={"digest": digest_of(CONTENT)})

    await check_pulled(client, answer, CONTENT)


async def test_17_a_stream_of_unknown_length_is_taken(client: httpx.AsyncClient) -> None:
    location = await start_upload(client)
    answer = await client.patch(location, content=stream(CONTENT))
    assert (202, "0-9") == (answer.status_code, answer.headers["range"])

    answer = await client.put(
        answer.headers["location"], params={"digest": digest_of(CONTENT, "sha512")}
    )

    await check_pulled(client, answer, CONTENT)


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
async def test_18_a_chunk_out_of_order_is_416_and_changes_nothing(
    client: httpx.AsyncClient, method: str
) -> None:
    location = await start_upload(client)
    parameters = {"digest": digest_of(CONTENT)} if method == "PUT" else {}

    answer = await client.request(
        method,
        location,
        params=parameters,
        content=CONTENT[4:],
        headers={"content-range": "4-9"},
    )

    assert 416 == answer.status_code
    status = await client.get(location)
    assert (204, "0-0") == (status.status_code, status.headers["range"])
    answer = await client.put(location, params={"digest": digest_of(CONTENT)}, content=CONTENT)
    await check_pulled(client, answer, CONTENT)


async def test_18_a_chunk_that_was_taken_before_is_416(client: httpx.AsyncClient) -> None:
    location = await start_upload(client)
    chunk = {"content": CONTENT[:4], "headers": {"content-range": "0-3"}}
    assert 202 == (await client.patch(location, **chunk)).status_code

    answer = await client.patch(location, **chunk)

    assert 416 == answer.status_code
    assert "0-3" == (await client.get(location)).headers["range"]


async def test_19_the_last_chunk_can_come_with_the_end(client: httpx.AsyncClient) -> None:
    location = await start_upload(client)
    answer = await client.patch(location, content=CONTENT[:4], headers={"content-range": "0-3"})

    answer = await client.put(
        answer.headers["location"],
        params={"digest": digest_of(CONTENT)},
        content=CONTENT[4:],
        headers={"content-range": "4-9"},
    )

    await check_pulled(client, answer, CONTENT)


async def test_19_an_end_without_a_digest_is_400(client: httpx.AsyncClient) -> None:
    assert 400 == (await client.put(await start_upload(client), content=CONTENT)).status_code


async def test_20_the_status_of_an_upload_is_204(client: httpx.AsyncClient) -> None:
    location = await start_upload(client)
    await client.patch(location, content=CONTENT)

    answer = await client.get(location)

    assert (204, "0-9") == (answer.status_code, answer.headers["range"])
    assert answer.headers["location"]


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE", "PUT"])
async def test_20_an_upload_that_is_unknown_is_404(client: httpx.AsyncClient, method: str) -> None:
    answer = await client.request(method, UNKNOWN, params={"digest": digest_of(CONTENT)})

    assert (404, "BLOB_UPLOAD_UNKNOWN") == (answer.status_code, code_of(answer))


async def test_21_an_upload_can_be_cancelled(client: httpx.AsyncClient) -> None:
    location = await start_upload(client)
    await client.patch(location, content=CONTENT)

    assert 204 == (await client.delete(location)).status_code

    assert 404 == (await client.get(location)).status_code


async def test_22_and_23_a_blob_is_mounted_from_another_repository(
    client: httpx.AsyncClient,
) -> None:
    digest = await push_blob(client, "source", CONTENT)

    answer = await client.post(UPLOADS, params={"mount": digest, "from": "source"})

    await check_pulled(client, answer, CONTENT)
    assert digest == answer.headers["docker-content-digest"]


@pytest.mark.parametrize("source", [{"from": "nobody"}, {}])
async def test_22_what_cannot_be_mounted_begins_an_upload(
    client: httpx.AsyncClient, source: dict[str, str]
) -> None:
    digest = digest_of(CONTENT)

    answer = await client.post(UPLOADS, params={"mount": digest, **source})

    assert 202 == answer.status_code
    answer = await client.put(
        answer.headers["location"], params={"digest": digest}, content=CONTENT
    )
    await check_pulled(client, answer, CONTENT)


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
async def test_24_the_algorithm_can_be_announced_and_need_not_be(
    client: httpx.AsyncClient, algorithm: str
) -> None:
    begun = await client.post(UPLOADS, params={"digest-algorithm": "sha512"})

    answer = await client.put(
        begun.headers["location"],
        params={"digest": digest_of(CONTENT, algorithm)},
        content=stream(CONTENT),
    )

    await check_pulled(client, answer, CONTENT)
