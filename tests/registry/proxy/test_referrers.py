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
from tests.registry.proxy.upstreams import Upstream

SUBJECT = b"an image"
LISTING = f"/v2/some/image/referrers/{digest_of(SUBJECT)}"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"


async def push_referrer(origin: httpx.AsyncClient, kind: str) -> str:
    manifest = json.loads(manifest_of(b"{}", subject=SUBJECT)) | {"artifactType": kind}
    return await push(origin, json.dumps(manifest).encode())


async def push(origin: httpx.AsyncClient, content: bytes, tag: str = "") -> str:
    await push_blob(origin, "some/image", b"{}")
    digest = digest_of(content)
    media_type = json.loads(content)["mediaType"]
    path = f"/v2/some/image/manifests/{tag or digest}"
    answer = await origin.put(path, content=content, headers={"content-type": media_type})
    assert 201 == answer.status_code, answer.text
    return digest


def digests(answer: httpx.Response) -> list[str]:
    return [entry["digest"] for entry in answer.json()["manifests"]]


async def test_what_refers_to_an_image_is_what_upstream_says(
    origin: httpx.AsyncClient, upstream: Upstream, client: httpx.AsyncClient
) -> None:
    pushed = sorted([await push_referrer(origin, f"a/{number}") for number in range(3)])

    answer = await client.get(LISTING)

    assert (await origin.get(LISTING)).json() == answer.json()
    assert pushed == digests(answer)
    assert [f"GET {LISTING}"] == upstream.asked()


async def test_a_list_of_referrers_is_filtered_and_cut_into_pages(
    origin: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    pushed = sorted([await push_referrer(origin, f"a/{number}") for number in range(3)])

    filtered = await client.get(LISTING, params={"artifactType": "a/1"})
    page = await client.get(LISTING, params={"n": 2})
    rest = await client.get(page.links["next"]["url"])

    assert ["a/1"] == [entry["artifactType"] for entry in filtered.json()["manifests"]]
    assert (pushed[:2], pushed[2:]) == (digests(page), digests(rest))
    assert {} == rest.links


async def test_what_clients_list_under_a_tag_counts_where_upstream_has_no_such_lists(
    origin: httpx.AsyncClient, upstream: Upstream, client: httpx.AsyncClient
) -> None:
    digest = await push_referrer(origin, "a/signature")
    content = (await origin.get(f"/v2/some/image/manifests/{digest}")).content
    index = {"schemaVersion": 2, "mediaType": OCI_INDEX}
    index["manifests"] = [described(content, OCI_MANIFEST)]
    tag = digest_of(SUBJECT).replace(":", "-")
    await push(origin, json.dumps(index).encode(), tag)
    upstream.answers = [
        lambda request: httpx.Response(404) if "/referrers/" in request.url.path else None
    ]

    answer = await client.get(LISTING)

    assert [digest] == digests(answer)


async def test_the_referrers_that_are_kept_are_listed_while_upstream_does_not_answer(
    origin: httpx.AsyncClient, upstream: Upstream, client: httpx.AsyncClient
) -> None:
    kept, _ = [await push_referrer(origin, f"a/{number}") for number in range(2)]
    await client.get(f"/v2/some/image/manifests/{kept}")
    upstream.failure = httpx.ConnectError("down")

    answer = await client.get(LISTING)
    other = await client.get(f"/v2/some/image/referrers/{digest_of(b'other')}")

    assert [kept] == digests(answer)
    assert (503, "UNAVAILABLE") == (other.status_code, code_of(other))


@pytest.mark.parametrize("content", ["[]", "no json", '{"manifests": 1}'])
async def test_what_is_no_list_is_told_of(
    upstream: Upstream, client: httpx.AsyncClient, content: str
) -> None:
    upstream.answers = [lambda _: httpx.Response(200, text=content)]

    assert 502 == (await client.get(LISTING)).status_code


async def test_what_is_no_descriptor_is_left_out(
    upstream: Upstream, client: httpx.AsyncClient
) -> None:
    right = described(b"x", OCI_MANIFEST) | {"annotations": {"a": "b"}}
    wrong = [1, {}, right | {"digest": "x"}, right | {"size": "1"}, right | {"mediaType": None}]
    partly = right | {"annotations": {"a": "b", "c": 1}, "artifactType": 1}
    upstream.answers = [lambda _: httpx.Response(200, json={"manifests": [*wrong, partly]})]

    assert [right] == (await client.get(LISTING)).json()["manifests"]
