"""The record of a program's calls, and the one place where a driver is really called."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import TypeVar

from storagedriver.errors import StorageDriverError, StorageUnavailableError
from storagedriver_conformance.answers import dropped, told, unreachable
from storagedriver_conformance.findings import (
    Endless,
    Inconclusive,
    NotApplicable,
    Race,
    Violation,
)
from storagedriver_conformance.metering import Meter
from storagedriver_conformance.racing import Moments
from storagedriver_conformance.timings import Times, note

T = TypeVar("T")

OTHER = "other"
OPEN = {"hangs", "cancelled"}
OWN = (Violation, Inconclusive, NotApplicable)


@dataclass(slots=True)
class Calls:
    """What was called so far: a line per call, for the recipe, and how many there were in all.

    `last` is when something was last heard from the driver, and `raised` the last error of the
    contract that it raised.
    """

    patience: float
    count: int = 0
    steps: list[str] = field(default_factory=list)
    last: float = field(default_factory=monotonic)
    raised: Exception | None = None
    moments: Moments = field(default_factory=Moments)
    times: Times = field(default_factory=dict)
    meter: Meter = field(default_factory=Meter)

    def begin(self, text: str) -> int:
        """Note a call, and return its place among the steps."""
        self.count += 1
        self.last = monotonic()
        self.steps.append(text)
        self.moments.begin(len(self.steps) - 1, text)
        return len(self.steps) - 1

    def end(self, place: int, outcome: str) -> None:
        """Note how the call at this place ended."""
        self.last = monotonic()
        if place < len(self.steps):
            self.steps[place] += f" -> {outcome}"
        if outcome not in OPEN:
            self.moments.end(place, outcome)

    def race(self) -> Race | None:
        """Return what clients did at once; None if there was one call at a time."""
        return self.moments.race(len(self.steps))

    def forget(self, kept: int) -> None:
        """Drop the steps after the first `kept`: calls that did what they had to and left nothing.

        A table of calls that are refused would else hide the one that was not.
        """
        del self.steps[kept:]

    async def make(
        self,
        text: str,
        function: Callable[..., Awaitable[T]],
        *arguments: object,
        **options: object,
    ) -> T:
        """Note a call to the driver and do what `ask` does."""
        place, began = self.begin(text), monotonic()
        try:
            with self.meter.call(operation(text)):
                answer = await self.ask(text, function, *arguments, **options)
        except StopAsyncIteration as error:
            self.end(place, "StopAsyncIteration")
            raise _stranger(text, error) from error
        except BaseException as error:
            self.end(place, _outcome(error))
            raise
        self.moments.end(place)
        note(self.times, operation(text), monotonic() - began)
        return answer

    async def ask(
        self,
        text: str,
        function: Callable[..., Awaitable[T]],
        *arguments: object,
        **options: object,
    ) -> T:
        """Call the driver and await it: bounded in time, and with errors of the contract alone.

        Raises `Violation` where it hangs or raises what is no error of the contract, `Inconclusive`
        where storage is not available, and `StopAsyncIteration` at the end of an iteration.
        """
        try:
            async with asyncio.timeout(self.patience) as limit:
                call = self.now(text, function, *arguments, **options)
                if not isinstance(call, Awaitable):
                    message = f"{text} is not async: it gave {type(call).__name__}"
                    raise Violation(message)  # noqa: TRY301 - the text stays beside the call
                return await call
        except OWN:
            raise
        except StorageUnavailableError as error:
            message = f"{text}: {told(error)}"
            raise Inconclusive(message) from error
        except StopAsyncIteration:
            raise
        except (StorageDriverError, ValueError, TypeError) as error:
            self.raised = error
            raise
        except asyncio.CancelledError as error:
            if _is_cancelled():
                raise
            raise _stranger(text, error) from error
        except BaseException as error:
            if limit.expired():
                message = f"{text} did not answer within {self.patience:g} s"
                raise Endless(message) from error
            raise _stranger(text, error) from error
        finally:
            self.last = monotonic()

    def now(
        self, text: str, function: Callable[..., T], *arguments: object, **options: object
    ) -> T:
        """Call what answers without being awaited.

        Raises `Violation` where it takes other arguments, or raises what is no error of the
        contract.
        """
        try:
            return function(*arguments, **options)
        except (StorageDriverError, ValueError) as error:
            self.raised = error
            raise
        except TypeError as error:
            if error.__traceback__ is None or error.__traceback__.tb_next is None:
                message = f"{text} does not take these arguments"
                raise Violation(message, actual=told(error)) from error
            self.raised = error
            raise
        except BaseException as error:
            raise _stranger(text, error) from error


def not_a(text: str, wanted: str, value: object) -> Violation:
    """Return what to raise where a call gave something else than it has to."""
    dropped(value)
    return Violation(f"{text} gave no {wanted}", expected=wanted, actual=type(value).__name__)


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _stranger(text: str, error: BaseException) -> Violation | Inconclusive:
    if unreachable(error):
        return Inconclusive(f"{text}: {type(error).__name__}: {told(error)}")
    message = f"{text} raised {type(error).__name__}, which is no error of the contract"
    return Violation(message, actual=told(error))


def _outcome(error: BaseException) -> str:
    """Say in a word how a call ended."""
    if isinstance(error, Endless):
        return "hangs"
    if isinstance(error, OWN):
        return type(error.__cause__).__name__ if error.__cause__ else "wrong"
    return "cancelled" if isinstance(error, asyncio.CancelledError) else type(error).__name__


def operation(step: str) -> str:
    """Return the name of the method that a step calls, or `OTHER`."""
    name = step.rpartition(": ")[2] if step.startswith("writer of ") else step
    name = name.partition("(")[0]
    return name if name.isidentifier() else OTHER


def call_text(name: str, /, *arguments: object, **options: object) -> str:
    """Write a call as its author would, with contents cut to their size."""
    shown = [_shown(value) for value in arguments]
    shown += [
        f"{key}={_shown(value)}" for key, value in options.items() if value not in (None, False)
    ]
    return f"{name}({', '.join(shown)})"


def _shown(value: object) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return f"{len(value):,} bytes"
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:70]}...{text[-4:]}"  # noqa: PLR2004 - a line's worth
