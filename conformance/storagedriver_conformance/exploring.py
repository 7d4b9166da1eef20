"""Tries one property with many programs, keeps the shortest that fails, and says how it ended."""

import asyncio
import traceback
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Flaky, HypothesisException
from hypothesis.strategies import DataObject, data

from storagedriver_conformance.answers import told
from storagedriver_conformance.calls import Calls, operation
from storagedriver_conformance.context import Context, Source
from storagedriver_conformance.drawing import Drawing, Drawn, Undrawn
from storagedriver_conformance.findings import (
    Endless,
    Finding,
    Inconclusive,
    NotApplicable,
    Result,
    Status,
    Violation,
)
from storagedriver_conformance.judging import DRIVERS, as_inconclusive, as_violation
from storagedriver_conformance.metering import Counts
from storagedriver_conformance.profiles import Profile
from storagedriver_conformance.properties import Property
from storagedriver_conformance.session import Session, unnumbered
from storagedriver_conformance.target import Target
from storagedriver_conformance.timings import Times, add
from storagedriver_conformance.victims import Victims
from storagedriver_conformance.view import View
from storagedriver_conformance.watchdog import Escaped, NothingHeard, watched

T = TypeVar("T")


class Exploration:
    """One property against one target, by programs that are drawn or a case that was kept."""

    def __init__(
        self,
        one: Property,
        target: Target,
        profile: Profile,
        seed: int,
        source: Source | None = None,
    ) -> None:
        self._source = source
        self._property = one
        self._target = target
        self._profile = profile
        self._seed = seed
        self._view: View | None = None
        self._heard = monotonic()
        self._thinks = False
        self._calls = 0
        self._programs = 0
        self._operations: Counter[str] = Counter()
        self._times: Times = {}
        self._requests: Counts = {}
        self._notices: dict[str, None] = {}
        self._finding: Finding | None = None
        self._since_finding = 0
        self._ended: Exception | None = None

    def run(self) -> Result:
        """Try the property in a thread of its own, and tell how it ended."""
        began = monotonic()
        status, reason = self._outcome()
        return Result(
            property=self._property,
            status=status,
            calls=self._calls,
            programs=self._programs,
            seconds=monotonic() - began,
            reason=reason,
            finding=self._finding,
            operations=dict(self._operations),
            times=self._times,
            requests=self._requests,
            notices=tuple(self._notices),
        )

    def _outcome(self) -> tuple[Status, str]:
        try:
            # Twice: a call that hangs politely is ended by its own time limit before.
            watched(self._explore, patience=2 * self._target.patience + 1, last=self._last)
        except NothingHeard:
            message = "a call neither answers nor can be cancelled, or it blocks the event loop"
            self._keep_first(Endless(message))
        except Escaped as error:
            self._keep_first(Violation("the driver raised what ends a process", actual=told(error)))
        except Inconclusive as error:
            return Status.INCONCLUSIVE, str(error)
        except NotApplicable as error:
            return Status.ABSENT, str(error)
        except Exception:  # noqa: BLE001 - the suite's own failure is a result too
            if self._finding is None:
                return Status.ERROR, traceback.format_exc()
        return (Status.FAILED, "") if self._finding else (Status.PASSED, "")

    def _last(self) -> float:
        if self._thinks:  # hypothesis does, and on a busy machine that takes a while
            return monotonic()
        return max(self._heard, self._view.calls.last if self._view else 0.0)

    def _explore(self) -> None:
        """Let hypothesis try programs, on one instance of the driver and in one event loop."""
        with (
            Victims(self._target, wanted=self._property.forks) as self._victims,
            asyncio.Runner() as runner,
        ):
            calls = Calls(self._target.patience)
            opened = self._target.open()
            try:
                driver = self._run(runner, calls.make("open it", opened.__aenter__))
            except DRIVERS as error:
                self._keep_first(Violation("it cannot be opened again", actual=told(error)))
                return
            session = Session(
                driver, patience=self._target.patience, requests=self._target.requests
            )
            try:
                self._run(runner, self._begun(session))
                if self._ended is None and self._finding is None:
                    self._search(runner, session)
            finally:
                self._run(runner, session.end())
                try:
                    self._run(runner, calls.make("close it", opened.__aexit__, None, None, None))
                except DRIVERS as error:
                    self._keep_first(Violation("it cannot be closed", actual=told(error)))
                except Inconclusive as error:
                    self._ended = self._ended or error
            if self._finding is not None and not self._finding.endless:
                self._run(runner, self._confirmed(calls))
        if self._ended is not None and self._finding is None:
            raise self._ended

    async def _begun(self, session: Session) -> None:
        try:
            await session.begin()
        except Violation as error:
            self._keep(error)
        except Inconclusive as error:
            self._ended = error

    async def _confirmed(self, calls: Calls) -> None:
        """Drop what was found if the storage cannot be reached any more: it may be why."""
        manager = self._target.open()
        try:
            driver = await calls.make("open it", manager.__aenter__)
            try:
                await calls.make("stat('/')", driver.stat, "/")
            finally:
                await calls.make("close it", manager.__aexit__, None, None, None)
        except Inconclusive as error:
            self._ended, self._finding = error, None
        except DRIVERS:
            return  # it answers, though wrongly

    def _search(self, runner: asyncio.Runner, session: Session) -> None:
        if self._source is not None:
            with suppress(Violation):  # it is kept
                self._run(runner, self._try(session, self._source))
        elif self._draws(runner, session):
            self._generate(runner, session)

    def _draws(self, runner: asyncio.Runner, session: Session) -> bool:
        """Try the property, and tell whether it wants values drawn; without, once is enough."""
        try:
            with suppress(Violation):  # it is kept
                self._run(runner, self._try(session, Undrawn()))
        except Drawing:
            return True
        self._programs = 1
        return False

    def _generate(self, runner: asyncio.Runner, session: Session) -> None:
        @seed(self._seed)
        @settings(
            max_examples=self._profile.programs,
            database=None,
            deadline=None,
            derandomize=False,
            phases=[Phase.generate, Phase.shrink],
            print_blob=False,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        )
        @given(data())
        def explore(draws: DataObject) -> None:
            if self._is_spent():
                return
            self._programs += 1
            self._run(runner, self._try(session, Drawn(draws, self._thinking)))

        try:
            with self._thinking(), suppress(Violation, Flaky):  # the shortest is kept
                explore()
        except HypothesisException:
            if self._finding is None:
                raise

    @contextmanager
    def _thinking(self) -> Iterator[None]:
        """Count what is done meanwhile as no silence of the driver."""
        thought, self._thinks = self._thinks, True
        try:
            yield
        finally:
            self._heard = monotonic()
            self._thinks = thought

    def _is_spent(self) -> bool:
        if self._ended is not None:
            return True
        if self._finding is not None and self._finding.endless:
            return True
        if self._finding is not None:
            return self._calls - self._since_finding > self._profile.shrinking
        return self._programs > 0 and self._calls > self._profile.calls

    async def _try(self, session: Session, source: Source) -> None:
        """Run the property once, in a fresh namespace; keep what it finds, and raise it again."""
        view = self._view = session.view()
        context = Context(
            driver=view,
            target=self._target,
            profile=self._profile,
            source=source,
            victims=self._victims,
            patient=self._finding is None,
        )
        try:
            await self._property.check(context)
        except (Inconclusive, NotApplicable) as error:
            self._ended = error
        except Violation as error:
            self._keep(error, view, context)
            raise
        except Exception as error:
            if (unanswered := as_inconclusive(error)) is not None:
                self._ended = unanswered
                return
            violation = as_violation(error, view.calls)
            if violation is None:
                raise
            self._keep(violation, view, context)
            raise violation from error
        finally:
            self._calls += view.calls.count
            self._operations.update(operation(step) for step in view.calls.steps)
            add(self._times, view.calls.times)
            add(self._requests, view.calls.meter.found)
            self._notices |= dict.fromkeys(context.notices)

    def _keep(
        self, error: Violation, view: View | None = None, context: Context | None = None
    ) -> None:
        """Keep a failure if it is the first or shorter than the one that is kept."""
        view = view or self._view
        steps = tuple(unnumbered(step) for step in view.calls.steps) if view else ()
        if self._finding is None:
            self._since_finding = self._calls
        elif len(steps) > len(self._finding.steps):
            return
        self._finding = Finding(
            message=unnumbered(error.message),
            expected=unnumbered(error.expected),
            actual=unnumbered(error.actual),
            steps=steps,
            draws=tuple(context.draws) if context else (),
            endless=isinstance(error, Endless),
            points=error.points,
            race=error.race or (view.calls.race() if view else None),
        )

    def _keep_first(self, error: Violation) -> None:
        """Keep a failure that came outside of a program, unless a program showed one."""
        if self._finding is None:
            self._keep(error)

    def _run(self, runner: asyncio.Runner, work: Coroutine[Any, Any, T]) -> T:
        thought, self._thinks = self._thinks, False
        self._heard = monotonic()
        try:
            return runner.run(work)
        finally:
            self._heard = monotonic()
            self._thinks = thought
