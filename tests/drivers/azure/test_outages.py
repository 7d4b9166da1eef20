"""A server that is killed or stopped: the driver says so, in time, and can be closed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress

import pytest

from storagedriver.errors import StorageUnavailableError
from storagedriver.protocol import StorageDriver
from tests.azureservers import AzureServer
from tests.drivers.azure.changes import BLOCK, NEW, OLD, create, delete, move, put
from tests.drivers.azure.conftest import Open

pytestmark = pytest.mark.timeout(600)  # the first test of a machine installs Azurite


async def test_a_server_that_is_killed_is_told_and_the_driver_closes(
    mortal: AzureServer, opened: Open
) -> None:
    async with AsyncExitStack() as stack:
        parameters = {**mortal.parameters(), "retries": 1, "chunksize": BLOCK}
        driver = await stack.enter_async_context(opened(**parameters))
        await driver.put_content("/d/f", OLD)
        writer = await driver.writer("/d/new")
        await writer.write(NEW)

        mortal.kill()

        for change in (put, create, move, delete):
            with pytest.raises(StorageUnavailableError):
                await change(driver)
        with pytest.raises(StorageUnavailableError):
            await driver.get_content("/d/f")
        with pytest.raises(StorageUnavailableError):
            await writer.commit()


async def test_a_server_that_is_killed_in_the_middle_of_an_answer_is_told(
    mortal: AzureServer, opened: Open
) -> None:
    async with opened(**{**mortal.parameters(), "retries": 1}) as driver:
        await driver.put_content("/d/f", bytes(40 << 20))
        async with driver.reader("/d/f") as reader:
            chunks = aiter(reader)
            assert await anext(chunks)
            mortal.kill()
            with pytest.raises(StorageUnavailableError):
                await rest_of(chunks)


async def rest_of(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


async def test_a_server_that_stops_answering_is_given_up_in_time(
    mortal: AzureServer, opened: Open
) -> None:
    parameters = mortal.parameters()
    async with opened(**parameters) as patient, AsyncExitStack() as stack:
        await patient.put_content("/d/f", OLD)
        driver = await impatient(opened, parameters, stack)
        mortal.pause()
        try:
            for change in (put, move):
                with pytest.raises(StorageUnavailableError):
                    await change(driver)
            with pytest.raises(StorageUnavailableError):
                await driver.get_content("/d/f")
        finally:
            mortal.go_on()
        # What was asked for may still be done, now or later.
        assert await patient.get_content("/d/f") in {OLD, NEW}


async def impatient(
    opened: Open, parameters: dict[str, object], stack: AsyncExitStack
) -> StorageDriver:
    """Open a driver that soon gives up; on a busy machine it may do that before it is open."""
    for _ in range(100):
        with suppress(StorageUnavailableError):
            soon = {"readtimeout": 1, "retries": 1, "retryseconds": 2, "probe": "off"}
            return await stack.enter_async_context(opened(**{**parameters, **soon}))
        await asyncio.sleep(0)
    raise AssertionError("the server never answers within a second")
