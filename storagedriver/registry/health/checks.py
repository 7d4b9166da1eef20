"""Checks that run beside the requests, and what fails of them now."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self

from storagedriver.registry.logfmt import redacted

Probe = Callable[[], Coroutine[Any, Any, None]]
Wait = Callable[[float], Awaitable[object]]

_GRACE = 1.0
_log = logging.getLogger(__name__)


class UnhealthyError(Exception):
    """What a probe raises; the message says what is wrong, without secrets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A probe, done every `interval` seconds; `threshold` failures in a row count.

    Whatever it raises is a failure, and so is no answer within `timeout` seconds.
    """

    name: str
    probe: Probe
    interval: float
    timeout: float
    threshold: int = 1


class Health:
    """What fails of some checks. While nobody watches, nothing does.

    `wait` waits for some seconds, between two probes.
    """

    def __init__(self, checks: Sequence[Check], *, wait: Wait = asyncio.sleep) -> None:
        self._checks = checks
        self._wait = wait
        self._failing: dict[str, str] = {}

    @property
    def has_checks(self) -> bool:
        """Tell whether anything can ever fail."""
        return bool(self._checks)

    @property
    def failing(self) -> Mapping[str, str]:
        """The reason of each check that fails, by the check's name."""
        return self._failing

    @property
    def retry_after(self) -> float:
        """In how many seconds the first of the failing checks is done again."""
        return min(
            (each.interval for each in self._checks if each.name in self._failing), default=0.0
        )

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Do the checks, at once and then at their intervals, until the block is left."""
        tasks = [asyncio.create_task(self._watch(check)) for check in self._checks]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks)
            self._failing.clear()

    async def _watch(self, check: Check) -> None:
        failures = 0
        async with _Calls(check) as calls:
            while True:
                reason = await calls.outcome()
                failures = failures + 1 if reason else 0
                self._take(check, reason if failures >= check.threshold else None)
                await self._wait(check.interval)

    def _take(self, check: Check, reason: str | None) -> None:
        """Take over what came of a check, and tell when that is another thing than before."""
        if reason is not None:
            if check.name not in self._failing:
                _log.warning("unhealthy: %s: %s", check.name, reason)
            self._failing[check.name] = reason
        elif self._failing.pop(check.name, None) is not None:
            _log.info("healthy again: %s", check.name)


class _Calls:
    """The calls of one probe, never two at a time: one that hangs is waited for again."""

    def __init__(self, check: Check) -> None:
        self._check = check
        self._running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        # The thread of a dead mount cannot be stopped, and must not keep the server from stopping.
        if self._running is not None:
            self._running.add_done_callback(_forget)
            self._running.cancel()
            await asyncio.wait([self._running], timeout=_GRACE)

    async def outcome(self) -> str | None:
        """Give the reason why the probe failed, or None."""
        if self._running is None:
            self._running = asyncio.create_task(self._check.probe())
        await asyncio.wait([self._running], timeout=self._check.timeout)
        if not self._running.done():
            return f"no answer in {self._check.timeout:g} seconds"
        error = None if self._running.cancelled() else self._running.exception()
        self._running = None
        return None if error is None else redacted(str(error)) or type(error).__name__


def _forget(call: asyncio.Task[None]) -> None:
    """See what came of a call, so that nobody logs it as never retrieved."""
    if not call.cancelled():
        call.exception()
