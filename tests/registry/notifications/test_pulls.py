"""Pulls wait in memory, and no more of them than may be."""

import pytest

from storagedriver.errors import StorageUnavailableError
from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver
from tests.registry.notifications.instances import Clock, Instance, entry
from tests.registry.store.spying import SpyingDriver


def pull(name: str) -> str:
    return entry(name)[1:-1]


async def test_pulls_are_queued_together_but_not_without_bound(
    driver: StorageDriver, clock: Clock
) -> None:
    one = Instance(driver, clock, "a")
    names = [str(number) for number in range(300)]
    for name in names:
        one.pulls.add(pull(name))
    await one.round()

    (queue,) = one.queues
    assert names == one.sent["a"]
    assert 2 == queue.last


@pytest.mark.parametrize("size", [10, 10_000])
async def test_beyond_a_number_or_a_size_the_newest_are_lost_and_counted(
    driver: StorageDriver,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
    size: int,
) -> None:
    one = Instance(driver, clock, "a")
    rest = "x" * (size - len(pull("0000")))
    for number in range(5000):
        one.pulls.add(pull(f"{number:04d}{rest}"))
    await one.round()

    kept = min(4096, 4 * 2**20 // max(size, len(pull("0000"))))
    sent = [name[:4] for name in one.sent["a"]]
    assert [f"{number:04d}" for number in range(kept)] == sent
    assert f"more came than can be kept: {5000 - kept}" in caplog.text


async def test_what_the_storage_does_not_take_waits(driver: StorageDriver, clock: Clock) -> None:
    async def fail(_: str) -> None:
        raise StorageUnavailableError("down")

    spy = SpyingDriver(driver, before=fail)
    one = Instance(spy, clock, "a")
    one.pulls.add(pull("1"))
    with pytest.raises(StorageUnavailableError):
        await one.keeper.round()
    one.pulls.add(pull("2"))
    spy.before = spy.after
    await one.round()

    assert ["1", "2"] == one.sent["a"]


async def test_what_a_full_storage_has_no_space_for_is_lost(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_driver("memory", max_bytes=2000) as driver:
        one = Instance(driver, clock, "a")
        for number in range(3):
            one.pulls.add(pull(str(number) + 1000 * "x"))
            await one.keeper.round()
        await one.round()

    assert ["0"] == [name[0] for name in one.sent["a"]]
    assert 2 == caplog.text.count("more came than can be kept: 1")
