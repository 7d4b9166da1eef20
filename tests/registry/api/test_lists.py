import httpx
import pytest

from storagedriver.protocol import StorageDriver
from storagedriver.registry.app import create_app
from storagedriver.registry.configuration.config import Config
from tests.registry.api.content import code_of, push_blob, push_image

TAGS = ["1.0", "1.1", "A", "a", "a-b", "b"]


async def _push_tags(client: httpx.AsyncClient, name: str = "a/b") -> None:
    for tag in reversed(TAGS):
        await push_image(client, name, tag)


async def _pages(client: httpx.AsyncClient, url: str, key: str) -> list[list[str]]:
    pages = []
    while True:
        answer = await client.get(url)
        assert 200 == answer.status_code
        pages.append(answer.json()[key])
        if "link" not in answer.headers:
            return pages
        link = answer.headers["link"]
        assert link.startswith("</v2/")
        assert link.endswith('>; rel="next"')
        url = link[1 : link.index(">")]


async def test_all_tags_are_listed_in_order(client: httpx.AsyncClient) -> None:
    await _push_tags(client)

    answer = await client.get("/v2/a/b/tags/list")

    assert {"name": "a/b", "tags": TAGS} == answer.json()
    assert "application/json" == answer.headers["content-type"]
    assert "link" not in answer.headers


@pytest.mark.parametrize("n", [1, 2, 3, 5, 6, 7, 1000])
async def test_pages_of_tags_give_each_once(client: httpx.AsyncClient, n: int) -> None:
    await _push_tags(client)

    pages = await _pages(client, f"/v2/a/b/tags/list?n={n}", "tags")

    assert [TAGS[start : start + n] for start in range(0, len(TAGS), n)] == pages


@pytest.mark.parametrize(
    ("last", "expected"),
    [("a", TAGS[4:]), ("1.05", TAGS[1:]), ("b", []), ("zzz", []), ("", TAGS)],
)
async def test_tags_after_the_last_are_listed(
    client: httpx.AsyncClient, last: str, expected: list[str]
) -> None:
    await _push_tags(client)

    answer = await client.get("/v2/a/b/tags/list", params={"last": last})

    assert expected == answer.json()["tags"]


@pytest.mark.parametrize("url", ["/v2/a/b/tags/list", "/v2/_catalog"])
async def test_a_page_of_none_has_no_next(client: httpx.AsyncClient, url: str) -> None:
    await push_image(client, "a/b", "v1")

    answer = await client.get(f"{url}?n=0")

    assert 200 == answer.status_code
    assert [] in answer.json().values()
    assert "link" not in answer.headers


@pytest.mark.parametrize("url", ["/v2/a/b/tags/list", "/v2/_catalog"])
@pytest.mark.parametrize("n", ["-1", "x", "", "1.5", "\u0661", "+1", "1 ", "0x1"])
async def test_a_page_size_that_is_no_number_is_400(
    client: httpx.AsyncClient, url: str, n: str
) -> None:
    await push_image(client, "a/b", "v1")

    answer = await client.get(url, params={"n": n})

    assert 400 == answer.status_code
    assert "UNSUPPORTED" == code_of(answer)


@pytest.mark.parametrize("url", ["/v2/a/b/tags/list", "/v2/_catalog"])
@pytest.mark.parametrize("n", ["1001", "9" * 30, "9" * 5000])
async def test_a_huge_page_size_gives_a_full_page(
    client: httpx.AsyncClient, url: str, n: str
) -> None:
    await push_image(client, "a/b", "v1")

    answer = await client.get(url, params={"n": n})

    assert 200 == answer.status_code
    assert [] not in answer.json().values()


@pytest.mark.parametrize(
    ("url", "code"), [("/v2/a/b/tags/list", "TAG_INVALID"), ("/v2/_catalog", "NAME_INVALID")]
)
@pytest.mark.parametrize("last", ["..", "a//b", "\x00", "a\nb", "\ud7ff", "A" * 300, "~"])
async def test_a_last_that_cannot_be_is_400(
    client: httpx.AsyncClient, url: str, code: str, last: str
) -> None:
    await push_image(client, "a/b", "v1")

    answer = await client.get(url, params={"last": last})

    assert 400 == answer.status_code
    assert code == code_of(answer)


async def test_a_repository_without_tags_has_an_empty_list(client: httpx.AsyncClient) -> None:
    await push_image(client, "a", "v1")
    await client.delete("/v2/a/manifests/v1")

    answer = await client.get("/v2/a/tags/list")

    assert {"name": "a", "tags": []} == answer.json()


async def test_an_absent_repository_has_no_list(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v2/a/tags/list")

    assert 404 == answer.status_code
    assert "NAME_UNKNOWN" == code_of(answer)


async def test_an_empty_registry_has_an_empty_catalog(client: httpx.AsyncClient) -> None:
    assert {"repositories": []} == (await client.get("/v2/_catalog")).json()


@pytest.mark.parametrize("n", [1, 2, 3, 4, 10])
async def test_pages_of_the_catalog_give_each_repository_once(
    client: httpx.AsyncClient, n: int
) -> None:
    names = ["a", "a/b", "a-b", "blobs/uploads"]
    for name in names:
        await push_blob(client, name, b"x")

    pages = await _pages(client, f"/v2/_catalog?n={n}", "repositories")

    assert names == [name for page in pages for name in page]
    assert max(map(len, pages)) <= n


@pytest.mark.parametrize("url", ["/v2/a/tags/list", "/v2/_catalog"])
async def test_a_head_says_what_a_get_would(client: httpx.AsyncClient, url: str) -> None:
    await push_image(client, "a", "v1")
    await push_image(client, "a", "v2")
    await push_image(client, "b", "v2")

    got = await client.get(url, params={"n": 1})
    head = await client.head(url, params={"n": 1})

    assert "link" in got.headers
    assert b"" == head.content
    assert sorted(got.headers.items()) == sorted(head.headers.items())


async def test_the_most_items_of_a_page_can_be_configured(driver: StorageDriver) -> None:
    transport = httpx.ASGITransport(create_app(driver, Config(catalog_page=2, tags_page=4)))
    async with httpx.AsyncClient(transport=transport, base_url="http://registry") as client:
        await _push_tags(client)
        for name in ("b", "c"):
            await push_blob(client, name, b"x")

        assert [TAGS[:4], TAGS[4:]] == await _pages(client, "/v2/a/b/tags/list", "tags")
        assert [["a/b", "b"], ["c"]] == await _pages(client, "/v2/_catalog?n=50", "repositories")
