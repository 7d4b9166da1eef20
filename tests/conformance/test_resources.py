"""What is counted as left behind: what stays, not what takes its time to end."""

import asyncio
import gc
import threading
import weakref
from collections.abc import Callable

from storagedriver_conformance import prop, resources
from storagedriver_conformance.context import Context
from storagedriver_conformance.runner import check_now
from storagedriver_conformance.zoo.reference import Reference
from tests.conformance.toys import target

PATIENCE = 60


def ending_after(asked: int) -> Callable[[], int]:
    """Count one thing, until it was asked for so often."""
    left = asked

    def count() -> int:
        nonlocal left
        left -= 1
        return int(left > 0)

    return count


async def test_what_ends_late_has_settled() -> None:
    assert 0 == await resources.settled(ending_after(200), 0)


async def test_what_stays_is_told_after_a_while() -> None:
    assert 3 == await resources.settled(lambda: 3, 2, rounds=5)


async def test_what_may_stay_is_not_waited_for() -> None:
    asked: list[int] = []

    def count() -> int:
        asked.append(1)
        return 2

    assert 2 == await resources.settled(count, 2)
    assert len(asked) <= 2


async def test_a_thread_that_is_ending_gets_its_turn() -> None:
    before, let_go = resources.threads(), threading.Event()
    thread = threading.Thread(target=let_go.wait, args=[PATIENCE], name="ending")
    thread.start()

    assert ["ending"] == [one.partition(" (")[0] for one in resources.threads() - before]
    let_go.set()
    assert 0 == await resources.settled(lambda: len(resources.threads() - before), 0)


async def test_a_task_is_told_by_what_it_runs() -> None:
    before, let_go = resources.tasks(), asyncio.Event()

    async def stays() -> None:
        await let_go.wait()

    task = asyncio.create_task(stays())
    (told,) = resources.tasks() - before
    let_go.set()
    await task

    assert told.endswith("stays")
    assert before == resources.tasks()


class Held:
    """What can be in a cycle, and be seen to go."""

    cycle: "Held"


def test_of_all_that_a_process_holds_only_what_a_property_made_is_collected() -> None:
    held, seen, made = Held(), [], []

    @prop("toy.cycle", "It leaves a cycle.")
    async def leaves_a_cycle(ctx: Context) -> None:
        seen.append(any(one is held for one in gc.get_objects()))
        cycle = Held()
        cycle.cycle = cycle
        made.append(weakref.ref(cycle))

    report = check_now(target(Reference), properties=[leaves_a_cycle])

    assert report.conforms
    assert {False} == {*seen}
    assert {None} == {one() for one in made}
    assert any(one is held for one in gc.get_objects())


class Loop:
    """Garbage that only a collection finds."""

    def __init__(self) -> None:
        self.itself = self


def test_a_block_within_another_sets_nothing_aside_that_the_outer_one_has_made() -> None:
    with resources.young_garbage():
        made = weakref.ref(Loop())
        with resources.young_garbage():
            gc.collect()
            assert made() is None
