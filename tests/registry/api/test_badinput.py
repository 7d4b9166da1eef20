"""Nothing that a client sends is a server error, and nothing wrong reaches the storage."""

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.types import Scope

from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver
from storagedriver.registry.app import create_app
from tests.registry.api.content import (
    OCI_MANIFEST,
    code_of,
    digest_of,
    manifest_of,
    push_image,
    tree_of,
)
from tests.registry.api.direct import answer_to, scope_of

DIGEST = digest_of(b"x")
WRONG_NAMES = [
    "A",
    "a//b",
    "/a",
    "a/",
    "-a",
    "a-",
    "a..b",
    "a___b",
    "a/../b",
    "..",
    "%2e%2e",
    "a%2e%2e/b",
    "a/%2e%2e/%2e%2e/b",
    "a%2Fb",
    "a%2fb",
    "..%2F..%2Fetc",
    "a%252Fb",
    "a%00",
    "a%0A",
    "a%0Ab",
    "a%0d%0aset-cookie:x",
    "a%20b",
    "a%5Cb",
    "a%FF",
    "a%C3%28",
    "%ED%A0%80",
    "a%",
    "a%zz",
    "a:b",
    "a@b",
    "_catalog",
    "_uploads",
    "\u00fc",
    "a" * 256,
    "a/" * 200 + "a",
]
ENDPOINTS = [
    ("GET", "/v2/{}/manifests/v1"),
    ("HEAD", "/v2/{}/manifests/v1"),
    ("PUT", "/v2/{}/manifests/v1"),
    ("DELETE", "/v2/{}/manifests/v1"),
    ("GET", f"/v2/{{}}/manifests/{DIGEST}"),
    ("GET", f"/v2/{{}}/blobs/{DIGEST}"),
    ("HEAD", f"/v2/{{}}/blobs/{DIGEST}"),
    ("DELETE", f"/v2/{{}}/blobs/{DIGEST}"),
    ("GET", "/v2/{}/tags/list"),
    ("POST", "/v2/{}/blobs/uploads/"),
    ("POST", f"/v2/{{}}/blobs/uploads/?digest={DIGEST}"),
    ("POST", f"/v2/{{}}/blobs/uploads/?mount={DIGEST}&from=a"),
]
WRONG_TAGS = [
    ".a",
    "-a",
    "a%2Fb",
    "a%00",
    "a%0A",
    "..",
    "%2e%2e",
    "a%20b",
    "a%FF",
    "\u00fc",
    "a" * 129,
    "a@b",
]
WRONG_DIGESTS = [
    "sha256:baddigeststring",
    "sha256:",
    ":" + "a" * 64,
    "sha256:" + "a" * 63,
    "sha256:" + "A" * 64,
    "sha256:" + "a" * 65,
    "sha512:" + "a" * 64,
    "md5:" + "a" * 32,
    "sha256:..%2F..%2Fx",
    "sha256:" + "a" * 63 + "%0A",
    "sha256:" + "a" * 64 + "%00",
]
WRONG_MANIFESTS = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"1",
    b'"x"',
    b"\xff\xfe",
    b"\x00" * 100,
    b"{}",
    b'{"schemaVersion": 1}',
    b'{"schemaVersion": 2, "config": 1}',
    b'{"schemaVersion": 2, "config": {}, "layers": []}',
    b'{"schemaVersion": 2, "config": {"digest": "../x"}, "layers": null}',
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b"9" * 10_000,
    b'{"schemaVersion": 1e999}',
    b'{"schemaVersion": NaN}',
    b'{"schemaVersion": 2, "schemaVersion": 2}',
    manifest_of(b"{}").replace(b"sha256", b"sha257"),
    manifest_of(b"{}").replace(b'"size": 2', b'"size": -2'),
    manifest_of(b"{}").replace(b'"size": 2', b'"size": 1e400'),
    manifest_of(b"{}", subject=b"x").replace(digest_of(b"x").encode(), b"\\ud800"),
]


def _request(method: str, url: str) -> Scope:
    return scope_of(method, url, [(b"content-type", OCI_MANIFEST.encode())])


@pytest.mark.parametrize("name", WRONG_NAMES)
@pytest.mark.parametrize(("method", "url"), ENDPOINTS)
async def test_a_wrong_name_is_refused_and_nothing_written(
    app: Starlette, driver: StorageDriver, name: str, method: str, url: str
) -> None:
    answer = await answer_to(app, _request(method, url.format(name)), b"{}")

    assert answer.status_code in {400, 404}
    assert method == "HEAD" or code_of(answer) in {"NAME_INVALID", "UNSUPPORTED"}
    assert [] == await tree_of(driver)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
