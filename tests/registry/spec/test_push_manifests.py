"""OCI Distribution Spec 1.1, push of manifests. The numbers are those of docs/oci-spec.md."""

import json

import httpx
import pytest

from tests.registry.api.content import (
    OCI_MANIFEST,
    code_of,
    described,
    digest_of,
    manifest_of,
    push_blob,
)

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = b"{}"
SUBJECT = b"never pushed"
MIB = 1 << 20


async def put(
    client: httpx.AsyncClient, reference: str, manifest: bytes, media_type: str = OCI_MANIFEST
) -> httpx.Response:
    return await client.put(
        f"/v2/a/manifests/{reference}", content=manifest, headers={"content-type": media_type}
    )


@pytest.fixture(autouse=True)
async def _config(client: httpx.AsyncClient) -> None:
    await push_blob(client, "a", CONFIG)


@pytest.mark.parametrize("algorithm", ["", "sha256", "sha512"])
async def test_25_the_exact_bytes_are_kept(client: httpx.AsyncClient, algorithm: str) -> None:
    manifest = manifest_of(CONFIG).replace(b"{", b'{ "org.example.custom" : [1.50],\n\n', 1)
    reference = digest_of(manifest, algorithm) if algorithm else "v1"

    answer = await put(client, reference, manifest)

    assert 201 == answer.status_code, answer.text
    assert digest_of(manifest, algorithm or "sha256") == answer.headers["docker-content-digest"]
    pulled = await client.get(answer.headers["location"])
    assert (200, manifest) == (pulled.status_code, pulled.content)


async def test_25_bytes_with_another_digest_are_400(client: httpx.AsyncClient) -> None:
    for digest in (digest_of(b"another"), "sha256:baddigeststring"):
        answer = await put(client, digest, manifest_of(CONFIG))

        assert (400, "DIGEST_INVALID") == (answer.status_code, code_of(answer))


async def test_26_parameters_of_the_media_type_are_ignored(client: httpx.AsyncClient) -> None:
    await put(client, "v1", manifest_of(CONFIG), f"{OCI_MANIFEST}; charset=utf-8")

    assert OCI_MANIFEST == (await client.get("/v2/a/manifests/v1")).headers["content-type"]


async def test_27_and_30_a_subject_may_be_missing_and_is_told(client: httpx.AsyncClient) -> None:
    image = manifest_of(CONFIG, subject=SUBJECT)
    index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []}
    index["subject"] = described(SUBJECT, OCI_MANIFEST)

    answers = [
        await put(client, "v1", image),
        await put(client, "v2", json.dumps(index).encode(), OCI_INDEX),
    ]

    assert [(201, digest_of(SUBJECT))] * 2 == [
        (answer.status_code, answer.headers["oci-subject"]) for answer in answers
    ]


async def test_28_what_names_missing_blobs_has_a_code_of_its_own(
    client: httpx.AsyncClient,
) -> None:
    answer = await put(client, "v1", manifest_of(CONFIG, b"missing"))

    assert "MANIFEST_BLOB_UNKNOWN" == code_of(answer)
    assert 404 == (await client.get("/v2/a/manifests/v1")).status_code


async def test_28_layers_that_are_never_pushed_need_not_be_there(
    client: httpx.AsyncClient,
) -> None:
    manifest = json.loads(manifest_of(CONFIG, b"elsewhere"))
    manifest["layers"][0]["mediaType"] = (
        "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"
    )

    assert 201 == (await put(client, "v1", json.dumps(manifest).encode())).status_code


@pytest.mark.parametrize(("size", "status"), [(4 * MIB, 201), (4 * MIB + 1, 413)])
async def test_29_a_manifest_may_have_4_mib(
    client: httpx.AsyncClient, size: int, status: int
) -> None:
    manifest = manifest_of(CONFIG)
    manifest += b" " * (size - len(manifest))

    assert status == (await put(client, "v1", manifest)).status_code


async def test_31_tags_can_be_given_by_parameters(client: httpx.AsyncClient) -> None:
    manifest, tags = manifest_of(CONFIG), [f"v{number}" for number in range(10)]
    query = "&".join(f"tag={tag}" for tag in tags)

    answer = await put(client, f"{digest_of(manifest)}?{query}", manifest)

    assert (201, tags) == (answer.status_code, answer.headers["oci-tag"].split(", "))
    assert manifest == (await client.get("/v2/a/manifests/v9")).content


async def test_32_an_image_needs_no_layers_and_an_index_no_manifests(
    client: httpx.AsyncClient,
) -> None:
    index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []}

    assert 201 == (await put(client, "v1", manifest_of(CONFIG))).status_code
    assert 201 == (await put(client, "v2", json.dumps(index).encode(), OCI_INDEX)).status_code
