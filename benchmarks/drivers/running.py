"""Calls and how long they take, one after another or several at once."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from benchmarks.drivers.store import Store
from benchmarks.measuring import Sample, clock

T = TypeVar("T")

Call = Callable[[], Coroutine[Any, Any, T]]


async def timed(
    store: Store, calls: Sequence[Call[T]], *, at_once: int = 1
) -> tuple[Sample, list[T]]:
    """Make calls of a store; return what they took, and what they gave, in their order."""
    if at_once == 1:
        with clock(len(calls)) as sample:
            results = await _in_turn(calls)
        return sample, results
    shares = [calls[start::at_once] for start in range(at_once)]
    if store.blocks:
        with ThreadPoolExecutor(at_once) as pool:
            # Threads are begun as calls come: those of the first calls must not be timed.
            list(pool.map(time.sleep, [0.01] * at_once))
            with clock(len(calls)) as sample:
                parts = list(pool.map(_without_loop, map(_in_turn, shares)))
    else:
        with clock(len(calls)) as sample:
            parts = await asyncio.gather(*map(_in_turn, shares))
    return sample, _in_order(parts)


async def _in_turn(calls: Sequence[Call[T]]) -> list[T]:
    return [await call() for call in calls]


def _without_loop(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that waits for nothing: one of a library that blocks."""
    try:
        work.send(None)
    except StopIteration as ended:
        result: T = ended.value
        return result
    raise RuntimeError("a call that is said to block waits for the event loop")


def _in_order(shares: Sequence[list[T]]) -> list[T]:
    """Undo the dealing out of calls to shares."""
    size = sum(map(len, shares))
    return [shares[at % len(shares)][at // len(shares)] for at in range(size)]
