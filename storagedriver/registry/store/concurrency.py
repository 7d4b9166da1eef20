"""The same work on many items, some of them at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST = 16
"""How many calls to storage one request makes at a time."""


async def for_each(
    items: Sequence[Item], work: Callable[[Item], Awaitable[Result]]
) -> list[Result]:
    """Do `work` on every item, at most `MOST` at a time, and return the results in order.

    The first error stops the rest and is raised as it is, when all have ended.
    """
    if len(items) == 1:
        return [await work(items[0])]
    results: dict[int, Result] = {}
    numbers = iter(range(len(items)))

    async def go_on() -> None:
        for number in numbers:
            results[number] = await work(items[number])

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(MOST, len(items))):
                group.create_task(go_on())
    except BaseExceptionGroup as errors:
        first = errors.exceptions[0]
        # `from None` would erase what the backend's library raised.
        raise first from first.__cause__
    return [results[number] for number in range(len(items))]
