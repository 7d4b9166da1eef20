"""Cancellation and threads, for a driver's author: work that is finished once it has begun.

A cancelled task must not leave half a change behind, nor a worker thread that goes on unseen.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from contextvars import copy_context
from functools import partial
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar

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
    """A pool of worker threads for blocking calls, closed by whoever opened it."""

    def __init__(self, name: str, *, most: int) -> None:
        self._pool = ThreadPoolExecutor(most, thread_name_prefix=name)

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call `function` in a worker thread and return what it does.

        If the caller is cancelled, a call that has not begun never does; one that has is waited
        for, and its result or error is lost to the cancellation. The function sees the caller's
        context variables. Raises `DriverClosedError` after `aclose`.
        """
        work = partial(copy_context().run, function, *args, **kwargs)
        try:
            call = self._pool.submit(_without_stop_iteration, work)
        except RuntimeError as error:
            raise DriverClosedError("its threads have ended") from error
        try:
            return await asyncio.wrap_future(call)
        except asyncio.CancelledError:
            if not call.cancelled():
                await _ended(asyncio.wrap_future(call))
            raise

    async def aclose(self) -> None:
        """Wait for running calls, and end the threads."""
        self._pool.shutdown(wait=False)
        await to_the_end(asyncio.to_thread(self._pool.shutdown))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()


def _without_stop_iteration(work: Callable[[], T]) -> T:
    """Call `work`; a future cannot carry a `StopIteration`, and its awaiter would hang."""
    try:
        return work()
    except StopIteration as error:
        raise RuntimeError("a function in a worker thread raised StopIteration") from error
