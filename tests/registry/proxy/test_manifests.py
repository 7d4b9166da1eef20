import asyncio

import httpx
import pytest

from storagedriver.protocol import StorageDriver
from storagedriver.registry.proxy import upstream as mirrored
from storagedriver.registry.proxy.settings import Proxy
from storagedriver.registry.store import layout
from storagedriver.registry.store.digests import Digest
from tests.registry.api.content import (
    OCI_MANIFEST,
    code_of,
    digest_of,
    push_image,
    tree_of,
)
from tests.registry.proxy.conftest import client_of, mirror_of
from tests.registry.proxy.upstreams import HOST, Answer, Upstream
from tests.waiting import turns

MANIFEST = "/v2/some/image/manifests/v1"
LISTING = "/v2/some/image/tags/list"


def answering(status: int, **headers: str) -> Answer:
    return lambda _: httpx.Response(status, headers=headers)


async def test_a_tag_is_fetched_once_and_then_only_asked_after(
    origin: httpx.AsyncClient, upstream: Upstream, client: httpx.AsyncClient
) -> None:
    manifest = await push_image(origin, "some/image", "v1")

    answers = [await client.get(MANIFEST) for _ in range(3)]

    assert [manifest] * 3 == [answer.content for answer in answers]
    assert {OCI_MANIFEST} == {answer.headers["content-type"] for answer in answers}
    assert [f"GET {MANIFEST}", f"HEAD {MANIFEST}", f"HEAD {MANIFEST}"] == upstream.asked()


@pytest.mark.parametrize("kind", ["tag", "digest"])
async def test_a_manifest_that_many_ask_for_at_once_is_asked_for_once(
    origin: httpx.AsyncClient, upstream: Upstream, client: httpx.AsyncClient, kind: str
) -> None:
    manifest = await push_image(origin, "some/image", "v1")
    path = MANIFEST if kind == "tag" else f"/v2/some/image/manifests/{digest_of(manifest)}"

    upstream.answers_now.clear()

    asking = [asyncio.create_task(client.get(path)) for _ in range(10)]
    await turns(50)
    upstream.answers_now.set()
    answers = await asyncio.gather(*asking)

    assert [manifest] * 10 == [answer.content for answer in answers]
    assert [f"GET {path}"] == upstream.asked()


