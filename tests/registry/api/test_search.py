"""The search of Docker's first registries, and which extensions there are."""

import httpx
import pytest

from storagedriver.protocol import StorageDriver
from storagedriver.registry.app import create_app
from storagedriver.registry.store import catalog
from tests.registry.api.content import code_of, push_blob
from tests.registry.store.spying import SpyingDriver

NAMES = ["app", "team/app", "team/app-db", "team/web"]


async def _push_all(client: httpx.AsyncClient) -> None:
    for name in NAMES:
        await push_blob(client, name, b"x")


async def _found(client: httpx.AsyncClient, **parameters: object) -> list[str]:
    answer = await client.get("/v1/search", params=parameters)
    assert 200 == answer.status_code
    body = answer.json()
    assert len(body["results"]) == body["num_results"]
    return [result["name"] for result in body["results"]]


async def test_a_ping_is_answered_as_by_a_registry_without_an_index(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/v1/_ping")

    assert 200 == answer.status_code
    assert "true" == answer.headers["x-docker-registry-standalone"]
    assert {"standalone": True} == answer.json()


async def test_a_result_has_all_that_clients_read(client: httpx.AsyncClient) -> None:
    await push_blob(client, "team/app", b"x")

    answer = await client.get("/v1/search", params={"q": "app", "n": 5})

    assert "application/json" == answer.headers["content-type"]
    assert {
        "query": "app",
        "page": 1,
        "page_size": 5,
        "num_results": 1,
        "results": [
            {
                "name": "team/app",
                "description": "",
                "star_count": 0,
                "is_official": False,
                "is_automated": False,
            }
        ],
    } == answer.json()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("app", NAMES[:3]),
        ("APP-", ["team/app-db"]),
        ("m/w", ["team/web"]),
        ("", NAMES),
        ("nothing", []),
        ("a.p", []),
        ("\x00", []),
    ],
)
async def test_what_has_the_text_in_its_name_is_found(
    client: httpx.AsyncClient, query: str, expected: list[str]
) -> None:
    await _push_all(client)

    assert expected == await _found(client, q=query)


async def test_folders_that_are_no_repositories_are_not_found(client: httpx.AsyncClient) -> None:
    await push_blob(client, "team/app", b"x")

    assert ["team/app"] == await _found(client, q="team")


async def test_pages_give_each_result_once(client: httpx.AsyncClient) -> None:
    await _push_all(client)

    pages = [await _found(client, q="app", n=2, page=page) for page in (1, 2, 3)]

    assert [NAMES[:2], NAMES[2:3], []] == pages


@pytest.mark.parametrize("n", ["101", "9" * 30])
async def test_a_huge_page_is_one_of_100(client: httpx.AsyncClient, n: str) -> None:
    assert 100 == (await client.get("/v1/search", params={"n": n})).json()["page_size"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("n", "x"), ("n", "-1"), ("page", "0"), ("page", "x"), ("page", "1001"), ("page", "\u0661")],
)
async def test_numbers_that_are_none_are_400(
    client: httpx.AsyncClient, name: str, value: str
) -> None:
    answer = await client.get("/v1/search", params={name: value})

    assert 400 == answer.status_code
    assert "UNSUPPORTED" == code_of(answer)


async def test_a_search_that_would_cost_too_much_is_refused(
    driver: StorageDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog, "LOOKED_AT", 5)  # app, team and what is below it
    spying = SpyingDriver(driver)
    transport = httpx.ASGITransport(create_app(spying))
    async with httpx.AsyncClient(transport=transport, base_url="http://registry") as client:
        await _push_all(client)
        assert NAMES == await _found(client, q="")
        await push_blob(client, "zoo", b"x")
        spying.calls.clear()

        answer = await client.get("/v1/search", params={"q": "zoo"})

    assert 404 == answer.status_code
    assert "read the catalog" in answer.json()["errors"][0]["message"]
    assert 7 == len(spying.calls)  # listings: of the root, the five, and the one that is too many


async def test_extensions_are_told(client: httpx.AsyncClient) -> None:
    await push_blob(client, "team/app", b"x")

    everywhere = (await client.get("/v2/_oci/ext/discover")).json()["extensions"]
    here = (await client.get("/v2/team/app/_oci/ext/discover")).json()["extensions"]

    assert ["_oci", "_catalog"] == [each["name"] for each in everywhere]
    assert ["_oci"] == [each["name"] for each in here]
    for each in everywhere:
        assert each["url"].startswith("https://")
        for endpoint in each["endpoints"]:
            assert 200 == (await client.get(f"/v2/{endpoint}")).status_code


@pytest.mark.parametrize(("name", "status"), [("team/app", 404), ("team", 404), ("Team", 400)])
async def test_what_is_not_there_has_no_extensions(
    client: httpx.AsyncClient, name: str, status: int
) -> None:
    assert status == (await client.get(f"/v2/{name}/_oci/ext/discover")).status_code
