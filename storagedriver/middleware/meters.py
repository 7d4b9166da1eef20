"""Who is told what a driver does, and the stopwatches that tell it."""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Protocol, TypeVar

from storagedriver.errors import StorageDriverError
from storagedriver.protocol import Content

T = TypeVar("T")

Clock = Callable[[], float]


class Meter(Protocol):
    """Who is told. What it does is paid by every call."""

    def called(self, action: str, outcome: str, seconds: float) -> None:
        """Take note of a call that ended.

        `action` is the method's name. A reader's is `reader` for its opening and `read` for all of
        its bytes, a writer's is `writer`, and then `write`, `commit`, `close` and `cancel`.
        `outcome` is `ok`, `cancelled`, the name of a class of `storagedriver.errors`, or `error`.
        `seconds` are those in which the driver had the word, not its caller.
        """

    def read(self, size: int) -> None:
        """Take note of bytes that were read."""

    def written(self, size: int) -> None:
        """Take note of bytes that were written."""


class Timed:
    """A block that is one call of the driver."""

    __slots__ = ("_action", "_began", "_clock", "_meter")

    def __init__(self, action: str, meter: Meter, clock: Clock) -> None:
        self._action = action
        self._meter = meter
        self._clock = clock

    def __enter__(self) -> None:
        self._began = self._clock()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._meter.called(self._action, outcome_of(error), self._clock() - self._began)


class Total:
    """A call in several steps, between which its caller does something else."""

    __slots__ = ("_action", "_clock", "_meter", "_outcome", "_seconds")

    def __init__(self, action: str, meter: Meter, clock: Clock) -> None:
        self._action = action
        self._meter = meter
        self._clock = clock
        self._outcome = "ok"
        self._seconds = 0.0

    async def step(self, work: Awaitable[T]) -> T:
        """Await one step."""
        began = self._clock()
        try:
            return await work
        except StopAsyncIteration:
            raise
        except BaseException as error:
            self._outcome = outcome_of(error)
            raise
        finally:
            self._seconds += self._clock() - began

    def tell(self) -> None:
        """Tell the meter, when it is over."""
        self._meter.called(self._action, self._outcome, self._seconds)


def size_of(content: Content) -> int:
    """Return the number of bytes."""
    return content.nbytes if isinstance(content, memoryview) else len(content)


def outcome_of(error: BaseException | None) -> str:
    """Return what a meter is told of how a call ended."""
    if error is None:
        return "ok"
    if isinstance(error, StorageDriverError):
        return type(error).__name__
    return "cancelled" if isinstance(error, asyncio.CancelledError) else "error"
