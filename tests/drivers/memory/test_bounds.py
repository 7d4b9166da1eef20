"""`max_bytes`: what goes over it is refused, and what is given up can be used again."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from storagedriver.errors import PathNotFoundError, StorageFullError
from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver

BOUND = 1000


@pytest.fixture
async def bounded() -> AsyncIterator[StorageDriver]:
    async with open_driver("memory", max_bytes=BOUND) as driver:
        yield driver


async def free(driver: StorageDriver) -> int:
    """How many bytes one more file may have."""
    fits, too_large = 0, BOUND + 1
    while too_large - fits > 1:
        size = (fits + too_large) // 2
        try:
            await driver.put_content("/probe", bytes(size))
        except StorageFullError:
            too_large = size
        else:
            fits = size
            await driver.delete("/probe")
    return fits


async def test_a_file_may_fill_the_bound_exactly(bounded: StorageDriver) -> None:
    await bounded.put_content("/file", bytes(BOUND))

    assert bytes(BOUND) == await bounded.get_content("/file")
    assert 0 == await free(bounded)
    await bounded.put_content("/empty", b"")


async def test_a_put_over_the_bound_leaves_everything_as_it_was(bounded: StorageDriver) -> None:
    before = await bounded.put_content("/file", bytes(600))

    for path, size in (("/file", BOUND + 1), ("/other", 401), ("/new/place", 401)):
        with pytest.raises(StorageFullError) as caught:
            await bounded.put_content(path, bytes(size))
        assert ("memory", path) == (caught.value.driver, caught.value.path)

    assert [before] == [info async for info in bounded.walk("/")]
    assert 400 == await free(bounded)


async def test_a_replaced_file_counts_no_more(bounded: StorageDriver) -> None:
    await bounded.put_content("/file", bytes(900))
    await bounded.put_content("/file", bytes(BOUND))
    await bounded.put_content("/file", bytes(100))

    assert 900 == await free(bounded)


async def test_unfinished_writers_count_too(bounded: StorageDriver) -> None:
    async with await bounded.writer("/file") as writer:
        await writer.write(bytes(300))
        await writer.write(bytes(300))

    assert 400 == await free(bounded)


async def test_a_write_over_the_bound_leaves_the_writer_as_it_was(
    bounded: StorageDriver,
) -> None:
    async with await bounded.writer("/file") as writer:
        await writer.write(b"x" * 600)
        with pytest.raises(StorageFullError):
            await writer.write(bytes(401))
        assert 600 == writer.size
        await writer.write(b"y" * 400)
        await writer.commit()

    assert b"x" * 600 + b"y" * 400 == await bounded.get_content("/file")


async def test_a_commit_needs_no_room_beyond_what_was_written(bounded: StorageDriver) -> None:
    await bounded.put_content("/file", bytes(500))
    async with await bounded.writer("/file") as writer:
        await writer.write(bytes(500))
        await writer.commit()

    assert 500 == await free(bounded)


async def dropped(driver: StorageDriver) -> None:
    with pytest.raises(PathNotFoundError):
        await driver.delete("/draft")


async def discarded(driver: StorageDriver) -> None:
    async for record in driver.unfinished():
        await driver.discard(record)


async def cancelled(driver: StorageDriver) -> None:
    await (await driver.writer("/draft", append=True)).cancel()


async def begun_anew(driver: StorageDriver) -> None:
    await driver.writer("/draft")


WAYS: dict[str, tuple[int, Callable[[StorageDriver], Awaitable[object]]]] = {
    "delete": (400, lambda driver: driver.delete("/d/a")),
    "delete of a tree": (500, lambda driver: driver.delete("/d")),
    "move onto": (300, lambda driver: driver.move("/d/a", "/d/b")),
    "move onto itself": (200, lambda driver: driver.move("/d/a", "/d/a")),
    "move away": (200, lambda driver: driver.move("/d/a", "/e")),
    "dropped": (500, dropped),
    "discarded": (500, discarded),
    "cancelled": (500, cancelled),
    "begun anew": (500, begun_anew),
}


@pytest.mark.parametrize(("expected", "way"), WAYS.values(), ids=WAYS)
async def test_what_is_given_up_can_be_used_again(
    bounded: StorageDriver, expected: int, way: Callable[[StorageDriver], Awaitable[object]]
) -> None:
    await bounded.put_content("/d/a", bytes(200))
    await bounded.put_content("/d/b", bytes(100))
    await bounded.put_content("/f", bytes(200))
    async with await bounded.writer("/draft") as writer:
        await writer.write(bytes(300))
    assert 200 == await free(bounded)

    await way(bounded)

    assert expected == await free(bounded)


async def test_a_resumed_writer_is_counted_once(bounded: StorageDriver) -> None:
    async with await bounded.writer("/file") as writer:
        await writer.write(bytes(300))
    async with await bounded.writer("/file", append=True) as writer:
        await writer.write(bytes(300))

    assert 400 == await free(bounded)
