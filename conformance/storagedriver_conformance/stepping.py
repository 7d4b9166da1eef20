"""A call that is driven step by step: cancelled at a chosen await, or held back at each."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Generator
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from storagedriver_conformance.findings import Endless

T = TypeVar("T")


class Stepped(Generic[T]):
    """An awaitable that runs a coroutine, and tells of each time that it suspends.

    `suspended` is called with 1, 2, 3... before the task waits. With a `gate`, the coroutine goes
    on, at its beginning too, only when what the gate gave has been awaited.
    """

    def __init__(
        self,
        work: Coroutine[Any, Any, T],
        *,
        suspended: Callable[[int], None] = lambda _: None,
        gate: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._work = work
        self._suspended = suspended
        self._gate = gate
        self.steps = 0

    def __await__(self) -> Generator[Any, Any, T]:
        yield from self._admitted()
        go_on: Callable[[], Any] = partial(self._work.send, None)
        while True:
            try:
                waited_for = go_on()
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return] # what the coroutine returned
            self.steps += 1
            self._suspended(self.steps)
            try:
                answer = yield waited_for
                yield from self._admitted()
            except BaseException as error:  # noqa: BLE001 - the coroutine has to hear of it
                go_on = partial(self._work.throw, error)
            else:
                go_on = partial(self._work.send, answer)

    def _admitted(self) -> Generator[Any, Any, None]:
        if self._gate is not None:
            yield from self._gate().__await__()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a call ended: with a value or an error, and after how many suspensions."""

    steps: int
    value: object = None
    error: BaseException | None = None

    @property
    def is_cancelled(self) -> bool:
        """Whether the cancellation came out."""
        return isinstance(self.error, asyncio.CancelledError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """When a call is cancelled: at which of its suspensions, how many turns of the loop later."""

    step: int
    turns: int = 0

    def __str__(self) -> str:
        later = f" and {self.turns} turns of the loop" if self.turns else ""
        return f"await {self.step}{later}"


def points(steps: int, *, most: int) -> list[Point]:
    """Return the points at which a call that suspends so often is to be cancelled."""
    turns = (0, 2) if 2 * steps <= most else (0,)
    every = -(-steps // most) or 1
    chosen = sorted({*range(1, steps + 1, every), steps} - {0})
    return [Point(step=step, turns=later) for step in chosen for later in turns]


async def driven(
    work: Coroutine[Any, Any, object],
    *,
    at: Collection[int] = (),
    turns: int = 0,
    patience: float,
) -> Ended:
    """Run a call in a task of its own, cancel it at these suspensions, and tell how it ended.

    Raises `Endless` when it does not end.
    """
    loop = asyncio.get_running_loop()

    def suspended(number: int) -> None:
        if number in at:
            after(turns)

    def after(number: int) -> None:
        if number:
            loop.call_soon(after, number - 1)
        else:
            task.cancel()

    stepped = Stepped(work, suspended=suspended)
    task = asyncio.ensure_future(_awaited(stepped))
    await asyncio.wait([task], timeout=patience)
    if not task.done():
        task.cancel()
        message = f"a cancelled call did not end within {patience:g} s"
        raise Endless(message)
    return ended(task, stepped.steps)


def ended(task: "asyncio.Task[Any]", steps: int) -> Ended:
    """Tell how a task that is done ended."""
    if task.cancelled():
        return Ended(steps=steps, error=asyncio.CancelledError())
    error = task.exception()
    return Ended(steps=steps, value=None if error else task.result(), error=error)


async def _awaited(work: Awaitable[T]) -> T:
    return await work
