"""Other ways to cut a call at one of its awaits than to cancel its task once."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from storagedriver_conformance.stepping import Ended, Point, Stepped, driven

# What cleans up after a cancellation is cancelled that often.
AGAIN = 4


class Failing(Exception):  # noqa: N818 - it is no error of the suite
    """What a sibling in a task group raises."""


async def again(work: Coroutine[Any, Any, object], point: Point, patience: float) -> Ended:
    """Cancel a call at a point, and at each of the awaits that follow."""
    steps = range(point.step, point.step + AGAIN)
    return await driven(work, at=steps, turns=point.turns, patience=patience)


async def timed_out(work: Coroutine[Any, Any, object], point: Point, patience: float) -> Ended:
    """Let the time of a call be over at a point."""

    async def limited() -> object:
        async with asyncio.timeout(None) as limit:
            return await Stepped(
                work, suspended=lambda step: limit.reschedule(0) if step == point.step else None
            )

    return await driven(limited(), patience=patience)


async def in_a_group(work: Coroutine[Any, Any, object], point: Point, patience: float) -> Ended:
    """Let a sibling of the call fail at a point, and with it their task group."""

    async def grouped() -> None:
        now = asyncio.Event()

        async def sibling() -> None:
            await now.wait()
            raise Failing

        async def call() -> None:
            await Stepped(work, suspended=lambda step: now.set() if step == point.step else None)
            now.set()

        async with asyncio.TaskGroup() as group:
            group.create_task(sibling())
            group.create_task(call())

    return await driven(grouped(), patience=patience)


async def settle() -> None:
    """Let what a cancelled call may have left behind happen: tasks, and threads that end later.

    Nothing has to happen here, so that no driver fails for being slow.
    """
    for _ in range(20):
        await asyncio.sleep(0)
    await asyncio.sleep(0.03)