async def test_the_head_of_a_tag_tells_what_its_get_gives(
    origin: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    manifest = await push_image(origin, "some/image", "v1")

    answer = await client.head(MANIFEST)

    assert 200 == answer.status_code
    assert digest_of(manifest) == answer.headers["docker-content-digest"]
    assert str(len(manifest)) == answer.headers["content-length"]


async def test_a_tag_that_moved_is_followed(
    origin: httpx.AsyncClient, upstream: Upstream, client: httpx.AsyncClient
) -> None:
    await push_image(origin, "some/image", "v1")
    await client.get(MANIFEST)
    newer = await push_image(origin, "some/image", "v1", config=b'{"newer": true}')

    assert newer == (await client.get(MANIFEST)).content
    upstream.failure = httpx.ConnectError("down")
    assert newer == (await client.get(MANIFEST)).content


async def test_a_registry_that_hides_digests_from_a_head_is_asked_on_a_condition(
    origin: httpx.AsyncClient, upstream: Upstream, client: httpx.AsyncClient
) -> None:
    manifest = await push_image(origin, "some/image", "v1")
    await client.get(MANIFEST)
    upstream.answers = [
        lambda request: httpx.Response(405) if request.method == "HEAD" else None,
    ]

    answer = await client.get(MANIFEST)

    assert manifest == answer.content
    assert f'"{digest_of(manifest)}"' == upstream.requests[-1].headers["if-none-match"]


@pytest.mark.parametrize("status", [0, 429, 500, 503])
async def test_a_kept_tag_is_given_while_upstream_does_not_answer(
    origin: httpx.AsyncClient, upstream: Upstream, client: httpx.AsyncClient, status: int
) -> None:
    manifest = await push_image(origin, "some/image", "v1")
    await client.get(MANIFEST)
    upstream.answers = [answering(status)]
    upstream.failure = None if status else httpx.ConnectError("down")

    answer = await client.get(MANIFEST)

    assert (200, manifest) == (answer.status_code, answer.content)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("status", [0, 429, 500])
@pytest.mark.parametrize(
    "path",
    ["manifests/v1", f"manifests/{digest_of(b'x')}", f"blobs/{digest_of(b'x')}", "tags/list"],
)
async def test_what_may_exist_is_not_said_to_be_missing(
    upstream: Upstream, client: httpx.AsyncClient, path: str, status: int, method: str
) -> None:
    upstream.answers = [answering(status, **{"retry-after": "7"})]
    upstream.failure = None if status else httpx.ConnectError("down")

    answer = await client.request(method, f"/v2/some/image/{path}")

    assert 503 == answer.status_code
    assert ("7" if status else "5") == answer.headers["retry-after"]
    assert method == "HEAD" or code_of(answer) == "UNAVAILABLE"


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("path", ["manifests/v1", f"blobs/{digest_of(b'x')}", "tags/list"])
async def test_a_mirror_that_is_refused_says_so(
    upstream: Upstream, client: httpx.AsyncClient, path: str, status: int
) -> None:
    upstream.answers = [answering(status)]

    answer = await client.get(f"/v2/some/image/{path}")

    assert (502, "DENIED") == (answer.status_code, code_of(answer))


async def test_a_tag_that_is_denied_is_not_given_from_storage(
    origin: httpx.AsyncClient, upstream: Upstream, client: httpx.AsyncClient
) -> None:
    await push_image(origin, "some/image", "v1")
    await client.get(MANIFEST)
    upstream.answers = [answering(403)]

    answer = await client.get(MANIFEST)

    assert (502, "DENIED") == (answer.status_code, code_of(answer))


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("manifests/v2", "MANIFEST_UNKNOWN"),
        (f"manifests/{digest_of(b'x')}", "MANIFEST_UNKNOWN"),
        (f"blobs/{digest_of(b'x')}", "BLOB_UNKNOWN"),
    ],
)
async def test_what_upstream_lacks_is_unknown(
    origin: httpx.AsyncClient, client: httpx.AsyncClient, path: str, code: str
) -> None:
    await push_image(origin, "some/image", "v1")

    answer = await client.get(f"/v2/some/image/{path}")

    assert (404, code) == (answer.status_code, code_of(answer))


