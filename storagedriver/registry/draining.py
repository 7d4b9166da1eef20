"""What of an answer waits to be taken by its client, and for how long."""

import asyncio
from collections.abc import Callable

LOOKS = 4
"""How often it is looked whether something was taken, in the time in which something has to be."""


class Draining:
    """Cuts a connection of whose answer the client takes nothing for `seconds`; 0 never does.

    While it is `begun` and not `ended`, nothing more is to be written: what waits only gets less.
    `told` is called when it is cut.
    """

    def __init__(
        self,
        transport: asyncio.Transport,
        loop: asyncio.AbstractEventLoop,
        seconds: float,
        told: Callable[[], None],
    ) -> None:
        self._transport = transport
        self._loop = loop
        self._seconds = seconds
        self._told = told
        self._is_on = False
        self._waiting = 0
        self._quiet_looks = 0
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Begin to look."""
        self._is_on = bool(self._seconds)
        self._waiting = self._transport.get_write_buffer_size()
        self._quiet_looks = 0
        if self._is_on and self._timer is None:
            self._await()

    def end(self) -> None:
        """Look no more. The timer is left for the next time, which may be soon and often."""
        self._is_on = False

    def close(self) -> None:
        """Look never again."""
        self.end()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _await(self) -> None:
        self._timer = self._loop.call_later(self._seconds / LOOKS, self._look)

    def _look(self) -> None:
        self._timer = None
        if not self._is_on:
            return
        waiting = self._transport.get_write_buffer_size()
        self._quiet_looks = self._quiet_looks + 1 if waiting == self._waiting else 0
        self._waiting = waiting
        if waiting and self._quiet_looks > LOOKS:
            self._told()
            self._transport.abort()
        else:
            self._await()
