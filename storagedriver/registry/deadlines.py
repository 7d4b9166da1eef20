"""By when something has to have come."""

import asyncio
from collections.abc import Callable


class Deadline:
    """Calls `told` when `seconds` have passed since it was begun, unless it was ended."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, seconds: float, told: Callable[[], None]
    ) -> None:
        self._loop = loop
        self._seconds = seconds
        self._told = told
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Begin, unless it was begun before."""
        if self._timer is None:
            self._timer = self._loop.call_later(self._seconds, self._pass)

    def end(self) -> None:
        """Have it pass unnoticed."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _pass(self) -> None:
        self._timer = None
        self._told()
