"""An endpoint that fails gets everything later; one that fails for too long loses the oldest."""

import logging

import pytest

from storagedriver.errors import StorageUnavailableError
from storagedriver.protocol import StorageDriver
from storagedriver.registry.notifications.delivery import Outcome
from storagedriver.registry.notifications.queue import ROOT
from tests.registry.notifications.instances import (
    REFUSED,
    TAKEN,
    UNREACHED,
    Clock,
    Instance,
    entry,
    tree,
)
from tests.registry.store.spying import SpyingDriver


async def test_what_an_endpoint_refuses_is_sent_again_until_it_is_taken_in_order(
    driver: StorageDriver, clock: Clock
) -> None:
    outcomes = [REFUSED, UNREACHED, Outcome(302), TAKEN, REFUSED, TAKEN, TAKEN]
    one = Instance(driver, clock, "a", answer=lambda: outcomes.pop(0))
    await one.push("1", "2", "3")
    await one.round()

    counts = one.counts["a"]
    assert ["1", "2", "3"] == one.sent["a"]
    assert (3, 3, 1) == (counts.delivered, counts.failures, counts.errors)
    assert {500: 2, 302: 1, 200: 3} == counts.statuses
    assert [] == one.slept


async def test_after_so_many_failures_in_a_row_there_is_a_wait_before_each_other_try(
    driver: StorageDriver, clock: Clock
) -> None:
    outcomes = [*[REFUSED] * 4, TAKEN, *[REFUSED] * 2, TAKEN]
    one = Instance(driver, clock, "a", threshold=3, answer=lambda: outcomes.pop(0))
    await one.push("1", "2")
    await one.round()

    assert ["1", "2"] == one.sent["a"]
    assert [0.75, 0.75] == one.slept, "a second, less or more by chance up to the half of it"


async def test_failures_are_logged_once_and_their_end(
    driver: StorageDriver, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "storagedriver.registry.notifications.delivery")
    outcomes = [*[REFUSED] * 20, TAKEN]
    one = Instance(driver, clock, "a", answer=lambda: outcomes.pop(0))
    await one.push("1")
    await one.round()

    expected = [
        "the endpoint a takes no events, which are kept and sent again: it answers 500",
        "the endpoint a takes events again",
    ]
    assert expected == caplog.messages


async def test_an_endpoint_is_not_sent_what_it_ignores(driver: StorageDriver, clock: Clock) -> None:
    one = Instance(driver, clock, "a", ignored_types=("a/manifest",))
    await one.push("1")
    await one.round()
    await one.round()

    assert ([], 0) == (one.sent["a"], one.counts["a"].delivered)
    assert not [path for path in await tree(driver) if "/entries/" in path]


async def test_beyond_the_most_that_is_kept_the_oldest_are_dropped_and_counted(
    driver: StorageDriver, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    one = Instance(driver, clock, "dead", "alive", most=3)
    await one.push(*"123456789")
    await one.round("alive")
    await one.push("10", "11")
    await one.round("alive")
    assert 3 == len([path for path in await tree(driver) if "/entries/" in path])

    await one.round("dead")

    assert ["9", "10", "11"] == one.sent["dead"]
    assert 8 == one.counts["dead"].dead
    assert "6 events are dropped: the endpoint dead has more than 3 entries to take" in caplog.text


async def test_what_is_dropped_while_it_is_sent_is_not_sent_again(
    driver: StorageDriver, clock: Clock
) -> None:
    one = Instance(driver, clock, "a", threshold=1)
    await one.push("1", "2", "3")
    await one.keeper.round()
    (queue,) = one.queues

    def refuse_and_drop() -> Outcome:
        queue.advance("a", 2)
        one.answer = lambda: TAKEN
        return REFUSED

    one.answer = refuse_and_drop
    while await one.step("a"):
        pass

    assert ["3"] == one.sent["a"]


async def test_an_entry_that_holds_no_events_is_passed_over(
    driver: StorageDriver, clock: Clock
) -> None:
    one = Instance(driver, clock, "a")
    for content in ("", "{", "{}", "[1]", '[{"action": "push"}]', "null"):
        await one.queues.append(content.encode())
    await one.push("1")
    await one.round()

    assert ["1"] == one.sent["a"]


async def test_what_storage_does_not_give_is_asked_for_again(
    driver: StorageDriver, clock: Clock
) -> None:
    async def fail_once(call: str) -> None:
        if call.startswith("get_content"):
            spy.before = spy.after
            raise StorageUnavailableError("down")

    spy = SpyingDriver(driver)
    one = Instance(spy, clock, "a")
    await one.push("1", "2")
    await one.keeper.round()
    spy.before = fail_once
    with pytest.raises(StorageUnavailableError):
        await one.step("a")
    await one.round()

    assert ["1", "2"] == one.sent["a"]


async def test_an_entry_of_another_version_is_no_reason_to_stop(
    driver: StorageDriver, clock: Clock
) -> None:
    await driver.put_content(f"{ROOT}/x/entries/notes", b"")
    await driver.put_content(f"{ROOT}/x/entries/0000000000000001", entry("1").encode())
    await driver.put_content(f"{ROOT}/x/owner", b'{"owner": "x", "cursors": 5}')
    one = Instance(driver, clock, "a")
    await one.round()
    clock.seconds += 100
    await one.round()

    assert ["1"] == one.sent["a"]
