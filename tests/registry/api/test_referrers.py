import json
from typing import Any

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
SUBJECT = b"never pushed"
URL = f"/v2/a/referrers/{digest_of(SUBJECT)}"


def referring(kind: str, **fields: object) -> bytes:
    manifest = json.loads(manifest_of(b"{}", subject=SUBJECT))
    return json.dumps(manifest | {"artifactType": kind} | fields).encode()


async def push(client: httpx.AsyncClient, manifest: bytes, reference: str = "") -> httpx.Response:
    await push_blob(client, "a", b"{}")
    answer = await client.put(
        f"/v2/a/manifests/{reference or digest_of(manifest)}",
        content=manifest,
        headers={"content-type": OCI_MANIFEST},
    )
    assert 201 == answer.status_code, answer.text
    return answer


async def pages(client: httpx.AsyncClient, **parameters: str) -> list[list[dict[str, Any]]]:
    answer = await client.get(URL, params=parameters)
    found = [answer.json()["manifests"]]
    while "link" in answer.headers:
        link = answer.headers["link"]
        assert link.startswith(f"<{URL}?")
        assert link.endswith('>; rel="next"')
        answer = await client.get(link[1 : link.index(">")])
        assert 200 == answer.status_code
        found.append(answer.json()["manifests"])
    return found


async def test_a_push_tells_that_its_subject_is_listed(client: httpx.AsyncClient) -> None:
    answer = await push(client, manifest_of(b"{}", subject=SUBJECT), "v1")

    assert digest_of(SUBJECT) == answer.headers["oci-subject"]
    assert "oci-subject" not in (await push(client, manifest_of(b"{}"), "v2")).headers


async def test_what_refers_to_a_subject_is_an_index(client: httpx.AsyncClient) -> None:
    manifest = referring("a/signature", annotations={"by": "me"})
    await push(client, manifest)

    answer = await client.get(URL)

    assert (200, OCI_INDEX) == (answer.status_code, answer.headers["content-type"])
    entry = described(manifest, OCI_MANIFEST)
    entry |= {"artifactType": "a/signature", "annotations": {"by": "me"}}
    expected = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [entry]}
    assert expected == answer.json()
    head = await client.head(URL)
    assert (200, b"") == (head.status_code, head.content)
    assert answer.headers["content-length"] == head.headers["content-length"]


async def test_nothing_refers_to_what_nobody_has(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"/v2/no/such/referrers/{digest_of(SUBJECT)}")

    assert (200, []) == (answer.status_code, answer.json()["manifests"])
    assert "link" not in answer.headers


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("/v2/a/referrers/latest", "DIGEST_INVALID"),
        ("/v2/a/referrers/sha256:12", "DIGEST_INVALID"),
        (f"{URL}?last=v1", "DIGEST_INVALID"),
        (f"/v2/A/referrers/{digest_of(SUBJECT)}", "NAME_INVALID"),
        (f"{URL}?n=many", "UNSUPPORTED"),
    ],
)
async def test_what_is_no_digest_is_refused(client: httpx.AsyncClient, url: str, code: str) -> None:
    answer = await client.get(url)

    assert (400, code) == (answer.status_code, code_of(answer))


async def test_a_filter_is_applied_and_told(client: httpx.AsyncClient) -> None:
    wanted = referring("a/sbom+json")
    for manifest in (wanted, referring("a/signature"), manifest_of(b"{}", subject=SUBJECT)):
        await push(client, manifest)

    answer = await client.get(URL, params={"artifactType": "a/sbom+json"})

    assert "artifactType" == answer.headers["oci-filters-applied"]
    assert [digest_of(wanted)] == [entry["digest"] for entry in answer.json()["manifests"]]
    assert "oci-filters-applied" not in (await client.get(URL)).headers


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
async def test_pages_give_each_once(client: httpx.AsyncClient, n: int) -> None:
    kinds = ["a/sbom+json", "a/signature"] * 2
    manifests = [referring(kind, annotations={"n": str(at)}) for at, kind in enumerate(kinds)]
    for manifest in manifests:
        await push(client, manifest)

    found = await pages(client, n=str(n))
    filtered = await pages(client, n=str(n), artifactType="a/sbom+json")

    assert all(len(page) <= n for page in found)
    listed = [entry["digest"] for page in found for entry in page]
    assert sorted(map(digest_of, manifests)) == listed
    assert sorted(map(digest_of, manifests[::2])) == [
        entry["digest"] for page in filtered for entry in page
    ]
