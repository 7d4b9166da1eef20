"""Queues in storage: their order, who delivers them, and what becomes of those of the dead."""

import asyncio

import pytest

from storagedriver.errors import StorageUnavailableError
from storagedriver.protocol import StorageDriver
from storagedriver.registry.notifications.queue import ROOT
from tests.registry.notifications.instances import (
    LEASE,
    Clock,
    Instance,
    Unconditional,
    entry,
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


async def test_how_far_each_endpoint_was_is_known_after_a_crash(
    driver: StorageDriver, clock: Clock
) -> None:
    dead = Instance(driver, clock, "a", "b")
    await dead.push("1", "2")
    await dead.round("a")
    await dead.keeper.round()

    other = Instance(driver, clock, "a", "b")
    await other.round()
    clock.seconds += LEASE
    await other.round()

    assert {"a": [], "b": ["1", "2"]} == other.sent


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


async def test_what_a_registry_gave_up_the_next_one_delivers_at_once_before_its_own(
    driver: StorageDriver, clock: Clock
) -> None:
    one = Instance(driver, clock, "a", "b")
    await one.push("1", "2")
    await one.keeper.release()

    other = Instance(driver, clock, "a", "b")
    await other.push("3")
    await other.round()

    assert {"a": ["1", "2", "3"], "b": ["1", "2", "3"]} == other.sent


async def test_a_registry_that_gave_up_with_nothing_left_leaves_nothing(
    driver: StorageDriver, clock: Clock
) -> None:
    one = Instance(driver, clock, "a")
    await one.push("1")
    await one.round()
    await one.keeper.release()

    assert [] == await tree(driver)


async def test_a_dead_registrys_queue_is_taken_over_after_its_lease_and_before_the_own(
    driver: StorageDriver, clock: Clock
) -> None:
    dead = Instance(driver, clock, "a")
    await dead.push("1", "2")
    other = Instance(driver, clock, "a")
    await other.push("3")
    await other.round()
    clock.seconds += LEASE - 1
    await other.round()
    assert {"a": []} == other.sent

    clock.seconds += 1
    await other.round()

    assert {"a": ["1", "2", "3"]} == other.sent
    await other.round()
    await other.keeper.release()
    assert [] == await tree(driver)


async def test_a_queue_that_was_taken_over_goes_entry_by_entry_and_then_as_a_whole(
    driver: StorageDriver, clock: Clock
) -> None:
    dead, one = Instance(driver, clock, "a"), Instance(driver, clock, "a")
    await dead.push("1", "2")
    await one.keeper.round()
    clock.seconds += LEASE
    await one.keeper.round()
    await one.step("a")
    await one.keeper.round()
    assert ["0000000000000002"] == await entries(driver)

    await one.step("a")
    await one.keeper.round()

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


async def test_a_living_registrys_queue_is_left_alone_and_holds_nothing_back(
    driver: StorageDriver, clock: Clock
) -> None:
    one, other = Instance(driver, clock, "a"), Instance(driver, clock, "a")
    await one.push("1")
    await other.push("2")
    for _ in range(10):
        await other.round()
        clock.seconds += LEASE / 2
        await one.keeper.round()

    assert {"a": ["2"]} == other.sent
    await one.round()
    assert {"a": ["1"]} == one.sent


async def test_of_several_one_takes_a_queue_over(driver: StorageDriver, clock: Clock) -> None:
    dead = Instance(driver, clock, "a")
    await dead.push("1")
    others = [Instance(driver, clock, "a") for _ in range(5)]
    await asyncio.gather(*(other.round() for other in others))
    clock.seconds += LEASE
    for _ in range(2):
        await asyncio.gather(*(other.round() for other in others))

    assert ["1"] == [event for other in others for event in other.sent["a"]]


@pytest.mark.parametrize("around", [SpyingDriver, Unconditional])
async def test_who_was_thought_dead_goes_on_in_a_new_queue_and_loses_nothing(
    driver: StorageDriver, clock: Clock, around: type[SpyingDriver]
) -> None:
    driver = around(driver)
    one, other = Instance(driver, clock, "a"), Instance(driver, clock, "a")
    await one.push("1")
    await one.keeper.round()
    await other.round()
    clock.seconds += LEASE
    await other.round()
    assert ["1"] == other.sent["a"]

    await one.push("2")
    await one.round()

    assert ["2"] == one.sent["a"]
    assert 2 == len({path.split("/")[3] for path in await tree(driver)})


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


async def test_entries_that_nobody_owns_are_delivered_to_all(
    driver: StorageDriver, clock: Clock
) -> None:
    await driver.put_content(f"{ROOT}/x/entries/0000000000000007", entry("7").encode())
    one = Instance(driver, clock, "a", "b")
    await one.round()
    clock.seconds += LEASE
    await one.round()

    assert {"a": ["7"], "b": ["7"]} == one.sent


async def test_endpoints_that_are_new_begin_with_what_is_new_and_others_are_forgotten(
    driver: StorageDriver, clock: Clock
) -> None:
    one = Instance(driver, clock, "kept", "removed")
    await one.push("1")
    await one.keeper.release()

    other = Instance(driver, clock, "kept", "added")
    await other.push("2")
    await other.round()
    await other.round()
    await other.keeper.release()

    assert {"kept": ["1", "2"], "added": ["2"]} == other.sent
    assert [] == await tree(driver)


async def entries(driver: StorageDriver) -> list[str]:
    return [path.rpartition("/")[2] for path in await tree(driver) if "/entries/" in path]
