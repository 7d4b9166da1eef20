"""OCI Distribution Spec 1.1, content discovery. The numbers are those of docs/oci-spec.md."""

import json

import httpx
import pytest

from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import Digest, layout
from tests.registry.api.content import (
    OCI_CONFIG,
    OCI_MANIFEST,
    described,
    digest_of,
    manifest_of,
    push_blob,
    push_image,
)

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
TAGS = ["1.0", "1.1", "A", "a", "a-b", "b"]
SUBJECT = b"never pushed"
REFERRERS = f"/v2/a/referrers/{digest_of(SUBJECT)}"


@pytest.fixture
async def tagged(client: httpx.AsyncClient) -> None:
    for tag in reversed(TAGS):
        await push_image(client, "a", tag)


async def attach(client: httpx.AsyncClient, *, index: bool = False, **fields: object) -> bytes:
    """Push what refers to the subject."""
    await push_blob(client, "a", b"{}")
    manifest = json.loads(manifest_of(b"{}", subject=SUBJECT)) | fields
    if index:
        manifest |= {"mediaType": OCI_INDEX, "manifests": []}
        del manifest["config"], manifest["layers"]
    content = json.dumps(manifest).encode()
    answer = await client.put(
        f"/v2/a/manifests/{digest_of(content)}",
        content=content,
        headers={"content-type": manifest["mediaType"]},
    )
    assert 201 == answer.status_code, answer.text
    return content


@pytest.mark.usefixtures("tagged")
async def test_33_tags_are_listed_in_order(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v2/a/tags/list")

    assert (200, {"name": "a", "tags": TAGS}) == (answer.status_code, answer.json())


async def test_33_a_repository_without_tags_has_an_empty_list(client: httpx.AsyncClient) -> None:
    await push_blob(client, "a", b"{}")

    assert [] == (await client.get("/v2/a/tags/list")).json()["tags"]


@pytest.mark.usefixtures("tagged")
async def test_34_a_page_has_as_many_as_asked_for_and_leads_to_the_next(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/v2/a/tags/list?n=4")

    assert TAGS[:4] == answer.json()["tags"]
    link = answer.headers["link"]
    assert link.endswith('>; rel="next"')
    rest = await client.get(link[1 : link.index(">")])
    assert TAGS[4:] == rest.json()["tags"]
    assert "link" not in rest.headers


@pytest.mark.usefixtures("tagged")
async def test_34_none_are_given_if_none_are_asked_for(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v2/a/tags/list?n=0")

    assert (200, []) == (answer.status_code, answer.json()["tags"])
    assert "link" not in answer.headers


@pytest.mark.usefixtures("tagged")
@pytest.mark.parametrize(("last", "rest"), [("a", TAGS[4:]), ("1.05", TAGS[1:]), ("b", [])])
async def test_35_what_follows_a_tag_is_listed(
    client: httpx.AsyncClient, last: str, rest: list[str]
) -> None:
    answer = await client.get("/v2/a/tags/list", params={"last": last})

    assert rest == answer.json()["tags"]


async def test_36_what_nothing_refers_to_has_an_empty_index(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"/v2/nobody/knows/referrers/{digest_of(SUBJECT)}")

    assert (200, OCI_INDEX) == (answer.status_code, answer.headers["content-type"])
    assert {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []} == answer.json()


async def test_36_a_digest_that_is_none_is_400(client: httpx.AsyncClient) -> None:
    assert 400 == (await client.get("/v2/a/referrers/sha256:12")).status_code


async def test_37_a_referrer_is_described_by_what_it_says(client: httpx.AsyncClient) -> None:
    notes = {"org.example": "yes"}
    typed = await attach(client, artifactType="a/signature", annotations=notes)
    untyped = await attach(client)
    index = await attach(client, index=True)

    answer = await client.get(REFERRERS)

    expected = [
        described(typed, OCI_MANIFEST) | {"artifactType": "a/signature", "annotations": notes},
        described(untyped, OCI_MANIFEST) | {"artifactType": OCI_CONFIG},
        described(index, OCI_INDEX),
    ]
    by_digest = {entry["digest"]: entry for entry in answer.json()["manifests"]}
    assert {entry["digest"]: entry for entry in expected} == by_digest


async def test_38_a_page_leads_to_the_next(client: httpx.AsyncClient) -> None:
    pushed = [await attach(client, annotations={"n": str(number)}) for number in range(3)]
    url, pages = f"{REFERRERS}?n=2", []
    while url:
        answer = await client.get(url)
        pages.append([entry["digest"] for entry in answer.json()["manifests"]])
        link = answer.headers.get("link", "")
        url = link[1 : link.index(">")] if link else ""

    assert sorted(map(digest_of, pushed)) == [digest for page in pages for digest in page]
    assert 2 == len(pages[0])


async def test_39_a_filter_is_applied_and_told(client: httpx.AsyncClient) -> None:
    wanted = await attach(client, artifactType="a/sbom")
    await attach(client, artifactType="a/signature")

    answer = await client.get(REFERRERS, params={"artifactType": "a/sbom"})

    assert "artifactType" == answer.headers["oci-filters-applied"]
    assert [digest_of(wanted)] == [entry["digest"] for entry in answer.json()["manifests"]]


async def test_40_what_a_client_listed_under_a_tag_is_listed(
    client: httpx.AsyncClient, driver: StorageDriver
) -> None:
    manifest = await attach(client)
    subject = Digest.parse(digest_of(SUBJECT))
    # As a registry leaves it that knows no referrers.
    await driver.delete(layout.referrers("a", subject))
    assert [] == (await client.get(REFERRERS)).json()["manifests"]
    index = {
        "schemaVersion": 2,
        "mediaType": OCI_INDEX,
        "manifests": [described(manifest, OCI_MANIFEST)],
    }
    await client.put(
        f"/v2/a/manifests/{str(subject).replace(':', '-')}",
        content=json.dumps(index),
        headers={"content-type": OCI_INDEX},
    )

    answer = await client.get(REFERRERS)

    assert [digest_of(manifest)] == [entry["digest"] for entry in answer.json()["manifests"]]
