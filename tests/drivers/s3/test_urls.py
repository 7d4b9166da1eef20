import asyncio
import urllib.error
import urllib.request

import pytest

from tests.drivers.s3.conftest import Open
from tests.drivers.s3.marks import on_weed
from tests.s3servers import S3Server


async def fetched(url: str, method: str = "GET", **headers: str) -> tuple[int, bytes]:
    request = urllib.request.Request(url, method=method, headers=headers)

    def fetch() -> tuple[int, bytes]:
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, b""

    return await asyncio.to_thread(fetch)


async def test_get_and_head_have_urls_and_nothing_else_has(opened: Open) -> None:
    async with opened() as driver:
        await driver.put_content("/d/file", b"content")
        get = await driver.redirect_url("/d/file")
        head = await driver.redirect_url("/d/file", method="HEAD")
        assert await driver.redirect_url("/d/file", method="PUT") is None

    assert get is not None
    assert head is not None
    assert (200, b"content") == await fetched(get)
    assert (206, b"nte") == await fetched(get, Range="bytes=2-4")
    assert (200, b"") == await fetched(head, method="HEAD")


@on_weed
async def test_a_url_is_for_its_file_and_its_method_alone(opened: Open) -> None:
    async with opened() as driver:
        await driver.put_content("/d/file", b"content")
        await driver.put_content("/d/fila", b"other")
        url = await driver.redirect_url("/d/file")
    assert url is not None

    assert 403 == (await fetched(url.replace("/d/file", "/d/fila")))[0]
    assert 403 == (await fetched(url, method="HEAD"))[0]


@pytest.mark.parametrize("endpoint", ["https://cdn.example.com", "http://127.0.0.1:1"])
async def test_urls_lead_to_the_endpoint_that_clients_can_reach(
    opened: Open, server: S3Server, root: str, endpoint: str
) -> None:
    async with opened(redirectendpoint=endpoint) as driver:
        await driver.put_content("/d/file", b"content")
        url = await driver.redirect_url("/d/file")
        key = driver.unguarded.object_key("/d/file")

    assert f"{root}/d/file" == key
    assert url is not None
    assert url.startswith(f"{endpoint}/{server.bucket}/{root}/d/file?")
