"""So many calls run at a time, and nobody who holds a file waits for themselves."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from storagedriver.factory import open_driver
from storagedriver.middleware.limit import LimitedDriver
from storagedriver.protocol import StorageDriver
from tests.registry.store.spying import SpyingDriver
from tests.waiting import turns


@pytest.fixture
async def driver() -> AsyncIterator[StorageDriver]:
    async with open_driver("memory") as opened:
        await opened.put_content("/a/b", b"content")
        yield opened


async def test_no_more_calls_run_at_a_time_than_are_allowed(driver: StorageDriver) -> None:
    running, gate = [], asyncio.Event()

    async def wait(call: str) -> None:
        running.append(call)
        await gate.wait()

    limited = LimitedDriver(SpyingDriver(driver, before=wait), 2)
    calls = [
        limited.get_content("/a/b"),
        limited.put_content("/c", b""),
        limited.stat("/a"),
        limited.move("/c", "/d"),
        limited.delete("/d"),
    ]
    tasks = [asyncio.ensure_future(call) for call in calls]
    await turns(20)

    assert ["get_content /a/b", "put_content /c"] == running
    gate.set()
    await asyncio.gather(*tasks)
    assert len(calls) == len(running)


async def test_whoever_holds_a_file_open_can_make_other_calls(driver: StorageDriver) -> None:
    limited = LimitedDriver(driver, 1)

    async with limited.reader("/a/b") as reader, await limited.writer("/copy") as writer:
        async for chunk in reader:
            await writer.write(chunk)
            async for entry in limited.walk("/a"):
                assert await limited.stat(entry.path)
        await writer.commit()

    assert b"content" == await limited.get_content("/copy")


async def test_a_cancelled_call_gives_its_turn_to_the_next(driver: StorageDriver) -> None:
    waiting = asyncio.Event()

    async def wait(call: str) -> None:
        if call == "get_content /a/b":
            waiting.set()
            await asyncio.Event().wait()

    limited = LimitedDriver(SpyingDriver(driver, before=wait), 1)
    stuck = asyncio.ensure_future(limited.get_content("/a/b"))
    await waiting.wait()
    stuck.cancel()

    assert "/a" == (await limited.stat("/a")).path
