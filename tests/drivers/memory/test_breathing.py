"""However large a call is, other tasks run meanwhile."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from storagedriver.drivers.memory import MemoryDriver
from storagedriver.guard import guarded
from storagedriver.protocol import Content, StorageDriver

T = TypeVar("T")

MIB = 1 << 20
MANY = 2000


@pytest.fixture
def driver() -> StorageDriver:
    return guarded(MemoryDriver())


async def turns_during(work: Coroutine[Any, Any, object]) -> int:
    """How often another task gets its turn while the work runs."""
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    await asyncio.sleep(0)
    before = turns
    await work
    counting.cancel()
    return turns - before


async def plant(driver: StorageDriver) -> None:
    for number in range(MANY):
        await driver.put_content(f"/d/{number % 3}/{number}", b"x")


async def test_a_large_copy_in(driver: StorageDriver) -> None:
    assert await turns_during(driver.put_content("/file", bytearray(32 * MIB))) >= 16


async def test_a_large_copy_out(driver: StorageDriver) -> None:
    await driver.put_content("/file", bytearray(32 * MIB))

    assert await turns_during(driver.get_content("/file")) >= 16


@pytest.mark.parametrize("content", [bytes(32 * MIB), bytearray(32 * MIB)], ids=["one", "many"])
async def test_reading_to_the_end(driver: StorageDriver, content: Content) -> None:
    await driver.put_content("/file", content)

    async def read() -> None:
        async with driver.reader("/file") as reader:
            async for piece in reader:
                assert len(piece) <= MIB

    assert await turns_during(read()) >= 16


async def test_writing_a_large_chunk(driver: StorageDriver) -> None:
    writer = await driver.writer("/file")

    assert await turns_during(writer.write(bytearray(32 * MIB))) >= 16


async def test_a_long_listing(driver: StorageDriver) -> None:
    await plant(driver)

    async def walk() -> None:
        assert MANY + 4 == len([info async for info in driver.walk("/")])

    async def children() -> None:
        assert MANY // 3 <= len([info async for info in driver.list("/d/1")])

    assert await turns_during(walk()) >= MANY // 300
    assert await turns_during(children()) >= MANY // 3 // 300


async def test_a_long_delete_is_one_step_for_all_others(driver: StorageDriver) -> None:
    await plant(driver)

    async def delete() -> None:
        deleting = asyncio.create_task(driver.delete("/d"))
        await asyncio.sleep(0)
        assert not deleting.done()
        assert [] == [info async for info in driver.walk("/")]
        await driver.put_content("/d/new", b"new")
        await deleting

    assert await turns_during(delete()) >= MANY // 300
    assert b"new" == await driver.get_content("/d/new")


async def test_a_long_delete_that_is_cancelled_still_gives_all_its_space_back() -> None:
    driver = guarded(MemoryDriver(max_bytes=MANY))
    await plant(driver)

    deleting = asyncio.create_task(driver.delete("/d"))
    await asyncio.sleep(0)
    deleting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await deleting

    await driver.put_content("/file", bytes(MANY))
