"""How long a connection that was answered may wait for its next request."""

import asyncio
from collections.abc import Callable


class Idleness:
    """Calls `told` when it was begun and not ended for `seconds`."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, seconds: float, told: Callable[[], None]
    ) -> None:
        self._loop = loop
        self._seconds = seconds
        self._told = told
        self._since: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Begin to wait. One timer does for many requests: it is not set anew for each."""
        self._since = self._loop.time()
        if self._timer is None:
            self._await(self._seconds)

    def end(self) -> None:
        """Wait no more, as something came."""
        self._since = None

    def close(self) -> None:
        """Wait never again."""
        self.end()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _await(self, seconds: float) -> None:
        self._timer = self._loop.call_later(seconds, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._since is None:
            return  # a request is served, and the end of its answer begins to wait anew
        left = self._since + self._seconds - self._loop.time()
        if left > 0:
            self._await(left)
        else:
            self._told()
