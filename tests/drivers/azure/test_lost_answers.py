"""A server that is busy, or whose answers are lost: each change is made once, or not at all."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial

import pytest

from storagedriver.errors import PathNotFoundError, StorageUnavailableError
from storagedriver.protocol import StorageDriver
from tests.azureservers import AzureServer
from tests.drivers.azure.changes import BLOCK, CHANGES, IN_STEPS, OLD, Change, go_on, leave
from tests.drivers.azure.conftest import Container, Open
from tests.drivers.azure.requests import kind_of
from tests.spoilingproxy import Fault, Proxy, lost, refused, torn

pytestmark = pytest.mark.timeout(600)  # the first test of a machine installs Azurite

every_change = pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)


@asynccontextmanager
async def behind_a_proxy(
    opened: Open, server: AzureServer, **parameters: object
) -> AsyncIterator[tuple[StorageDriver, Proxy]]:
    host, _, account = server.url.rpartition("/")
    async with Proxy(host, kind_of=kind_of).serving() as proxy:
        given = {"chunksize": BLOCK, "probe": "off", "retryseconds": 300, **parameters}
        async with opened(serviceurl=f"{proxy.url}/{account}", **given) as driver:
            yield driver, proxy


async def files(driver: StorageDriver) -> dict[str, bytes]:
    infos = [info async for info in driver.walk("/")]
    return {info.path: await driver.get_content(info.path) for info in infos if not info.is_dir}


async def begun_anew(driver: StorageDriver, proxy: Proxy, change: Change) -> None:
    """Have there what the change finds, and nothing else; count requests from here on."""
    proxy.watch()
    with suppress(PathNotFoundError):
        await driver.delete("/d")
    await driver.put_content("/d/f", OLD)
    if change is go_on:
        await leave(driver)
    proxy.watch()


@every_change
async def test_whichever_answer_is_lost_a_change_is_made_once(
    opened: Open, server: AzureServer, change: Change
) -> None:
    async with behind_a_proxy(opened, server) as (driver, proxy):
        await begun_anew(driver, proxy, change)
        await change(driver)
        for number in range(1, len(proxy.seen) + 1):
            await begun_anew(driver, proxy, change)
            proxy.watch(partial(lose_one, number))

            await change(driver)

            assert CHANGES[change] == await files(driver), f"request {number}"
            assert [] == [info async for info in driver.unfinished()], f"request {number}"


@pytest.mark.parametrize("change", IN_STEPS, ids=lambda change: change.__name__)
async def test_without_another_try_there_is_the_old_or_the_new_and_no_waste(
    opened: Open, server: AzureServer, container: Container, change: Change
) -> None:
    async with behind_a_proxy(opened, server, retries=0) as (driver, proxy):
        await begun_anew(driver, proxy, change)
        await change(driver)
        for number in range(1, len(proxy.seen) + 1):
            await begun_anew(driver, proxy, change)
            proxy.watch(partial(lose_one, number))

            with suppress(StorageUnavailableError):
                await change(driver)
            await all_sent()
            await proxy.settled()

            proxy.watch()
            found = await files(driver)
            for path in found:
                assert found[path] in {OLD, CHANGES[change].get(path)}, f"request {number}: {path}"
            assert found.keys() <= {"/d/f", *CHANGES[change]}, f"request {number}"
            assert found.keys() or not CHANGES[change], f"request {number}: all is lost"
            async for info in driver.unfinished():
                await driver.discard(info)
            assert [] == [info async for info in driver.unfinished()]
            assert sorted(path[1:] for path in found) == container.keys()
            assert [] == container.uncommitted()


async def all_sent() -> None:
    """Wait for the parts that a writer has begun to send."""
    sending = [task for task in asyncio.all_tasks() if "Parts._send" in repr(task.get_coro())]
    await asyncio.gather(*sending, return_exceptions=True)


def lose_one(number: int, place: int, _: str) -> Fault | None:
    return lost if place == number else None


@every_change
async def test_a_busy_server_is_asked_again(
    opened: Open, server: AzureServer, change: Change
) -> None:
    async with behind_a_proxy(opened, server) as (driver, proxy):
        await begun_anew(driver, proxy, change)
        refusals: dict[str, list[Fault]] = {}

        def twice_each(_: int, kind: str) -> Fault | None:
            left = refusals.setdefault(kind, [busy(503), busy(429)])
            return left.pop() if left else None

        proxy.watch(twice_each)

        await change(driver)

        proxy.watch()
        assert CHANGES[change] == await files(driver)


def busy(status: int, **headers: str) -> Fault:
    return refused(status, "ServerBusy", **{"x-ms-error-code": "ServerBusy", **headers})


async def test_a_server_is_given_the_time_that_it_asks_for(
    opened: Open, server: AzureServer
) -> None:
    async with behind_a_proxy(opened, server) as (driver, proxy):
        proxy.watch(lambda place, _: busy(503, **{"Retry-After": "1"}) if place == 1 else None)
        began = time.monotonic()
        await driver.put_content("/d/f", OLD)

        assert time.monotonic() - began >= 1
        assert OLD == await driver.get_content("/d/f")


async def test_a_server_that_asks_for_too_much_time_is_given_up_at_once(
    opened: Open, server: AzureServer
) -> None:
    async with behind_a_proxy(opened, server) as (driver, proxy):
        proxy.watch(lambda *_: busy(429, **{"Retry-After": "3600"}))
        with pytest.raises(StorageUnavailableError) as raised:
            await driver.put_content("/d/f", OLD)

        assert 3600 == raised.value.retry_after
        assert ["PUT"] == proxy.seen


async def test_a_file_whose_answer_breaks_off_is_read_whole_or_not(
    opened: Open, server: AzureServer
) -> None:
    whole = bytes(range(256)) * 4096
    async with behind_a_proxy(opened, server) as (driver, proxy):
        await driver.put_content("/d/f", whole)
        proxy.watch(lambda place, _: torn if place == 1 else None)
        assert whole == await driver.get_content("/d/f")

        proxy.watch(lambda place, kind: torn if place == 1 and kind == "GET" else None)
        read = bytearray()
        with suppress(StorageUnavailableError):
            async with driver.reader("/d/f") as reader:
                async for chunk in reader:
                    read += chunk
            assert len(whole) == len(read)
        assert read == whole[: len(read)]
