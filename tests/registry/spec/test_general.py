"""OCI Distribution Spec 1.1, in general. The numbers are those of docs/oci-spec.md."""

import re

import httpx
import pytest

from tests.registry.api.content import digest_of, push_image

CODES = {
    "BLOB_UNKNOWN",
    "BLOB_UPLOAD_INVALID",
    "BLOB_UPLOAD_UNKNOWN",
    "DIGEST_INVALID",
    "MANIFEST_BLOB_UNKNOWN",
    "MANIFEST_INVALID",
    "MANIFEST_UNKNOWN",
    "NAME_INVALID",
    "NAME_UNKNOWN",
    "SIZE_INVALID",
    "UNAUTHORIZED",
    "DENIED",
    "UNSUPPORTED",
    "TOOMANYREQUESTS",
}


@pytest.mark.parametrize("path", ["/v2/", "/v2"])
async def test_02_the_base_says_that_this_is_a_registry(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(path)

    assert 200 == answer.status_code
    assert "registry/2.0" == answer.headers["docker-distribution-api-version"]


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("GET", "/v2/a/manifests/missing"),
        ("GET", f"/v2/a/blobs/{digest_of(b'missing')}"),
        ("GET", "/v2/a/blobs/sha256:12"),
        ("GET", "/v2/A/tags/list"),
        ("GET", "/v2/missing/tags/list"),
        ("GET", "/v2/a/referrers/latest"),
        ("PATCH", "/v2/a/blobs/uploads/00000000-0000-4000-8000-000000000000"),
        ("PUT", "/v2/a/manifests/v1"),
        ("DELETE", "/v2/a/manifests/missing"),
        ("POST", "/v2/a/manifests/v1"),
        ("GET", "/v2/a/nothing/of/this"),
    ],
)
async def test_04_an_error_has_the_form_and_a_code_of_the_spec(
    client: httpx.AsyncClient, method: str, url: str
) -> None:
    answer = await client.request(method, url)

    assert 400 <= answer.status_code < 500
    assert "application/json" == answer.headers["content-type"]
    assert ["errors"] == list(answer.json())
    for error in answer.json()["errors"]:
        assert {"code"} <= set(error) <= {"code", "message", "detail"}
        assert error["code"] in CODES | {"TAG_INVALID"}


async def test_06_a_warning_has_the_form_of_the_spec(client: httpx.AsyncClient) -> None:
    await push_image(client, "a", "v1")
    for url in ("/v2/", "/v2/a/tags/list", "/v2/a/manifests/v1", "/v2/a/manifests/v2"):
        warnings = (await client.get(url)).headers.get_list("warning")

        assert all(re.fullmatch(r'299 - "[^"]*"', warning) for warning in warnings)
