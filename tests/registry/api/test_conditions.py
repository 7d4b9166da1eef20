"""Pushes on a condition: two publishers do not overwrite each other's tag unawares."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from storagedriver.errors import CorruptContentError
from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver
from storagedriver.registry.app import create_app
from tests.registry.api.content import (
    OCI_MANIFEST,
    code_of,
    digest_of,
    manifest_of,
    push_blob,
    push_image,
    tree_of,
)
from tests.registry.api.test_abilities import Lacking
from tests.registry.store.spying import SpyingDriver

NEW = {"if-none-match": "*"}
CURRENT = "/docker/registry/v2/repositories/a/_manifests/tags/v1/current/link"


def client_of(driver: StorageDriver) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(create_app(driver))
    return httpx.AsyncClient(transport=transport, base_url="http://registry")


def config_of(number: int) -> bytes:
    return b'{"number": %d}' % number


async def put(
    client: httpx.AsyncClient, number: int, headers: dict[str, str], url: str = "v1"
) -> httpx.Response:
    """Push an image of this number, whose blobs are pushed too."""
    await push_blob(client, "a", config_of(number))
    return await client.put(
        f"/v2/a/manifests/{url}",
        content=manifest_of(config_of(number)),
        headers={"content-type": OCI_MANIFEST} | headers,
    )


def etag_of(number: int) -> str:
    return f'"{digest_of(manifest_of(config_of(number)))}"'


async def tagged(client: httpx.AsyncClient) -> str | None:
    answer = await client.head("/v2/a/manifests/v1")
    return answer.headers["etag"] if answer.status_code == 200 else None


async def test_a_tag_that_must_be_new_is_made_once(client: httpx.AsyncClient) -> None:
    first = await put(client, 1, NEW)
    second = await put(client, 2, NEW)

    assert 201 == first.status_code
    assert etag_of(1) == first.headers["etag"]
    assert (412, "DENIED") == (second.status_code, code_of(second))
    assert etag_of(1).strip('"') == second.json()["errors"][0]["detail"]["digest"]
    assert etag_of(1) == await tagged(client)


async def test_a_tag_is_replaced_by_who_knows_what_it_names(client: httpx.AsyncClient) -> None:
    await put(client, 1, {})

    second = await put(client, 2, {"if-match": etag_of(1)})
    third = await put(client, 3, {"if-match": etag_of(1)})

    assert (201, 412) == (second.status_code, third.status_code)
    assert etag_of(2) == await tagged(client)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"if-match": "*"}, 201),
        ({"if-match": f'"other", {etag_of(1)}'}, 201),
        ({"if-match": etag_of(1).strip('"')}, 201),
        ({"if-match": f"W/{etag_of(1)}"}, 412),
        ({"if-match": ""}, 412),
        ({"if-none-match": etag_of(2)}, 201),
        ({"if-none-match": etag_of(1)}, 412),
        ({"if-none-match": f"W/{etag_of(1)}"}, 412),
        ({"if-match": etag_of(1), "if-none-match": etag_of(2)}, 201),
        ({"if-match": etag_of(1), "if-none-match": "*"}, 412),
    ],
)
async def test_conditions_are_read_as_those_of_http(
    client: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    await put(client, 1, {})

    assert status == (await put(client, 9, headers)).status_code


async def test_conditions_in_several_headers_are_one_list(client: httpx.AsyncClient) -> None:
    await put(client, 1, {})
    await push_blob(client, "a", config_of(2))
    tags = [("if-none-match", '"other"'), ("if-none-match", etag_of(1))]

    answer = await client.put(
        "/v2/a/manifests/v1",
        content=manifest_of(config_of(2)),
        headers=[("content-type", OCI_MANIFEST), *tags],
    )

    assert 412 == answer.status_code


@pytest.mark.parametrize("condition", ["*", etag_of(1)])
async def test_what_is_not_there_matches_nothing(client: httpx.AsyncClient, condition: str) -> None:
    assert 412 == (await put(client, 1, {"if-match": condition})).status_code
    assert await tagged(client) is None


async def test_a_refused_push_stores_nothing(
    client: httpx.AsyncClient, driver: StorageDriver
) -> None:
    await put(client, 1, {})
    await push_blob(client, "a", config_of(2))
    before = await tree_of(driver)

    assert 412 == (await put(client, 2, NEW)).status_code
    assert before == await tree_of(driver)


@pytest.fixture
async def publishers(tmp_path: Path) -> AsyncIterator[list[httpx.AsyncClient]]:
    """Give clients of two registries over one folder."""
    async with AsyncExitStack() as stack:
        drivers = [
            await stack.enter_async_context(open_driver("filesystem", rootdirectory=tmp_path))
            for _ in range(2)
        ]
        yield [await stack.enter_async_context(client_of(driver)) for driver in drivers]


async def test_of_many_publishers_at_once_one_wins(publishers: list[httpx.AsyncClient]) -> None:
    numbers = range(8)

    answers = await asyncio.gather(*[put(publishers[each % 2], each, NEW) for each in numbers])

    statuses = [answer.status_code for answer in answers]
    assert [201] + 7 * [412] == sorted(statuses)
    assert etag_of(statuses.index(201)) == await tagged(publishers[0])


@pytest.mark.parametrize(("other", "status"), [(1, 201), (3, 412)])
async def test_a_tag_that_is_written_in_between_is_looked_at_again(
    driver: StorageDriver, other: int, status: int
) -> None:
    spying = SpyingDriver(driver)
    async with client_of(driver) as client, client_of(spying) as racing:
        await put(client, 1, {})

        async def overtake(call: str) -> None:
            if call == f"put_content {CURRENT}":
                spying.before = nothing
                await put(client, other, {})

        spying.before = overtake

        answer = await put(racing, 2, {"if-match": etag_of(1)})

        assert status == answer.status_code
        assert etag_of(2 if status == 201 else other) == await tagged(client)


async def nothing(_: str) -> None:
    pass


async def test_a_tag_that_leads_nowhere_is_as_good_as_none(
    client: httpx.AsyncClient, driver: StorageDriver
) -> None:
    await driver.put_content(CURRENT, digest_of(b"x").encode())

    assert 412 == (await put(client, 1, {"if-match": "*"})).status_code
    assert 201 == (await put(client, 1, NEW)).status_code


async def test_a_link_left_empty_by_a_power_cut_is_as_good_as_none(
    client: httpx.AsyncClient, driver: StorageDriver
) -> None:
    await driver.put_content(CURRENT, b"")

    assert 201 == (await put(client, 1, NEW)).status_code
    assert etag_of(1) == await tagged(client)


@pytest.mark.parametrize("url", [digest_of(manifest_of(config_of(1))), "v1?tag=v2"])
async def test_a_condition_is_on_one_tag(client: httpx.AsyncClient, url: str) -> None:
    answer = await put(client, 1, NEW, url)

    assert (400, "UNSUPPORTED") == (answer.status_code, code_of(answer))
    assert await tagged(client) is None


async def test_storage_without_conditions_refuses_them(driver: StorageDriver) -> None:
    async with client_of(Lacking(driver, "conditional_put")) as client:
        answer = await put(client, 1, NEW)

        assert (400, "UNSUPPORTED") == (answer.status_code, code_of(answer))
        assert "push without" in answer.json()["errors"][0]["message"]
        assert await push_image(client, "a", "v1")


async def test_a_link_that_holds_no_digest_is_told_and_kept(
    client: httpx.AsyncClient, driver: StorageDriver, caplog: pytest.LogCaptureFixture
) -> None:
    await driver.put_content(CURRENT, b"nonsense")

    answer = await put(client, 1, NEW)

    assert 500 == answer.status_code
    assert b"nonsense" == await driver.get_content(CURRENT)
    assert any(
        record.exc_info and record.exc_info[0] is CorruptContentError for record in caplog.records
    )
