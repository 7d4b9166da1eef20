"""Cancellation and threads, for a driver's author: work that is finished once it has begun.

A cancelled task must not leave half a change behind, nor a worker thread that goes on unseen.
"""

import asyncio
import weakref
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from contextvars import copy_context
from functools import partial
from queue import SimpleQueue
from threading import Lock, Thread
from types import TracebackType
from typing import Any, Generic, ParamSpec, Self, TypeVar

from storagedriver.errors import DriverClosedError

P = ParamSpec("P")
T = TypeVar("T")


async def to_the_end(work: Coroutine[Any, Any, T], *, grace: float | None = None) -> T:
    """Run `work` to its end, even if the caller is cancelled meanwhile, and leave no task behind.

    A cancellation is raised when the work has ended, in place of its result or error. After `grace`
    seconds from the first cancellation, the work itself is cancelled and awaited; None waits for it
    without end.
    """
    future = asyncio.ensure_future(work)
    timer: asyncio.TimerHandle | None = None

    def limit() -> None:
        nonlocal timer
        if grace is not None:
            timer = asyncio.get_running_loop().call_later(grace, future.cancel)

    try:
        cancellation = await _ended(future, limit)
    finally:
        if timer is not None:
            timer.cancel()
    if cancellation is not None:
        raise cancellation
    return future.result()


async def _ended(
    future: "asyncio.Future[T]", cancelled: Callable[[], None] = lambda: None
) -> asyncio.CancelledError | None:
    """Wait until a future is done, and return the last cancellation that came meanwhile.

    `cancelled` is called at the first one.
    """
    cancellation: asyncio.CancelledError | None = None
    while not future.done():
        try:
            await asyncio.wait([future])
        except asyncio.CancelledError as error:
            if cancellation is None:
                cancelled()
            cancellation = error
    if not future.cancelled():
        future.exception()  # seen, so that nobody logs it as never retrieved
    return cancellation


async def close_iterator(iterator: AsyncIterator[object]) -> None:
    """Close an iterator that can be closed, as a generator can."""
    aclose = getattr(iterator, "aclose", None)
    if aclose is not None:
        await aclose()


@asynccontextmanager
async def closing(iterator: AsyncIterator[T]) -> AsyncIterator[AsyncIterator[T]]:
    """Give an iterator, and close it on leaving the block, when it can be closed.

    A loop that ends early leaves a generator suspended, with all that it holds, until it is
    collected; this ends it at once.
    """
    try:
        yield iterator
    finally:
        await close_iterator(iterator)


class Threads:
    """A pool of worker threads for blocking calls, closed by whoever opened it.

    One event loop at a time calls it. Calls that end together wake the loop once: 16 at once cost
    a third of the CPU time that they take in a `ThreadPoolExecutor`, and one alone 0.6 of it.
    Threads that nobody closed end when their pool is collected, or with the process, which does not
    wait for them.
    """

    def __init__(self, name: str, *, most: int) -> None:
        self._name = name
        self._most = most
        self._threads: list[Thread] = []
        self._waiting = 0
        self._is_closed = False
        self._returns: _Returns | None = None
        self._calls: SimpleQueue[_Call[Any] | None] = SimpleQueue()
        # A finalizer may run anywhere: putting into this queue neither waits nor takes a lock.
        weakref.finalize(self, self._calls.put, None)

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call `function` in a worker thread and return what it does.

        If the caller is cancelled, a call that has not begun never does; one that has is waited
        for, and its result or error is lost to the cancellation. The function sees the caller's
        context variables. Raises `DriverClosedError` after `aclose`.
        """
        if self._is_closed:
            raise DriverClosedError("its threads have ended")
        loop = asyncio.get_running_loop()
        if self._returns is None or self._returns.loop is not loop:
            self._returns = _Returns(loop)
        call = _Call(partial(copy_context().run, function, *args, **kwargs), self._returns)
        self._waiting += 1
        try:
            if self._waiting > len(self._threads) < self._most:
                self._start_thread()
            self._calls.put(call)
            await call.ended
        except asyncio.CancelledError:
            if not call.take():
                await _ended(call.ended_after_all())
            raise
        finally:
            self._waiting -= 1
        return call.result()

    async def aclose(self) -> None:
        """Wait for running calls, and end the threads."""
        self._is_closed = True
        self._calls.put(None)
        call = _Call(partial(_join, self._threads), _Returns(asyncio.get_running_loop()))
        thread = Thread(target=call.do, name=f"{self._name}_closing", daemon=True)
        thread.start()
        cancellation = await _ended(call.ended)
        thread.join()  # its work is done: the loop is held up by no more than its last steps
        if cancellation is not None:
            raise cancellation

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def _start_thread(self) -> None:
        name = f"{self._name}_{len(self._threads)}"
        thread = Thread(target=_work, args=(self._calls,), name=name, daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the system gives no more: those that are there come to it
            if not self._threads:
                raise
        else:
            self._threads.append(thread)


class _Call(Generic[T]):
    """A call on its way: its caller waits for `ended`, and then takes the result."""

    __slots__ = ("_error", "_has_ended", "_once", "_result", "_returns", "_work", "ended")

    _result: T

    def __init__(self, work: Callable[[], T], returns: "_Returns") -> None:
        self.ended: asyncio.Future[None] = returns.loop.create_future()
        self._work = work
        self._returns = returns
        self._once = Lock()
        self._has_ended = False
        self._error: BaseException | None = None

    def take(self) -> bool:
        """Take it, to do it in a thread or to drop it; only the first to come gets True."""
        return self._once.acquire(blocking=False)

    def do(self) -> None:
        """Do it, in a worker thread, unless it was dropped."""
        if not self.take():
            return
        try:
            self._result = self._work()
        except BaseException as error:  # noqa: BLE001 - raised where it is awaited
            self._error = error
        self._has_ended = True
        self._returns.give(self)

    def hand_over(self) -> None:
        """Wake the caller, in the event loop."""
        if not self.ended.done():
            self.ended.set_result(None)

    def ended_after_all(self) -> "asyncio.Future[None]":
        """Return another future for its end, where the first was cancelled."""
        self.ended = self._returns.loop.create_future()
        if self._has_ended:
            self.hand_over()
        return self.ended

    def result(self) -> T:
        """Return what the function did, or raise what it raised, once."""
        error, self._error = self._error, None
        if error is None:
            return self._result
        try:
            raise error
        finally:
            del error  # its traceback has this frame: a cycle would keep all that either holds


class _Returns:
    """The way back to an event loop, which is woken once for all that comes before it looks."""

    __slots__ = ("_calls", "_is_woken", "loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._calls: deque[_Call[Any]] = deque()
        self._is_woken = False

    def give(self, call: _Call[Any]) -> None:
        """Give a call back that has ended, in a worker thread."""
        self._calls.append(call)
        if not self._is_woken:
            self._is_woken = True
            with suppress(RuntimeError):  # the loop was closed: nobody waits any more
                self.loop.call_soon_threadsafe(self._take)

    def _take(self) -> None:
        # In this order: what comes after the last look wakes the loop again.
        self._is_woken = False
        while self._calls:
            self._calls.popleft().hand_over()


def _work(calls: "SimpleQueue[_Call[Any] | None]") -> None:
    """Do calls as they come, until None does, which is left there for the next thread."""
    while (call := calls.get()) is not None:
        call.do()
        del call  # or it would keep its result while the thread waits
    calls.put(None)


def _join(threads: list[Thread]) -> None:
    for thread in threads:
        thread.join()