@pytest.mark.parametrize("reference", WRONG_TAGS + WRONG_DIGESTS)
async def test_a_wrong_reference_is_refused_and_nothing_written(
    app: Starlette, driver: StorageDriver, method: str, reference: str
) -> None:
    before = await tree_of(driver)

    answer = await answer_to(app, _request(method, f"/v2/a/manifests/{reference}"), b"{}")

    assert 400 == answer.status_code
    codes = {"TAG_INVALID", "DIGEST_INVALID", "NAME_INVALID"}
    assert method == "HEAD" or code_of(answer) in codes
    assert before == await tree_of(driver)


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
@pytest.mark.parametrize("digest", [*WRONG_DIGESTS, "x", "..", "%2e%2e"])
async def test_a_wrong_digest_of_a_blob_is_refused(
    app: Starlette, driver: StorageDriver, method: str, digest: str
) -> None:
    answer = await answer_to(app, _request(method, f"/v2/a/blobs/{digest}"))

    assert 400 == answer.status_code
    assert method == "HEAD" or code_of(answer) in {"DIGEST_INVALID", "NAME_INVALID"}
    assert [] == await tree_of(driver)


@pytest.mark.parametrize("content", WRONG_MANIFESTS)
@pytest.mark.parametrize("media_type", [OCI_MANIFEST, None])
async def test_a_wrong_manifest_is_refused_and_nothing_written(
    client: httpx.AsyncClient, driver: StorageDriver, content: bytes, media_type: str | None
) -> None:
    await push_image(client, "a", "v1")
    before = await tree_of(driver)
    headers = {} if media_type is None else {"content-type": media_type}

    answer = await client.put("/v2/a/manifests/v2", content=content, headers=headers)

    assert 400 == answer.status_code
    assert code_of(answer) in {"MANIFEST_INVALID", "DIGEST_INVALID"}
    assert before == await tree_of(driver)


@pytest.mark.parametrize("media_type", ["", "text/html", "x", ";", "\u00ff/\u00ff", "a/b" * 9999])
async def test_a_wrong_type_of_a_manifest_is_refused(
    client: httpx.AsyncClient, media_type: str
) -> None:
    await push_image(client, "a", "v1")

    answer = await client.put(
        "/v2/a/manifests/v2",
        content=manifest_of(b"{}").replace(OCI_MANIFEST.encode(), b"text/html"),
        headers={"content-type": media_type.encode("latin-1")},
    )

    assert 400 == answer.status_code
    assert "MANIFEST_INVALID" == code_of(answer)


PARTS = [
    "v2",
    "a",
    "a/b",
    "blobs",
    "uploads",
    "manifests",
    "tags",
    "list",
    "_catalog",
    "_oci",
    "ext",
    "discover",
    "_ping",
    "search",
    "..",
    ".",
    "",
    "v1",
    DIGEST,
    "00000000-0000-4000-8000-000000000000",
    "%2e%2e",
    "%2F",
    "%00",
    "%0A",
    "%FF",
    "~",
    "docker",
    "A",
]
segments = st.sampled_from(PARTS) | st.text(max_size=12)
paths = st.lists(segments, max_size=8).map(lambda parts: "/" + "/".join(parts))
QUERIES = [
    "",
    "n=x",
    "n=-1",
    "q=%00",
    "q=a&page=x",
    "page=0",
    "last=..",
    "last=%00",
    "digest=x",
    "mount=..&from=..",
    "%",
    "&=&",
]
HEADERS = [
    (b"range", b"bytes=9-1"),
    (b"range", b"bytes=0-,-1,x"),
    (b"if-match", b"\xff"),
    (b"if-none-match", b"*"),
    (b"content-range", b"1-x"),
    (b"content-length", b"-1"),
    (b"if-none-match", b'"'),
    (b"if-range", b"\xff"),
    (b"content-type", b"\xff"),
    (b"expect", b"100-continue"),
]
# GET and HEAD read, POST alone may begin something where the name is right.
METHODS = ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", ""]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    paths
    | st.sampled_from(["/v1", "/v2"]).flatmap(lambda base: paths.map(lambda path: base + path)),
    st.sampled_from(METHODS),
    st.sampled_from(QUERIES),
    st.lists(st.sampled_from(HEADERS)),
)
async def test_no_request_is_a_server_error_or_writes(
    path: str, method: str, query: str, headers: list[tuple[bytes, bytes]]
) -> None:
    async with open_driver("memory") as driver:
        scope = scope_of(method, f"{path}?{query}", headers)

        answer = await answer_to(create_app(driver), scope, b"x")

        assert answer.status_code < 500
        assert [] == await tree_of(driver)
