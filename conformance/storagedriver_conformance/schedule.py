"""Several calls at once, in an order that is drawn: at each await, one of those ready goes on.

Where a driver lives on the event loop, the choices decide everything and give the same run again.
Where it uses threads, they decide in which order its answers are taken.
"""

import asyncio
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from storagedriver_conformance.stepping import Stepped

# A choice: the one goes on that went on before.
SAME = -1
# How many turns of the loop a call that was let go needs until it waits for its next turn.
TURNS = 3


def choices(length: int = 40) -> SearchStrategy[list[int]]:
    """A schedule: which of the ready ones goes on, again and again."""
    return st.lists(st.integers(0, 3), min_size=length, max_size=length)


async def interleaved(
    works: Sequence[Coroutine[Any, Any, object]], chosen: Iterable[int]
) -> list[object]:
    """Run coroutines to their ends in the order that was chosen, and return their results.

    The first error of theirs is raised, and the others are cancelled. When the choices are used
    up, the first that is ready goes on.
    """
    schedule = _Schedule(iter(chosen))
    tasks = [asyncio.ensure_future(schedule.gated(work)) for work in works]
    try:
        while not all(task.done() for task in tasks):
            await schedule.turn([task for task in tasks if not task.done()])
            for task in tasks:
                if task.done():
                    task.result()
        return [task.result() for task in tasks]
    finally:
        schedule.end()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for work in works:
            work.close()  # those that an error kept from beginning


class _Schedule:
    def __init__(self, chosen: Iterator[int]) -> None:
        self._chosen = chosen
        self._held: list[asyncio.Future[None]] = []
        self._came = asyncio.Event()
        self._has_ended = False

    async def gated(self, work: Coroutine[Any, Any, object]) -> object:
        """Run a coroutine that waits at each of its steps until it is let go on."""
        return await Stepped(work, gate=self._gate)

    async def turn(self, running: "list[asyncio.Task[object]]") -> None:
        """Let one of those that are ready go on; wait while none is."""
        for _ in range(TURNS):
            await asyncio.sleep(0)
        self._held = [one for one in self._held if not one.done()]
        if self._held:
            number = next(self._chosen, 0) if len(self._held) > 1 else 0
            self._held.pop(number % len(self._held)).set_result(None)
            return
        self._came.clear()
        coming = asyncio.ensure_future(self._came.wait())
        await asyncio.wait([*running, coming], return_when=asyncio.FIRST_COMPLETED)
        coming.cancel()

    def end(self) -> None:
        """Hold nobody back any more: what a cancelled call does at its end has several steps."""
        self._has_ended = True

    async def _gate(self) -> None:
        if self._has_ended:
            return
        held: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._held.append(held)
        self._came.set()
        await held
