import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from storagedriver.drivers.filesystem.locks import Locks
from storagedriver.errors import PathNotFoundError, PreconditionFailedError
from storagedriver.protocol import StorageDriver

Change = Callable[[StorageDriver], Awaitable[object]]

# Long enough for a change that does not wait; one that does is never done, however long it takes.
A_WHILE = 0.2


async def write(driver: StorageDriver) -> None:
    async with await driver.writer("/written"):
        pass


async def resume(driver: StorageDriver) -> None:
    async with await driver.writer("/kept", append=True):
        pass


CHANGES: list[tuple[str, Change]] = [
    ("/new", lambda driver: driver.put_content("/new", b"content")),
    ("/old", lambda driver: driver.delete("/old")),
    ("/old", lambda driver: driver.move("/old", "/moved")),
    ("/moved", lambda driver: driver.move("/old", "/moved")),
    ("/written", write),
    ("/kept", resume),
    ("/d/below", lambda driver: driver.delete("/d")),
]


@pytest.fixture
def locks(driver: StorageDriver, root: Path) -> Locks:
    """The same locks, as another process has them."""
    return Locks(str(root / "~/locks"), step=1)


@pytest.mark.parametrize(("path", "change"), CHANGES)
async def test_a_change_waits_for_whoever_holds_its_path(
    driver: StorageDriver, locks: Locks, path: str, change: Change
) -> None:
    await driver.put_content("/old", b"content")
    await driver.put_content("/d/below", b"content")
    async with await driver.writer("/kept"):
        pass

    with locks.hold(path):
        task = asyncio.ensure_future(change(driver))
        done, _ = await asyncio.wait([task], timeout=A_WHILE)
        assert not done

    await task


async def test_a_condition_is_asked_while_the_path_is_held(
    driver: StorageDriver, locks: Locks, root: Path
) -> None:
    version = (await driver.put_content("/a", b"old")).version

    with locks.hold("/a"):
        task = asyncio.create_task(driver.put_content("/a", b"new", if_match=version))
        await asyncio.wait([task], timeout=A_WHILE)
        (root / "a").write_bytes(b"what the holder wrote")

    with pytest.raises(PreconditionFailedError):
        await task
    assert b"what the holder wrote" == await driver.get_content("/a")


async def test_moves_to_and_fro_do_not_wait_for_each_other_for_ever(
    driver: StorageDriver, second: StorageDriver
) -> None:
    async def move(by: StorageDriver, source: str, destination: str) -> None:
        for _ in range(100):
            with suppress(PathNotFoundError):
                await by.move(source, destination)

    await driver.put_content("/a", b"content")

    async with asyncio.timeout(60):
        await asyncio.gather(move(driver, "/a", "/b"), move(second, "/b", "/a"))

    assert 1 == len([info async for info in driver.list("/")])


def test_paths_that_share_a_lock_are_held_together(locks: Locks) -> None:
    # More paths than there are locks.
    with locks.hold(*(f"/{number}" for number in range(1000))):
        pass


async def test_a_commit_waits_for_whoever_holds_its_path(
    driver: StorageDriver, locks: Locks
) -> None:
    async with await driver.writer("/a") as writer:
        with locks.hold("/a"):
            task = asyncio.create_task(writer.commit())
            done, _ = await asyncio.wait([task], timeout=A_WHILE)
            assert not done

        await task