async def test_a_tag_that_was_deleted_upstream_is_unknown(
    origin: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    await push_image(origin, "some/image", "v1")
    await client.get(MANIFEST)
    await origin.delete(MANIFEST)

    answer = await client.get(MANIFEST)

    assert (404, "MANIFEST_UNKNOWN") == (answer.status_code, code_of(answer))


async def test_a_manifest_is_asked_for_by_digest_once(
    origin: httpx.AsyncClient, upstream: Upstream, client: httpx.AsyncClient
) -> None:
    manifest = await push_image(origin, "some/image", "v1")
    path = f"/v2/some/image/manifests/{digest_of(manifest)}"

    answers = [await client.get(path) for _ in range(2)]

    assert [manifest] * 2 == [answer.content for answer in answers]
    assert [f"GET {path}"] == upstream.asked()


@pytest.mark.parametrize("reference", ["v1", digest_of(b"x")])
async def test_a_manifest_with_another_digest_is_neither_given_nor_kept(
    upstream: Upstream, client: httpx.AsyncClient, driver: StorageDriver, reference: str
) -> None:
    headers = {"docker-content-digest": digest_of(b"x"), "content-type": OCI_MANIFEST}
    upstream.answers = [lambda _: httpx.Response(200, headers=headers, content=b"{}")]

    answer = await client.get(f"/v2/some/image/manifests/{reference}")

    assert (502, "UNKNOWN") == (answer.status_code, code_of(answer))
    assert [] == await tree_of(driver)


async def test_a_manifest_that_is_too_large_is_not_taken_in(
    upstream: Upstream, client: httpx.AsyncClient, driver: StorageDriver
) -> None:
    content = b" " * (4 * 2**20 + 1)
    upstream.answers = [lambda _: httpx.Response(200, content=content)]

    answer = await client.get(MANIFEST)

    assert 502 == answer.status_code
    assert [] == await tree_of(driver)


async def test_a_kind_that_is_not_taken_here_is_passed_on_and_not_kept(
    upstream: Upstream, client: httpx.AsyncClient, driver: StorageDriver
) -> None:
    headers = {"content-type": "application/vnd.unheard.of+json; charset=utf-8"}
    upstream.answers = [lambda _: httpx.Response(200, headers=headers, content=b"{}")]

    answer = await client.get(MANIFEST)

    assert (200, b"{}") == (answer.status_code, answer.content)
    assert "application/vnd.unheard.of+json" == answer.headers["content-type"]
    assert [] == await tree_of(driver)


@pytest.mark.parametrize("media_type", ["text/html", "application/xhtml+xml", "\xff", ""])
async def test_what_says_that_it_is_no_json_is_passed_on_as_bytes(
    upstream: Upstream, client: httpx.AsyncClient, media_type: str
) -> None:
    headers = {b"content-type": media_type.encode("latin-1")}
    upstream.answers = [lambda _: httpx.Response(200, headers=headers, content=b"<script>")]

    answer = await client.get("/v2/some/image/manifests/v1")

    assert "application/octet-stream" == answer.headers["content-type"]
    assert "nosniff" == answer.headers["x-content-type-options"]


@pytest.mark.parametrize("spoilt", [b"{}", None])
async def test_a_manifest_that_storage_lost_is_fetched_again(
    origin: httpx.AsyncClient, upstream: Upstream, driver: StorageDriver, spoilt: bytes | None
) -> None:
    manifest = await push_image(origin, "some/image", "v1")
    async with mirror_of(upstream, driver) as app, client_of(app) as client:
        await client.get(MANIFEST)
    path = layout.blob(Digest.parse(digest_of(manifest)))
    if spoilt is None:
        await driver.delete(path)
    else:
        await driver.put_content(path, spoilt)

    async with mirror_of(upstream, driver) as app, client_of(app) as client:
        assert manifest == (await client.get(MANIFEST)).content

    upstream.failure = httpx.ConnectError("down")
    async with mirror_of(upstream, driver) as app, client_of(app) as client:
        assert manifest == (await client.get(MANIFEST)).content


async def test_all_tags_are_those_of_upstream_while_it_answers(
    origin: httpx.AsyncClient, upstream: Upstream, client: httpx.AsyncClient
) -> None:
    for tag in ("v1", "v2", "v3"):
        await push_image(origin, "some/image", tag)
    await client.get("/v2/some/image/manifests/v2")
    listing = "/v2/some/image/tags/list"

    page = await client.get(listing, params={"n": 2})
    rest = await client.get(page.links["next"]["url"])
    upstream.failure = httpx.ConnectError("down")
    kept = await client.get(listing)

    assert ["v1", "v2"] == page.json()["tags"]
    assert (["v3"], {}) == (rest.json()["tags"], rest.links)
    assert ["v2"] == kept.json()["tags"]


@pytest.mark.parametrize(
    "link",
    [
        f'<{LISTING}?next=x>; rel="next"',
        f"<{LISTING}?next=x> ;rel=next",
        '<list?next=x>;Rel="Next"',
        f'<https://{HOST}{LISTING}?next=x>; rel="next"',
    ],
)
async def test_a_list_of_tags_is_followed_over_pages_and_sorted(
    upstream: Upstream, client: httpx.AsyncClient, link: str
) -> None:
    pages = {b"n=1000": (["b", "no tag!"], link), b"next=x": (["c", "a"], "")}

    def page(request: httpx.Request) -> httpx.Response:
        tags, link = pages[request.url.query]
        return httpx.Response(200, json={"tags": tags}, headers={"link": link})

    upstream.answers = [page]

    answer = await client.get(LISTING)

    assert ["a", "b", "c"] == answer.json()["tags"]


def linked(link: str, *tags: str) -> Answer:
    """Return what answers all with the same page of tags, and a link."""
    return lambda _: httpx.Response(200, json={"tags": tags}, headers={"link": link})


@pytest.mark.parametrize(
    "target",
    [
        f"https://elsewhere.test{LISTING}?last=a",
        f"http://{HOST}{LISTING}?last=a",
        "/v2/other/image/tags/list?last=a",
        "/v2/some/image/../../other/tags/list",
        "https://host:port/",
    ],
)
async def test_a_list_of_tags_is_not_followed_elsewhere(
    upstream: Upstream, client: httpx.AsyncClient, target: str
) -> None:
    upstream.answers = [linked(f'<{target}>; rel="next"', "a")]

    answer = await client.get(LISTING)

    assert 502 == answer.status_code
    assert [f"GET {LISTING}"] == upstream.asked()


async def test_of_the_links_of_a_list_only_the_next_page_is_followed(
    upstream: Upstream, client: httpx.AsyncClient
) -> None:
    upstream.answers = [linked(f'<{LISTING}?before=a>; rel="prev"', "a")]

    answer = await client.get(LISTING)

    assert ["a"] == answer.json()["tags"]
    assert [f"GET {LISTING}"] == upstream.asked()


@pytest.mark.parametrize(("bound", "most"), [("MOST_PAGES", 3), ("LARGEST_LIST", 60)])
async def test_a_list_of_tags_without_an_end_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
    upstream: Upstream,
    client: httpx.AsyncClient,
    bound: str,
    most: int,
) -> None:
    monkeypatch.setattr(mirrored, bound, most)
    upstream.answers = [linked(f'<{LISTING}?n=1000>; rel="next"', "tag-of-14-bytes")]

    answer = await client.get(LISTING)

    assert 502 == answer.status_code
    assert [f"GET {LISTING}"] * 3 == upstream.asked()


