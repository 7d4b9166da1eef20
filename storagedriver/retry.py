"""Retrying, once and in one place: what a backend cannot answer for now is asked again.

Only `StorageUnavailableError` is retried. What must not be sent twice unseen brings a way to look
whether the first time was done after all.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from storagedriver.errors import StorageUnavailableError

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often and how long something is tried.

    `attempts` counts the first one. After `seconds` from the beginning no other attempt is begun.
    The wait before attempt n + 1 is drawn between half and all of `first` doubled n - 1 times, at
    most `longest`; if the backend asked for a longer wait, it is given that.
    """

    attempts: int = 5
    seconds: float = 60.0
    first: float = 0.1
    longest: float = 5.0

    def wait(self, attempt: int, asked: float | None, drawn: float) -> float:
        """Return the seconds to wait after a failed attempt; `drawn` is between 0 and 1."""
        doubled = min(self.longest, self.first * 2.0 ** min(attempt - 1, 30))
        return max(doubled * (1 + drawn) / 2, asked or 0.0)


class Retries:
    """A policy at work. The clock, the waiting and the chance are passed in by tests."""

    def __init__(
        self,
        policy: RetryPolicy,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        clock: Callable[[], float] | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._policy = policy
        self._sleep = sleep
        self._clock = clock
        self._chance = chance

    async def run(
        self,
        call: Callable[[], Awaitable[T]],
        *,
        look: Callable[[], Awaitable[T | None]] | None = None,
    ) -> T:
        """Await `call` until it answers, or raise its last `StorageUnavailableError`.

        `look` is awaited after each failure, also the last: what it returns, unless None, is the
        answer, and nothing is sent again.
        """
        clock = self._clock or asyncio.get_running_loop().time
        end = clock() + self._policy.seconds
        attempt = 0
        while True:
            attempt += 1
            try:
                return await call()
            except StorageUnavailableError as error:
                wait = self._policy.wait(attempt, error.retry_after, self._chance())
                is_last = attempt >= self._policy.attempts or clock() + wait > end
                if not is_last:
                    await self._sleep(wait)
                found = await self._looked(look, error)
                if found is not None:
                    return found
                if is_last:
                    raise

    async def _looked(
        self, look: Callable[[], Awaitable[T | None]] | None, error: StorageUnavailableError
    ) -> T | None:
        """Look; a look that is not answered tells nothing, and then nothing may be sent again."""
        if look is None:
            return None
        try:
            return await look()
        except StorageUnavailableError:
            raise error from error.__cause__
