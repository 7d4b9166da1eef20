"""Several requests at once, as one call: bounded, and none left running when it ends."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


async def together(calls: Sequence[Callable[[], Coroutine[Any, Any, T]]], *, most: int) -> list[T]:
    """Await what the calls return, at most so many at once, and return it in their order.

    The first error ends it: calls that run are cancelled and awaited, others never begin.
    """
    if len(calls) == 1:
        return [await calls[0]()]
    turns = asyncio.Semaphore(most)

    async def in_turn(call: Callable[[], Coroutine[Any, Any, T]]) -> T:
        async with turns:
            return await call()

    tasks = [asyncio.ensure_future(in_turn(call)) for call in calls]
    try:
        return await asyncio.gather(*tasks)
    except BaseException:
        await stop(tasks)
        raise


async def stop(tasks: "Sequence[asyncio.Task[Any]]") -> None:
    """Cancel tasks, and wait until they have ended; what they raise is dropped."""
    for task in tasks:
        task.cancel()
    # A wait of its own for each: a second cancellation must not leave the others behind.
    cancellation: asyncio.CancelledError | None = None
    while running := [task for task in tasks if not task.done()]:
        try:
            await asyncio.wait(running)
        except asyncio.CancelledError as error:
            cancellation = error
    for task in tasks:
        if not task.cancelled():
            task.exception()
    if cancellation is not None:
        raise cancellation
