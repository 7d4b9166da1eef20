"""A scene whose process is killed at one line after the other, and what is found after each."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import count

from storagedriver.errors import StorageDriverError
from storagedriver_conformance.context import Context
from storagedriver_conformance.deaths import Scene
from storagedriver_conformance.dying import Order
from storagedriver_conformance.findings import Inconclusive, Violation
from storagedriver_conformance.looking import Judge, Looks
from storagedriver_conformance.victims import Death
from storagedriver_conformance.view import View

# How often a process that hangs may have inherited it from the fork.
ATTEMPTS = 2

# Where a call has too many lines to be killed at each, it is behind so many effects (a share of
# what is too many), and at lines that are spread evenly (a share of that).
AT_LEAST, EFFECTS, SPREAD = 2, 4, 3

# The place of a process that was not killed.
END = "its end"


class Span(StrEnum):
    """Where a process is killed: before it says that something was done, after that, or both."""

    BEFORE = "before"
    AFTER = "after"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Lines between two things that a process says: how many, and which follow an effect."""

    since: int
    lines: int
    effects: Sequence[int]


class Trial:
    """One scene, judged in one way."""

    def __init__(
        self, ctx: Context, scene: Scene, judge: Judge, *, span: Span = Span.BEFORE
    ) -> None:
        self._ctx = ctx
        self._calls = ctx.calls
        self._scene = scene
        self._span = span
        self._folder = re.sub("[^a-z]+", "-", scene.name).strip("-")
        self._stages = count(1)
        self._looks = Looks(ctx.calls, scene, judge, how="its process killed")

    async def run(self) -> None:
        """Kill at the lines that are to be tried; raise what was wrong, when all have been."""
        life = await self._rehearsed(Order(scene=self._scene.name))
        if self._scene.opening:
            # Which lines are the driver's is known only now that it was open.
            life = await self._rehearsed(Order(scene=self._scene.name, code=life.code))
        try:
            for stretch in self._stretches(life):
                await self._kill_in(stretch, life.code)
        except (Violation, StorageDriverError):
            if self._looks.failure is None:
                raise
        self._looks.tell()

    async def _rehearsed(self, order: Order) -> Death:
        """Let a process come to its end."""
        driver, life = await self._died(order)
        if life.trouble and not life.is_open:
            message = f"the driver does not open in a forked process: {life.trouble}"
            raise self._ctx.inapplicable(message)
        if life.trouble:
            message = f"{self._scene.name}: it fails in a process of its own"
            raise Violation(message, actual=life.trouble)
        if not life.lines - len(life.said) and (order.code or not self._scene.opening):
            message = "no line of the driver's own code was seen: the target can name its packages"
            raise self._ctx.inapplicable(message)
        await self._clear(driver)
        return life

    def _stretches(self, life: Death) -> list[Stretch]:
        said = [lines for lines, _ in life.said]
        if self._span is Span.AFTER:
            ends = list(enumerate([*said[1:], life.lines], 1))
        else:
            ends = [(0, said[0] if self._span is Span.BEFORE else life.lines)]
        begins = [(since, said[since - 1] if since else 0, end) for since, end in ends]
        return [
            Stretch(since, end - begin, [at - begin for at in life.effects if begin < at <= end])
            for since, begin, end in begins
        ]

    async def _kill_in(self, stretch: Stretch, code: tuple[str, ...]) -> None:
        """Kill at the lines of a stretch, and look at what is left."""
        for at in self._chosen(stretch):
            order = Order(scene=self._scene.name, at=at, since=stretch.since, code=code)
            driver, death = await self._died(order)
            if len(death.said) > stretch.since and self._span is not Span.WHOLE:
                return
            place = death.place or END
            await self._looks.look(self._fresh(driver), len(death.said), place, death.trouble)
            await self._clear(driver)
            if not death.place:
                return

    def _chosen(self, stretch: Stretch) -> Sequence[int]:
        """Return the lines at which to kill: where there are too many, those behind effects."""
        most = self._ctx.profile.points
        if stretch.lines <= most:
            # There may be some more the next time: until it comes to its end by itself.
            return range(1, 2 * most + 2)
        most = max(AT_LEAST, most // EFFECTS)
        spread = _thinned(range(1, stretch.lines + 1), most // SPREAD if stretch.effects else most)
        return sorted({*spread, *_thinned(stretch.effects, most)})

    async def _died(self, order: Order) -> tuple[View, Death]:
        """Set a new stage, and have a process killed on it."""
        for _ in range(ATTEMPTS):
            namespace = f"{self._ctx.driver.namespace}/{self._folder}-{next(self._stages)}"
            driver = View(self._ctx.raw, namespace, self._calls)
            await self._scene.prepare(driver)
            place = self._calls.begin(f"in another process: {self._scene.name}")
            order = replace(order, namespace=namespace)
            death = await self._ctx.victims.die(order, self._calls)
            if not death.is_hung:
                self._calls.end(place, f"killed at {death.place}" if death.place else "done")
                return driver, death
        if order.at:
            message = f"{self._scene.name}: a process that was to be killed hangs before"
            raise Inconclusive(message)
        raise self._ctx.inapplicable("the driver hangs in a process that was forked")

    @asynccontextmanager
    async def _fresh(self, driver: View) -> AsyncIterator[View]:
        """Open the driver anew, on the same stage."""
        async with self._ctx.another() as other:
            yield View(other.raw, driver.namespace, self._calls)

    async def _clear(self, driver: View) -> None:
        """Leave the next process what this one found, so that it goes through the same lines."""
        with suppress(Violation, StorageDriverError):
            await driver.delete("/")
        self._looks.forget()


def _thinned(numbers: Sequence[int], most: int) -> Sequence[int]:
    """Return so many of the numbers, the first and the last among them if there are several."""
    if len(numbers) <= most:
        return numbers
    last, gaps = len(numbers) - 1, max(1, most - 1)
    return [numbers[last * at // gaps] for at in range(most)]
