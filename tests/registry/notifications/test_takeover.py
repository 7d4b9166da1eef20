"""What becomes of the queues of registries that ended, died, or were thought dead."""

import asyncio

import pytest

from storagedriver.protocol import StorageDriver
from storagedriver.registry.notifications.queue import ROOT
from tests.registry.notifications.instances import (
    LEASE,
    Clock,
    Instance,
    Unconditional,
    entries,
    entry,
    tree,
)
from tests.registry.store.spying import SpyingDriver


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


async def test_an_entry_that_comes_while_its_queue_is_given_up_goes_into_another(
    driver: StorageDriver, clock: Clock
) -> None:
    async def give_up(call: str) -> None:
        if call.startswith("put_content ") and call.endswith("2"):
            spy.before = spy.after
            await one.keeper.release()
            await other.round()

    spy = SpyingDriver(driver)
    one, other = Instance(spy, clock, "a"), Instance(driver, clock, "a")
    await one.push("1")
    spy.before = give_up
    await one.push("2")
    await one.keeper.release()
    clock.seconds += LEASE
    await other.round()

    assert ["1", "2"] == other.sent["a"]


async def test_where_no_endpoint_is_known_any_more_all_is_forgotten(
    driver: StorageDriver, clock: Clock
) -> None:
    one = Instance(driver, clock, "removed")
    await one.push("1", "2")
    await one.keeper.release()
    other = Instance(driver, clock, "added")
    for _ in range(3):
        await other.round()
        clock.seconds += LEASE

    assert ([], []) == (other.sent["added"], await tree(driver))


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


async def test_who_renews_its_queue_holds_back_another_no_longer_than_to_its_renewal(
    driver: StorageDriver, clock: Clock
) -> None:
    alive, one = Instance(driver, clock, "a"), Instance(driver, clock, "a")
    await alive.push("1")
    await one.push("2")
    await one.round()
    clock.seconds += LEASE / 3
    await alive.keeper.round()
    await one.round()

    assert ["2"] == one.sent["a"]


async def test_a_queue_that_another_was_faster_to_take_holds_back_nothing(
    driver: StorageDriver, clock: Clock
) -> None:
    async def take(call: str) -> None:
        if call.startswith("put_content ") and call.endswith("/owner"):
            spy.before = spy.after
            await other.round()

    left = Instance(driver, clock, "a")
    await left.push("1")
    await left.keeper.release()
    spy = SpyingDriver(driver)
    one, other = Instance(spy, clock, "a"), Instance(driver, clock, "a")
    spy.before = take
    await one.keeper.round()

    assert ["1"] == other.sent["a"]
    assert one.queues.is_settled


async def test_what_all_had_passed_when_a_registry_died_goes_too(
    driver: StorageDriver, clock: Clock
) -> None:
    dead = Instance(driver, clock, "a", "b")
    await dead.push("1", "2", "3")
    await dead.round("a")
    await dead.step("b")
    await dead.step("b")
    (queue,) = dead.queues
    await queue.renew(released=True)

    one = Instance(driver, clock, "a", "b")
    for _ in range(2):
        await one.round()

    assert {"a": [], "b": ["3"]} == one.sent
    assert [] == await tree(driver)


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
