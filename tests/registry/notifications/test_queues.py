"""Queues in storage: their order, what an entry costs, and whose they are."""

import asyncio

import pytest

from storagedriver.errors import StorageUnavailableError
from storagedriver.protocol import StorageDriver
from tests.registry.notifications.instances import (
    LEASE,
    Clock,
    Instance,
    Unconditional,
    entries,
    tree,
)
from tests.registry.store.spying import SpyingDriver


async def test_each_endpoint_gets_each_entry_once_and_in_order(
    driver: StorageDriver, clock: Clock
) -> None:
    one = Instance(driver, clock, "a", "b")
    await one.push("1", "2")
    await one.round()
    await one.push("3")
    await one.round()

    assert {"a": ["1", "2", "3"], "b": ["1", "2", "3"]} == one.sent


async def test_a_change_costs_one_put_whatever_the_endpoints(
    driver: StorageDriver, clock: Clock
) -> None:
    spy = SpyingDriver(driver)
    one = Instance(spy, clock, "a", "b", "c")
    await one.push("1")
    spy.calls.clear()

    await one.push("2")

    (call,) = spy.calls
    assert call.startswith("put_content /storagedriver/events/")
    assert call.endswith("/entries/0000000000000002")


async def test_an_entry_goes_when_all_endpoints_have_passed_it(
    driver: StorageDriver, clock: Clock
) -> None:
    one = Instance(driver, clock, "a", "b")
    await one.push("1", "2")
    await one.round("a")
    await one.round("a")
    assert ["0000000000000001", "0000000000000002"] == await entries(driver)

    await one.round("b")
    await one.keeper.round()

    assert [] == await entries(driver)


async def test_an_entry_that_is_being_written_holds_back_those_after_it(
    driver: StorageDriver, clock: Clock
) -> None:
    written = asyncio.Event()

    async def wait_for_the_first(call: str) -> None:
        if call.startswith("put_content ") and call.endswith("1"):
            await written.wait()

    spy = SpyingDriver(driver, before=wait_for_the_first)
    one = Instance(spy, clock, "a")
    first = asyncio.create_task(one.push("1"))
    while not any("entries" in call for call in spy.calls):  # noqa: ASYNC110 - nothing tells
        await asyncio.sleep(0)
    await one.push("2")
    await one.round()
    assert {"a": []} == one.sent

    written.set()
    await first
    await one.round()

    assert {"a": ["1", "2"]} == one.sent


async def test_what_was_not_written_is_a_gap_that_is_passed(
    driver: StorageDriver, clock: Clock
) -> None:
    async def fail_the_first(call: str) -> None:
        if call.startswith("put_content ") and call.endswith("1"):
            raise StorageUnavailableError("down")

    one = Instance(SpyingDriver(driver, before=fail_the_first), clock, "a")
    with pytest.raises(StorageUnavailableError):
        await one.push("1")
    await one.push("2")
    await one.round()

    assert {"a": ["2"]} == one.sent


async def test_a_registry_that_gave_up_with_nothing_left_leaves_nothing(
    driver: StorageDriver, clock: Clock
) -> None:
    one = Instance(driver, clock, "a")
    await one.push("1")
    await one.round()
    await one.keeper.release()

    assert [] == await tree(driver)


async def test_who_waits_for_an_entry_is_woken_by_each_also_by_one_that_failed(
    driver: StorageDriver, clock: Clock
) -> None:
    async def fail(_: str) -> None:
        raise StorageUnavailableError("down")

    spy = SpyingDriver(driver)
    one = Instance(spy, clock, "a")
    async with asyncio.TaskGroup() as group:
        group.create_task(one.queues.bell.wait())
        await asyncio.sleep(0)
        await one.push("1")
    async with asyncio.TaskGroup() as group:
        group.create_task(one.queues.bell.wait())
        await asyncio.sleep(0)
        spy.before = fail
        with pytest.raises(StorageUnavailableError):
            await one.push("2")


async def test_a_queue_that_is_being_made_is_not_taken_for_one_of_the_dead(
    driver: StorageDriver, clock: Clock
) -> None:
    async def look_around(call: str) -> None:
        if call.startswith("put_content ") and call.endswith("/owner"):
            spy.after = spy.before
            await one.queues.look_around()

    spy = SpyingDriver(driver)
    one = Instance(spy, clock, "a")
    spy.after = look_around
    await one.push("1")

    assert 1 == len([*one.queues])
    await one.round()
    assert ["1"] == one.sent["a"]


async def test_what_failed_to_be_made_and_was_after_all_goes_at_once(
    driver: StorageDriver, clock: Clock
) -> None:
    async def lose_the_answer(call: str) -> None:
        if call.startswith("put_content ") and call.endswith("/owner"):
            spy.after = spy.before
            raise StorageUnavailableError("no answer")

    spy = SpyingDriver(driver)
    one = Instance(spy, clock, "a")
    spy.after = lose_the_answer
    with pytest.raises(StorageUnavailableError):
        await one.push("1")
    await one.push("2")
    for _ in range(2):
        await one.round()

    assert ["2"] == one.sent["a"]
    assert 1 == len({path.split("/")[3] for path in await tree(driver)})


@pytest.mark.parametrize("around", [SpyingDriver, Unconditional])
async def test_who_slept_asks_whether_the_queue_is_still_its_own_and_goes_on(
    driver: StorageDriver, clock: Clock, around: type[SpyingDriver]
) -> None:
    driver = around(driver)
    one = Instance(driver, clock, "a")
    await one.push("1")
    clock.seconds += 10 * LEASE
    await one.push("2")
    await one.round()

    assert ["1", "2"] == one.sent["a"]
    assert 1 == len({path.split("/")[3] for path in await tree(driver)})


async def test_a_renewal_whose_answer_was_lost_loses_no_queue(
    driver: StorageDriver, clock: Clock
) -> None:
    async def lose_the_answer(call: str) -> None:
        if call.startswith("put_content ") and call.endswith("/owner"):
            spy.after = spy.before
            raise StorageUnavailableError("no answer")

    spy = SpyingDriver(driver)
    one = Instance(spy, clock, "a")
    await one.push("1")
    before = [*one.queues]
    clock.seconds += LEASE / 2
    spy.after = lose_the_answer
    with pytest.raises(StorageUnavailableError):
        await one.keeper.round()

    await one.push("2")
    await one.round()

    assert ["1", "2"] == one.sent["a"]
    assert before == [*one.queues]
