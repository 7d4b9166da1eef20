import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from storagedriver.factory import open_driver
from storagedriver.registry.health.checks import Health
from storagedriver.registry.health.probes import health_of
from storagedriver.registry.health.settings import (
    AddressCheck,
    FileCheck,
    HealthSettings,
    UrlCheck,
)
from tests.registry.api.wire import until

SOON = 0.01


@asynccontextmanager
async def watched(settings: HealthSettings) -> AsyncIterator[Health]:
    async with open_driver("memory") as driver:
        health = health_of(driver, settings)
        async with health.watched():
            yield health


@asynccontextmanager
async def answering(status: int) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server that takes any request, and gives its port and the heads of requests."""
    heads: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.read(2**16)
        if head:
            heads.append(head)
            writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n".encode())
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], heads


async def is_failing(health: Health) -> bool:
    return bool(health.failing)


async def is_well(health: Health) -> bool:
    return not health.failing


async def test_storage_that_answers_is_well_also_when_it_is_empty() -> None:
    async with watched(HealthSettings(storage=True, interval=SOON)) as health:
        await asyncio.sleep(5 * SOON)

        assert {} == health.failing
        assert health.has_checks


async def test_a_file_takes_the_registry_out_of_service_while_it_is_there(tmp_path: Path) -> None:
    file = tmp_path / "out"
    file.touch()
    settings = HealthSettings(files=(FileCheck(path=str(file), interval=SOON),))
    async with watched(settings) as health:
        await until(lambda: is_failing(health))
        assert {str(file): "the file is there"} == health.failing

        file.unlink()

        await until(lambda: is_well(health))


@pytest.mark.parametrize(("status", "wanted"), [(200, 200), (503, 503), (200, 204), (503, 200)])
async def test_a_url_has_to_answer_with_its_status(status: int, wanted: int) -> None:
    async with answering(status) as (port, heads):
        url = f"http://127.0.0.1:{port}/ok"
        check = UrlCheck(url=url, status=wanted, headers=(("X-Key", "k"),), interval=SOON)
        async with watched(HealthSettings(urls=(check,))) as health:
            if status == wanted:
                await until(lambda: _seen(heads, 2))
                assert {} == health.failing
            else:
                await until(lambda: is_failing(health))
                assert f"its status is {status}, not {wanted}" == health.failing[url]

    assert heads[0].startswith(b"HEAD /ok HTTP/1.1\r\n")
    assert b"\r\nx-key: k\r\n" in heads[0].lower()


async def test_an_address_has_to_take_connections() -> None:
    async with answering(200) as (port, _):
        check = AddressCheck(host="127.0.0.1", port=port, interval=SOON, threshold=2)
        settings = HealthSettings(addresses=(check,))
        async with watched(settings) as health:
            await asyncio.sleep(5 * SOON)
            assert {} == health.failing
    async with watched(settings) as health:
        await until(lambda: is_failing(health))

        assert [f"127.0.0.1:{port}"] == list(health.failing)


async def _seen(heads: list[bytes], count: int) -> bool:
    return len(heads) >= count