@pytest.mark.parametrize("is_down", [False, True])
async def test_pages_of_tags_lead_on_within_the_mirror(
    origin: httpx.AsyncClient, upstream: Upstream, client: httpx.AsyncClient, *, is_down: bool
) -> None:
    for tag in ("v1", "v2", "v3", "v4"):
        await push_image(origin, "some/image", tag)
        await client.get(f"/v2/some/image/manifests/{tag}")
    upstream.failure = httpx.ConnectError("down") if is_down else None

    first, last, none = [
        await client.get(f"{LISTING}?{query}") for query in ("n=2", "n=2&last=v2", "n=0")
    ]

    assert f'<{LISTING}?n=2&last=v2>; rel="next"' == first.headers["link"]
    assert ["v1", "v2"] == first.json()["tags"]
    assert (["v3", "v4"], {}) == (last.json()["tags"], last.links)
    assert ([], {}) == (none.json()["tags"], none.links)


async def test_tags_of_a_repository_that_upstream_lacks_are_unknown(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/v2/some/image/tags/list")

    assert (404, "NAME_UNKNOWN") == (answer.status_code, code_of(answer))


async def test_the_catalog_has_what_is_kept(
    origin: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    for name in ("a", "b"):
        await push_image(origin, name, "v1")
    await client.get("/v2/b/manifests/v1")

    answer = await client.get("/v2/_catalog")

    assert ["b"] == answer.json()["repositories"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "blobs/uploads/"),
        ("PUT", "manifests/v1"),
        ("DELETE", "manifests/v1"),
        ("DELETE", f"blobs/{digest_of(b'x')}"),
    ],
)
async def test_a_mirror_is_not_pushed_to(
    client: httpx.AsyncClient, upstream: Upstream, method: str, path: str
) -> None:
    answer = await client.request(method, f"/v2/some/image/{path}", content=b"{}")

    assert (405, "UNSUPPORTED") == (answer.status_code, code_of(answer))
    assert "mirror" in answer.json()["errors"][0]["message"]
    assert [] == upstream.requests


async def test_a_path_before_the_api_is_kept(
    origin: httpx.AsyncClient, upstream: Upstream, driver: StorageDriver
) -> None:
    await push_image(origin, "some/image", "v1")
    upstream.answers = [lambda _: httpx.Response(404)]

    async with (
        mirror_of(upstream, driver, Proxy(url=f"https://{HOST}/some/path")) as app,
        client_of(app) as client,
    ):
        await client.get(MANIFEST)
        await client.get("/v2/some/image/tags/list")

    assert [f"GET /some/path{MANIFEST}", "GET /some/path/v2/some/image/tags/list"] == (
        upstream.asked()
    )
