"""What of a request's body is still to come from its client, and for how long."""

import asyncio
from collections.abc import Callable

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

LOOKS = 4
"""How often it is looked whether something came, in the time in which something has to come."""


class Arriving:
    """Calls `told` when nothing of a body came for `seconds`; 0 never does.

    `owed` gives the request of whose body there is more to come, if there is one. A client that is
    held back, by `flow` or as it waits to be told to go on, may take its time.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        flow: FlowControl,
        seconds: float,
        owed: Callable[[], RequestResponseCycle | None],
        told: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._flow = flow
        self._seconds = seconds
        self._owed = owed
        self._told = told
        self._quiet_looks = 0
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Begin to wait, or go on, as something came."""
        self._quiet_looks = 0
        if self._timer is None and self._seconds:
            self._await()

    def close(self) -> None:
        """Wait never again."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _await(self) -> None:
        self._timer = self._loop.call_later(self._seconds / LOOKS, self._look)

    def _look(self) -> None:
        """See whether it is the client that is waited for, and for how long already."""
        self._timer = None
        cycle = self._owed()
        if cycle is None:
            return
        is_held_back = self._flow.read_paused or cycle.waiting_for_100_continue
        self._quiet_looks = 0 if is_held_back else self._quiet_looks + 1
        if self._quiet_looks > LOOKS:
            self._told()
        else:
            self._await()
