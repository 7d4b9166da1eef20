import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from storagedriver.registry.health.checks import Check, Health
from tests.waiting import no_forgotten_errors, turns

__all__ = ["no_forgotten_errors"]  # a fixture, found by its name

FAILS = OSError("Bearer hidden: nobody answers")


class Course:
    """A check whose probes and pauses go on when the test says so."""

    def __init__(self, *, threshold: int = 1, timeout: float = 1000.0) -> None:
        self.outcome: Exception | None = None
        self.hangs: asyncio.Event | None = None
        self.begun = 0
        self._pause = asyncio.Event()
        self._paused = asyncio.Event()
        check = Check(
            name="it", probe=self._probe, interval=7, timeout=timeout, threshold=threshold
        )
        self.health = Health([check], wait=self._wait)

    async def _probe(self) -> None:
        self.begun += 1
        if self.hangs is not None:
            await self.hangs.wait()
        if self.outcome is not None:
            raise self.outcome

    async def _wait(self, seconds: float) -> None:
        assert 7 == seconds
        self._paused.set()
        await self._pause.wait()
        self._pause.clear()

    async def paused(self) -> None:
        """Wait until a probe was done."""
        await self._paused.wait()
        self._paused.clear()

    async def goes(self, outcome: Exception | None) -> bool:
        """Let the next probe end like this, and tell whether the check fails then."""
        self.outcome = outcome
        self._pause.set()
        await self.paused()
        return bool(self.health.failing)

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        async with self.health.watched():
            await self.paused()
            yield


async def test_a_check_fails_after_its_threshold_and_recovers_by_one_success() -> None:
    course = Course(threshold=3)
    async with course.watched():
        outcomes = [FAILS, FAILS, None, FAILS, FAILS, FAILS, FAILS, None, FAILS]

        found = [await course.goes(outcome) for outcome in outcomes]

    assert [False] * 5 + [True, True, False, False] == found


async def test_a_failure_has_a_name_and_a_reason_without_secrets() -> None:
    course = Course()
    async with course.watched():
        await course.goes(FAILS)

        assert {"it": "Bearer *** nobody answers"} == course.health.failing
        assert 7 == course.health.retry_after


async def test_a_probe_that_hangs_fails_and_no_second_one_begins() -> None:
    course = Course(timeout=0.001)
    async with course.watched():
        course.hangs = asyncio.Event()
        assert await course.goes(None)
        assert await course.goes(None)
        assert "no answer in 0.001 seconds" == course.health.failing["it"]
        assert 2 == course.begun

        course.hangs.set()
        await turns()

        assert not await course.goes(None)
        assert 2 == course.begun


async def test_what_changes_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    course = Course()
    with caplog.at_level(logging.INFO, "storagedriver.registry.health.checks"):
        async with course.watched():
            for outcome in (FAILS, FAILS, None, None):
                await course.goes(outcome)

    assert ["WARNING", "INFO"] == [record.levelname for record in caplog.records]


@pytest.mark.usefixtures("no_forgotten_errors")
async def test_a_probe_that_fails_when_it_is_ended_is_not_complained_of() -> None:
    begun = asyncio.Event()

    async def probe() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            raise OSError("cut")

    check = Check(name="it", probe=probe, interval=1, timeout=0.001)
    async with Health([check]).watched():
        await begun.wait()
        await turns()


async def test_nothing_runs_and_nothing_fails_once_nobody_watches() -> None:
    course = Course()
    async with course.watched():
        course.hangs = asyncio.Event()
        course.outcome = FAILS
        course._pause.set()
        await turns()

    assert {} == course.health.failing
    assert 1 == len(asyncio.all_tasks())
