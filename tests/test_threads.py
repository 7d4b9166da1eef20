import asyncio
import threading
from collections.abc import AsyncIterator
from contextvars import ContextVar

import pytest

from storagedriver import DriverClosedError
from storagedriver.aio import Threads
from tests.waiting import PATIENCE, no_forgotten_errors, turns

__all__ = ["no_forgotten_errors"]  # a fixture, found by its name


class Call:
    """A blocking call that a test can hold up."""

    def __init__(self, error: Exception | None = None) -> None:
        self.has_begun = threading.Event()
        self.may_end = threading.Event()
        self.has_ended = False
        self.error = error

    def __call__(self) -> str:
        self.has_begun.set()
        assert self.may_end.wait(PATIENCE)
        self.has_ended = True
        if self.error is not None:
            raise self.error
        return threading.current_thread().name


@pytest.fixture
async def threads() -> AsyncIterator[Threads]:
    async with Threads("blocking", most=1) as threads:
        yield threads


async def begun(call: Call) -> None:
    assert await asyncio.to_thread(call.has_begun.wait, PATIENCE)


async def test_a_blocking_call_runs_in_a_thread_of_that_name(threads: Threads) -> None:
    call = Call()
    call.may_end.set()

    assert (await threads.run(call)).startswith("blocking")


async def test_a_blocking_call_gets_its_arguments(threads: Threads) -> None:
    assert 255 == await threads.run(int, "ff", base=16)


async def test_a_blocking_calls_error_is_raised(threads: Threads) -> None:
    with pytest.raises(KeyError, match="its own"):
        await threads.run({}.__getitem__, "its own")


async def test_a_blocking_call_sees_the_callers_context(threads: Threads) -> None:
    variable = ContextVar("variable", default="unset")
    variable.set("set")

    assert "set" == await threads.run(variable.get)


async def test_an_exhausted_iterator_does_not_hang_its_awaiter(threads: Threads) -> None:
    with pytest.raises(RuntimeError, match="StopIteration"):
        await asyncio.wait_for(threads.run(next, iter(())), PATIENCE)


@pytest.mark.parametrize("error", [None, KeyError("its own")])
@pytest.mark.parametrize("cancellations", [1, 2])
async def test_a_begun_call_is_waited_for_and_the_cancellation_raised(
    cancellations: int, error: Exception | None, threads: Threads, no_forgotten_errors: None
) -> None:
    call = Call(error)
    caller = asyncio.create_task(threads.run(call))
    await begun(call)

    for _ in range(cancellations):
        caller.cancel()
        await turns()
    assert not caller.done()
    call.may_end.set()

    with pytest.raises(asyncio.CancelledError):
        await caller
    assert call.has_ended


async def test_a_call_that_has_not_begun_never_does(threads: Threads) -> None:
    first, second = Call(), Call()
    running = asyncio.create_task(threads.run(first))
    await begun(first)
    waiting = asyncio.create_task(threads.run(second))
    await turns()

    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(asyncio.shield(waiting), PATIENCE)
    first.may_end.set()
    await running
    await threads.run(int)

    assert not second.has_begun.is_set()


async def test_closing_waits_for_running_calls_even_if_cancelled() -> None:
    threads = Threads("blocking", most=1)
    call = Call()
    running = asyncio.create_task(threads.run(call))
    await begun(call)
    closing_task = asyncio.create_task(threads.aclose())
    await turns()

    closing_task.cancel()
    await turns()
    assert not closing_task.done()
    call.may_end.set()

    with pytest.raises(asyncio.CancelledError):
        await closing_task
    assert (await running).startswith("blocking")


async def test_closed_threads_take_no_call(threads: Threads) -> None:
    await threads.aclose()
    await threads.aclose()

    with pytest.raises(DriverClosedError):
        await threads.run(int)


async def test_no_thread_is_left_after_closing() -> None:
    async with Threads("left-over", most=2) as threads:
        await threads.run(int)

    names = [thread.name for thread in threading.enumerate()]
    assert [] == [name for name in names if name.startswith("left-over")]
