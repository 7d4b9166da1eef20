import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from storagedriver.aio import closing, to_the_end
from tests.waiting import PATIENCE, no_forgotten_errors, turns

__all__ = ["no_forgotten_errors"]  # a fixture, found by its name


class Work:
    """Waits until it is let go, then ends as told."""

    def __init__(self, error: Exception | None = None) -> None:
        self.may_end = asyncio.Event()
        self.error = error
        self.has_ended = False
        self.was_cancelled = False

    async def run(self) -> str:
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise
        self.has_ended = True
        if self.error is not None:
            raise self.error
        return "result"


async def test_work_that_nobody_cancels_gives_its_result() -> None:
    work = Work()
    work.may_end.set()

    assert "result" == await to_the_end(work.run())


async def test_work_that_nobody_cancels_gives_its_error() -> None:
    work = Work(KeyError("its own"))
    work.may_end.set()

    with pytest.raises(KeyError, match="its own"):
        await to_the_end(work.run())


@pytest.mark.parametrize("cancellations", [1, 2, 3])
@pytest.mark.parametrize("error", [None, KeyError()])
async def test_work_ends_before_its_cancelled_caller(
    cancellations: int, error: Exception | None
) -> None:
    work = Work(error)
    caller = asyncio.create_task(to_the_end(work.run()))
    await turns()

    for _ in range(cancellations):
        caller.cancel()
        await turns()
    assert not caller.done()
    work.may_end.set()

    with pytest.raises(asyncio.CancelledError):
        await caller
    assert work.has_ended
    assert {asyncio.current_task()} == asyncio.all_tasks()


async def test_work_of_a_caller_cancelled_before_it_began_is_done() -> None:
    work = Work()
    work.may_end.set()
    caller = asyncio.create_task(to_the_end(work.run()))
    await asyncio.sleep(0)
    caller.cancel()

    with pytest.raises(asyncio.CancelledError):
        await caller

    assert work.has_ended


async def test_an_error_lost_to_a_cancellation_is_not_reported_as_forgotten(
    no_forgotten_errors: None,
) -> None:
    work = Work(KeyError())
    caller = asyncio.create_task(to_the_end(work.run()))
    await turns()
    caller.cancel()
    await turns()
    work.may_end.set()

    with pytest.raises(asyncio.CancelledError):
        await caller


async def test_work_is_cancelled_when_its_grace_is_over() -> None:
    work = Work()
    caller = asyncio.create_task(to_the_end(work.run(), grace=0))
    await turns()

    caller.cancel()

    with pytest.raises(asyncio.CancelledError):
        await caller
    assert work.was_cancelled


async def test_grace_runs_from_a_cancellation_on_only() -> None:
    work = Work()
    caller = asyncio.create_task(to_the_end(work.run(), grace=0))
    await asyncio.sleep(0.01)

    assert not work.was_cancelled
    work.may_end.set()
    assert "result" == await caller


async def test_work_within_its_grace_is_left_alone() -> None:
    work = Work()
    caller = asyncio.create_task(to_the_end(work.run(), grace=PATIENCE))
    await turns()
    caller.cancel()
    await turns()
    work.may_end.set()

    with pytest.raises(asyncio.CancelledError):
        await caller
    assert work.has_ended


async def test_a_time_out_around_work_is_a_time_out() -> None:
    work = Work()
    asyncio.get_running_loop().call_later(0.05, work.may_end.set)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await to_the_end(work.run())

    assert work.has_ended


async def test_work_that_cancels_itself_cancels_its_caller() -> None:
    async def cancelling() -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await to_the_end(cancelling())


async def numbers(ended: Callable[[], None]) -> AsyncIterator[int]:
    try:
        yield 1
        yield 2
    finally:
        ended()


async def test_an_iterator_is_closed_with_its_block() -> None:
    has_ended = asyncio.Event()

    async with closing(numbers(has_ended.set)) as iterator:
        assert 1 == await anext(iterator)
        assert not has_ended.is_set()

    assert has_ended.is_set()


async def test_an_iterator_that_cannot_be_closed_is_left_alone() -> None:
    class Endless:
        def __aiter__(self) -> AsyncIterator[int]:
            return self

        async def __anext__(self) -> int:
            return 1

    async with closing(Endless()) as iterator:
        assert 1 == await anext(iterator)
