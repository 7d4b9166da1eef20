import asyncio
import gc
import subprocess
import sys
import threading
import weakref
from collections.abc import AsyncIterator, Callable
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


async def come_true(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.001)


def alive(name: str) -> list[str]:
    names = [thread.name for thread in threading.enumerate()]
    return [each for each in names if each.startswith(name)]


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

    assert [] == alive("left-over")


async def test_calls_run_side_by_side_as_many_as_there_may_be_threads() -> None:
    barrier = threading.Barrier(3)

    async with Threads("beside", most=3) as threads:
        waits = [threads.run(barrier.wait, PATIENCE) for _ in range(6)]
        assert [0, 0, 1, 1, 2, 2] == sorted(await asyncio.gather(*waits))
        assert 3 == len(alive("beside"))


async def test_calls_one_after_another_need_one_thread() -> None:
    async with Threads("alone", most=3) as threads:
        for _ in range(3):
            await threads.run(int)

        assert ["alone_0"] == alive("alone")


async def test_calls_that_end_together_wake_the_loop_once(
    threads: Threads, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    woken: list[object] = []

    wake = loop.call_soon_threadsafe

    def counted(call: Callable[[], object]) -> asyncio.Handle:
        woken.append(call)
        return wake(call)

    monkeypatch.setattr(loop, "call_soon_threadsafe", counted)
    last = Call()
    calls = [asyncio.create_task(threads.run(int)) for _ in range(3)]
    end = asyncio.create_task(threads.run(last))
    await asyncio.sleep(0)

    assert last.has_begun.wait(PATIENCE)  # in the loop's thread, which thus takes nothing back

    assert 1 == len(woken)
    last.may_end.set()
    assert [0, 0, 0] == await asyncio.gather(*calls)
    await end


async def test_a_cancellation_is_raised_where_the_call_has_ended_already(threads: Threads) -> None:
    first, second = Call(), Call()
    second.may_end.set()
    caller = asyncio.create_task(threads.run(first))
    await begun(first)
    following = asyncio.create_task(threads.run(second))
    await asyncio.sleep(0)

    first.may_end.set()
    assert second.has_begun.wait(PATIENCE)  # in the loop's thread, which does not know yet
    caller.cancel()

    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(asyncio.shield(caller), PATIENCE)
    assert first.has_ended
    assert (await following).startswith("blocking")


async def test_an_error_of_any_kind_is_raised(threads: Threads) -> None:
    class Unusual(BaseException):
        pass

    def fail() -> None:
        raise Unusual

    with pytest.raises(Unusual):
        await threads.run(fail)


async def test_an_error_and_what_it_holds_need_no_garbage_collection(threads: Threads) -> None:
    class OwnError(Exception):
        pass

    async def failed() -> "weakref.ref[OwnError]":
        try:
            await threads.run(fail)
        except OwnError as error:
            return weakref.ref(error)
        raise AssertionError

    def fail() -> None:
        raise OwnError

    gc.disable()
    try:
        error = await failed()
        await come_true(lambda: error() is None)
    finally:
        gc.enable()


async def test_a_waiting_thread_keeps_no_result(threads: Threads) -> None:
    class Result:
        pass

    result = weakref.ref(await threads.run(Result))

    await come_true(lambda: result() is None)


async def test_calls_that_came_before_closing_are_done(threads: Threads) -> None:
    first, second = Call(), Call()
    calls = [asyncio.create_task(threads.run(call)) for call in [first, second]]
    await begun(first)
    closing_task = asyncio.create_task(threads.aclose())
    await turns()

    first.may_end.set()
    second.may_end.set()
    await closing_task

    await asyncio.gather(*calls)
    assert second.has_ended


async def test_where_no_more_threads_are_to_be_had_those_there_do_all(
    threads: Threads, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    more = Threads("more", most=2)
    first = Call()
    running = asyncio.create_task(more.run(first))
    await begun(first)
    monkeypatch.setattr(threading.Thread, "start", refuse)
    second = asyncio.create_task(more.run(int))
    await turns()

    with pytest.raises(RuntimeError, match="start new thread"):
        await threads.run(int)
    first.may_end.set()
    assert 0 == await second
    await running
    monkeypatch.undo()
    await more.aclose()


def test_a_loop_closed_during_a_call_leaves_the_threads_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    call = Call()
    threads = Threads("outlasting", most=1)
    failures: list[object] = []
    monkeypatch.setattr(threading, "excepthook", failures.append)

    async def later() -> int:
        async with threads:
            return await threads.run(int)

    loop = asyncio.new_event_loop()
    task = loop.create_task(threads.run(call))
    loop.run_until_complete(begun(call))
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()
    call.may_end.set()

    assert 0 == asyncio.run(later())
    assert call.has_ended
    assert [] == failures
    task._log_destroy_pending = False  # type: ignore[attr-defined]


async def test_threads_that_nobody_closed_end_with_their_pool() -> None:
    threads = Threads("forgotten", most=2)
    await threads.run(int)
    assert 1 == len(alive("forgotten"))

    del threads
    gc.collect()

    await come_true(lambda: alive("forgotten") == [])


def test_threads_that_nobody_closed_do_not_keep_the_process() -> None:
    code = """
import asyncio
from storagedriver.aio import Threads

threads = Threads("forgotten", most=2)
print(asyncio.run(threads.run(int)))
"""
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE, check=False
    )

    assert (0, "0\n", "") == (ended.returncode, ended.stdout, ended.stderr)
