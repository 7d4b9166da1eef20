"""Calls that take turns, in an order that is drawn."""

import asyncio
from contextlib import suppress
from itertools import combinations, product

import pytest

from storagedriver import PathNotFoundError
from storagedriver_conformance import Profile, Status, prop
from storagedriver_conformance.context import Context
from storagedriver_conformance.drawing import Replayed
from storagedriver_conformance.exploring import Exploration
from storagedriver_conformance.schedule import choices, interleaved
from storagedriver_conformance.zoo.reference import Reference
from tests.conformance.toys import target, tried

STEPS = 3


async def steps(name: str, log: list[str]) -> str:
    for _ in range(STEPS):
        log.append(name)
        await asyncio.sleep(0)
    return name


async def order(chosen: tuple[int, ...], names: str = "ab") -> str:
    log: list[str] = []
    await interleaved([steps(name, log) for name in names], chosen)
    return "".join(log)


async def test_the_choices_decide_the_order() -> None:
    chosen = (1, 0, 2, 1, 1, 0, 2, 0)

    assert await order(chosen, "abc") == await order(chosen, "abc")
    assert "aaabbb" == await order((0, 1, 1, 1, 1, 1))
    assert "bbbaaa" == await order((1, 1, 1, 1, 1, 1))


async def test_without_choices_each_goes_on_by_turns() -> None:
    assert "abcabcabc" == await order((), "abc")


async def test_every_order_can_be_chosen() -> None:
    merges = {
        "".join("a" if place in chosen else "b" for place in range(2 * STEPS))
        for chosen in combinations(range(2 * STEPS), STEPS)
    }

    assert merges == {await order(chosen) for chosen in product([0, 1], repeat=2 * STEPS + 1)}


async def test_results_come_in_the_order_of_the_calls() -> None:
    log: list[str] = []

    assert ["a", "b"] == await interleaved([steps("a", log), steps("b", log)], [1] * 20)


async def test_a_call_that_waits_for_another_holds_nobody_up() -> None:
    put = asyncio.Event()

    async def waits() -> str:
        await put.wait()
        return "waited"

    async def puts() -> None:
        await asyncio.sleep(0)
        put.set()

    async with asyncio.timeout(30):
        assert ["waited", None] == await interleaved([waits(), puts()], [])


class Revives(Reference):
    """A get writes back what it read, unless it sees shortly before that the file is gone."""

    async def get_content(self, path: str) -> bytes:
        content = await super().get_content(path)
        for _ in range(4):
            await asyncio.sleep(0)
        if path in self.disk.files:
            for _ in range(3):
                await asyncio.sleep(0)
            self.store(path, content)
        return content


@prop("toy.stays-deleted", "A deleted file stays deleted.")
async def stays_deleted(ctx: Context) -> None:
    async def gets() -> None:
        with suppress(PathNotFoundError):
            await ctx.driver.get_content("/file")

    await ctx.driver.put_content("/file", b"content")
    chosen = ctx.draw(choices())
    await interleaved([gets(), ctx.driver.delete("/file")], chosen)
    ctx.holds(not await ctx.exists("/file"), "a file came back")


def test_a_race_that_is_planted_is_found_and_comes_again_from_its_choices() -> None:
    tries = (tried(Revives, stays_deleted, seed=seed).results[0].finding for seed in range(1, 12))
    finding = next((found for found in tries if found is not None), None)

    assert finding is not None
    assert "a file came back" == finding.message
    again = Exploration(
        stays_deleted,
        target(Revives),
        Profile.named("quick"),
        seed=99,
        source=Replayed(list(finding.draws)),
    ).run()
    assert Status.FAILED is again.status
    assert again.finding is not None
    assert finding.steps == again.finding.steps


def test_nothing_is_found_where_there_is_no_race() -> None:
    assert tried(Reference, stays_deleted).conforms


async def fails() -> None:
    await asyncio.sleep(0)
    raise ValueError("the first error")


async def test_a_call_with_several_steps_at_its_end_is_not_held_back_when_another_fails() -> None:
    steps: list[int] = []

    async def goes_on() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            for step in range(3):
                await asyncio.sleep(0)
                steps.append(step)

    with pytest.raises(ValueError, match="the first error"):
        async with asyncio.timeout(30):
            await interleaved([goes_on(), fails()], [0, 0, 1, 1])

    assert [0, 1, 2] == steps
