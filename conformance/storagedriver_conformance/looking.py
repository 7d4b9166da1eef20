"""What is found after each of many ends of a process, gathered into one finding."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from storagedriver.errors import StorageDriverError
from storagedriver_conformance.answers import told
from storagedriver_conformance.calls import Calls
from storagedriver_conformance.deaths import Scene
from storagedriver_conformance.findings import Endless, Point, Violation
from storagedriver_conformance.remains import Wrong
from storagedriver_conformance.view import View

# How a place begins that is no line.
AFTER = "after "

# Looks at what a process left that has said so much, and names it; raises `Wrong`.
Judge = Callable[[View, Scene, int], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Failure:
    """The first thing that was wrong, and the calls that show it."""

    error: Violation
    point: Point
    steps: list[str]


class Looks:
    """The points of one scene, judged in one way, and the first failure among them.

    `how` says how the process ended.
    """

    def __init__(self, calls: Calls, scene: Scene, judge: Judge, *, how: str) -> None:
        self._calls = calls
        self._scene = scene
        self._judge = judge
        self._how = how
        self._begun = len(calls.steps)
        self._points: list[Point] = []
        self.failure: Failure | None = None

    async def look(
        self, opened: AbstractAsyncContextManager[View], said: int, place: str, trouble: str = ""
    ) -> None:
        """Open the driver anew, and note what it shows. Raises `Endless` where it hangs."""
        error: Violation | None = None
        try:
            if trouble:
                raise Wrong("failed", "the call fails in a process of its own", actual=trouble)
            outcome = await self._judged(opened, said)
        except Violation as found:
            error, outcome = found, _outcome(found)
        point = Point(number=len(self._points) + 1, outcome=outcome, place=place)
        self._points.append(point)
        if error is not None and self.failure is None:
            self.failure = Failure(error, point, self._calls.steps[self._begun :])
        if isinstance(error, Endless):
            raise error

    def forget(self) -> None:
        """Forget the calls that showed nothing wrong, or were kept."""
        self._calls.forget(self._begun)

    def tell(self) -> None:
        """Raise what was wrong first, with all points."""
        if self.failure is None:
            return
        self._calls.steps[self._begun :] = self.failure.steps
        error, point = self.failure.error, self.failure.point
        kind = Endless if isinstance(error, Endless) else Violation
        where = point.place if point.place.startswith(AFTER) else f"at {point.place}"
        raise kind(
            f"{self._scene.name}, {self._how} {where} (point {point.number}): {error.message}",
            expected=error.expected,
            actual=error.actual,
            points=tuple(self._points),
        )

    async def _judged(self, opened: AbstractAsyncContextManager[View], said: int) -> str:
        is_open = False
        try:
            async with opened as driver:
                is_open = True
                return await self._judge(driver, self._scene, said)
        except (StorageDriverError, ValueError, TypeError) as error:
            message = "a call that had to succeed did not" if is_open else "the driver did not open"
            outcome = "refused" if is_open else "open failed"
            actual = f"{type(error).__name__}: {told(error)}"
            raise Wrong(outcome, message, actual=actual) from error


def _outcome(error: Violation) -> str:
    if isinstance(error, Wrong):
        return error.outcome
    return "hangs" if isinstance(error, Endless) else "wrong"
