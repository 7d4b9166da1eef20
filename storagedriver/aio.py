"""Cancellation and threads, for a driver's author: work that is finished once it has begun.

A cancelled task must not leave half a change behind, nor a worker thread that goes on unseen.
"""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def to_the_end(work: Coroutine[Any, Any, T], *, grace: float | None = None) -> T:
    """Run `work` to its end, even if the caller is cancelled meanwhile, and leave no task behind.

    A cancellation is raised when the work has ended, in place of its result or error. After `grace`
    seconds from the first cancellation, the work itself is cancelled and awaited; None waits for it
    without end.
    """
    return await _outlast(asyncio.ensure_future(work), grace)


async def _outlast(future: "asyncio.Future[T]", grace: float | None = None) -> T:
    """Await a future to its end; raise a cancellation that came meanwhile only then."""
    loop = asyncio.get_running_loop()
    cancelled: asyncio.CancelledError | None = None
    timer: asyncio.TimerHandle | None = None
    while not future.done():
        try:
            await asyncio.wait([future])
        except asyncio.CancelledError as error:
            if cancelled is None and grace is not None:
                timer = loop.call_later(grace, future.cancel)
            cancelled = error
    if timer is not None:
        timer.cancel()
    if cancelled is not None:
        if not future.cancelled():
            future.exception()  # seen, so that nobody logs it as never retrieved
        raise cancelled
    return future.result()


class Threads:
    """A pool of worker threads for blocking calls, closed by whoever opened it."""

    def __init__(self, name: str, *, most: int) -> None:
        self._pool = ThreadPoolExecutor(most, thread_name_prefix=name)

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call `function` in a worker thread and return what it does.

        If the caller is cancelled, a call that has not begun never does; one that has is waited for.
        """
        call = self._pool.submit(partial(function, *args, **kwargs))
        future = asyncio.wrap_future(call)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            if call.cancel():
                raise
            await _outlast(future)
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
