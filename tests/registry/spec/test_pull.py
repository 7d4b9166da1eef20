"""OCI Distribution Spec 1.1, pull. The numbers are those of docs/oci-spec.md."""

import httpx
import pytest

from tests.registry.api.content import OCI_MANIFEST, digest_of, push_blob, push_image

BLOB = bytes(range(256)) * 8
MISSING = digest_of(b"missing")


@pytest.fixture
async def manifest(client: httpx.AsyncClient) -> bytes:
    return await push_image(client, "a/b", "v1")


@pytest.fixture
async def blob(client: httpx.AsyncClient) -> str:
    return f"/v2/a/b/blobs/{await push_blob(client, 'a/b', BLOB)}"


async def test_08_a_manifest_is_given_by_tag_and_by_digest(
    client: httpx.AsyncClient, manifest: bytes
) -> None:
    for reference in ("v1", digest_of(manifest)):
        answer = await client.get(f"/v2/a/b/manifests/{reference}")

        assert (200, manifest) == (answer.status_code, answer.content)
        assert OCI_MANIFEST == answer.headers["content-type"]
        assert digest_of(manifest) == answer.headers["docker-content-digest"]
        assert str(len(manifest)) == answer.headers["content-length"]
        assert "content-encoding" not in answer.headers


@pytest.mark.usefixtures("manifest")
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("reference", ["v2", MISSING])
async def test_08_a_manifest_that_is_not_there_is_404(
    client: httpx.AsyncClient, method: str, reference: str
) -> None:
    answer = await client.request(method, f"/v2/a/b/manifests/{reference}")

    assert 404 == answer.status_code


async def test_09_a_blob_is_given(client: httpx.AsyncClient, blob: str) -> None:
    answer = await client.get(blob)

    assert (200, BLOB) == (answer.status_code, answer.content)
    first = answer.history[0] if answer.history else answer
    assert digest_of(BLOB) == first.headers["docker-content-digest"]


@pytest.mark.usefixtures("blob")
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_09_a_blob_that_is_not_there_is_404(client: httpx.AsyncClient, method: str) -> None:
    answer = await client.request(method, f"/v2/a/b/blobs/{MISSING}")

    assert 404 == answer.status_code


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-99", 0, 99),
        ("bytes=100-", 100, 2047),
        ("bytes=-500", 1548, 2047),
        ("bytes=2000-9999", 2000, 2047),
    ],
)
async def test_09_a_range_of_a_blob_is_given(
    client: httpx.AsyncClient, blob: str, asked: str, first: int, last: int
) -> None:
    answer = await client.get(blob, headers={"range": asked})

    assert (206, BLOB[first : last + 1]) == (answer.status_code, answer.content)
    assert f"bytes {first}-{last}/2048" == answer.headers["content-range"]


async def test_09_a_range_that_begins_behind_the_end_is_416(
    client: httpx.AsyncClient, blob: str
) -> None:
    assert 416 == (await client.get(blob, headers={"range": "bytes=5000-10000"})).status_code


async def test_09_several_ranges_are_parts_of_one_answer(
    client: httpx.AsyncClient, blob: str
) -> None:
    answer = await client.get(blob, headers={"range": "bytes=1000-1099,0-9"})

    assert 206 == answer.status_code
    kind, _, boundary = answer.headers["content-type"].partition("; boundary=")
    assert "multipart/byteranges" == kind
    parts = answer.content.split(f"\r\n--{boundary}".encode())[1:-1]
    assert [BLOB[1000:1100], BLOB[:10]] == [part.partition(b"\r\n\r\n")[2] for part in parts]


async def test_10_a_head_tells_size_and_digest(
    client: httpx.AsyncClient, manifest: bytes, blob: str
) -> None:
    for url, content in (("/v2/a/b/manifests/v1", manifest), (blob, BLOB)):
        answer = await client.head(url)

        assert (200, b"") == (answer.status_code, answer.content)
        assert str(len(content)) == answer.headers["content-length"]
        assert digest_of(content) == answer.headers["docker-content-digest"]


@pytest.mark.parametrize("url", [f"blobs/{MISSING}", f"manifests/{MISSING}", "manifests/v1"])
async def test_11_a_pull_from_no_repository_is_404(client: httpx.AsyncClient, url: str) -> None:
    assert 404 == (await client.get(f"/v2/nobody/knows/{url}")).status_code
