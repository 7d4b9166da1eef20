"""Calls that are driven step by step: cancelled at each await, and exactly there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storagedriver_conformance.cutting import Drive
from storagedriver_conformance.findings import Endless
from storagedriver_conformance.interrupting import again, in_a_group, timed_out
from storagedriver_conformance.stepping import Point, Stepped, driven, points

PATIENCE = 60.0
STEPS = 5


class Work:
    """A call with so many awaits, which notes how far it came; at one it may wait for ever."""

    def __init__(self, *, stuck_at: int = 0) -> None:
        self.stuck_at = stuck_at
        self.reached: list[str] = []

    async def call(self) -> str:
        async with self.cleaned():
            for step in range(1, STEPS + 1):
                self.reached.append(f"before {step}")
                await (asyncio.Event().wait() if step == self.stuck_at else asyncio.sleep(0))
        return "done"

    @asynccontextmanager
    async def cleaned(self) -> AsyncIterator[None]:
        try:
            yield
        except asyncio.CancelledError:
            self.reached.append("cancelled")
            raise


async def test_a_call_tells_of_each_time_that_it_suspends() -> None:
    told: list[int] = []

    value = await Stepped(Work().call(), suspended=told.append)

    assert "done" == value
    assert [1, 2, 3, 4, 5] == told


@pytest.mark.parametrize("at", range(1, STEPS + 1))
async def test_a_call_is_cancelled_at_the_await_that_was_chosen(at: int) -> None:
    work = Work()

    ended = await driven(work.call(), at=(at,), patience=PATIENCE)

    assert ended.is_cancelled
    assert [*(f"before {step}" for step in range(1, at + 1)), "cancelled"] == work.reached
    assert at == ended.steps


@pytest.mark.parametrize(("turns", "reached"), [(0, 1), (1, 1), (2, 2), (3, 3)])
async def test_a_cancellation_comes_some_turns_of_the_loop_later(turns: int, reached: int) -> None:
    work = Work()

    ended = await driven(work.call(), at=(1,), turns=turns, patience=PATIENCE)

    assert ended.is_cancelled
    assert [*(f"before {step}" for step in range(1, reached + 1)), "cancelled"] == work.reached


async def test_a_call_that_ends_before_the_point_is_not_cancelled() -> None:
    work = Work()

    ended = await driven(work.call(), at=(STEPS + 1,), patience=PATIENCE)

    assert (STEPS, "done", None) == (ended.steps, ended.value, ended.error)


async def test_a_cancellation_that_is_swallowed_ends_with_a_value() -> None:
    async def swallows() -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "swallowed"
        return "never"

    ended = await driven(swallows(), at=(1,), patience=PATIENCE)

    assert not ended.is_cancelled
    assert "swallowed" == ended.value


async def test_an_error_of_the_call_comes_out() -> None:
    async def fails() -> None:
        await asyncio.sleep(0)
        raise KeyError("its own")

    ended = await driven(fails(), patience=PATIENCE)

    assert isinstance(ended.error, KeyError)


async def test_an_error_of_what_is_awaited_reaches_the_call() -> None:
    answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def asks() -> str:
        try:
            return await answer
        except KeyError:
            return "heard of it"

    asyncio.get_running_loop().call_soon(answer.set_exception, KeyError())

    assert "heard of it" == await Stepped(asks())


async def test_a_call_that_does_not_end_is_given_up_on() -> None:
    with pytest.raises(Endless, match=r"did not end within 0\.05 s"):
        await driven(asyncio.Event().wait(), at=(), patience=0.05)


async def test_a_call_goes_on_only_when_it_is_let_go() -> None:
    gates: list[asyncio.Future[None]] = []

    async def gate() -> None:
        gates.append(asyncio.get_running_loop().create_future())
        await gates[-1]

    async def stepped() -> str:
        return await Stepped(work.call(), gate=gate)

    work = Work()
    task = asyncio.create_task(stepped())
    for step in range(STEPS + 1):
        for _ in range(10):
            await asyncio.sleep(0)
        assert [f"before {one}" for one in range(1, step + 1)] == work.reached
        gates[-1].set_result(None)

    assert "done" == await task


@pytest.mark.parametrize("at", range(1, STEPS + 1))
@pytest.mark.parametrize(
    ("drive", "error"),
    [(again, asyncio.CancelledError), (timed_out, TimeoutError), (in_a_group, ExceptionGroup)],
)
async def test_other_ways_to_cut_a_call_cut_it_where_they_are_told(
    drive: Drive, error: type[BaseException], at: int
) -> None:
    work = Work(stuck_at=at)

    ended = await drive(work.call(), Point(step=at), PATIENCE)

    assert isinstance(ended.error, error)
    assert [*(f"before {step}" for step in range(1, at + 1)), "cancelled"] == work.reached


@settings(deadline=None, database=None, derandomize=True)
@given(steps=st.integers(1, 60), most=st.integers(1, 30))
def test_the_points_have_the_first_and_the_last_and_are_not_too_many(steps: int, most: int) -> None:
    chosen = points(steps, most=most)

    assert {1, steps} <= {point.step for point in chosen} <= {*range(1, steps + 1)}
    assert len(chosen) == len(set(chosen)) <= most + 1
    if steps <= most:
        assert [*range(1, steps + 1)] == sorted({point.step for point in chosen})


def test_a_call_that_never_suspends_has_no_points() -> None:
    assert [] == points(0, most=12)
