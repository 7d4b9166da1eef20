"""A connection of the server without a socket, and with a clock that the test turns."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from uvicorn.server import ServerState

from storagedriver.registry.configuration.config import Config
from storagedriver.registry.connections import Connection
from storagedriver.registry.logs import Log
from storagedriver.registry.requestlog import App
from storagedriver.registry.serving import uvicorn_config


class Transport(asyncio.Transport):
    """Keeps each write."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.writes.append(bytes(data))

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    def is_closing(self) -> bool:
        return self.is_closed

    def close(self) -> None:
        self.is_closed = True


class Timer:
    """What a clock does later, unless that is cancelled."""

    def __init__(self, when: float, work: Callable[[], None]) -> None:
        self.when = when
        self.work = work

    def cancel(self) -> None:
        self.when = float("inf")


class Clock:
    """Stands in for an event loop, with a time of its own."""

    def __init__(self) -> None:
        self._now = 0.0
        self._timers: list[Timer] = []
        self.create_task = asyncio.get_running_loop().create_task

    def time(self) -> float:
        return self._now

    def call_later(self, seconds: float, work: Callable[[], None]) -> Timer:
        self._timers.append(Timer(self._now + seconds, work))
        return self._timers[-1]

    def turn(self, seconds: float) -> None:
        """Let time pass, and do what becomes due."""
        self._now += seconds
        while due := [timer for timer in self._timers if timer.when <= self._now]:
            self._timers.remove(due[0])
            due[0].work()


@dataclass(frozen=True, slots=True)
class Wire:
    """A connection to an app."""

    connection: Connection
    transport: Transport
    clock: Clock
    state: ServerState

    async def answers(self, request: bytes) -> list[bytes]:
        """Send a request, and return what is written until all requests ended."""
        before = len(self.transport.writes)
        self.connection.data_received(request)
        await self.ended()
        return self.transport.writes[before:]

    async def ended(self) -> None:
        """Wait until no request is served."""
        while self.state.tasks:
            await asyncio.wait(self.state.tasks)
            await asyncio.sleep(0)  # for what is done when a task has ended


def wire_to(app: App, log: Log) -> Wire:
    """Connect to an app."""
    transport, clock, state = Transport(), Clock(), ServerState()
    config = uvicorn_config(Config(), app, None, log)
    loop: asyncio.AbstractEventLoop = clock  # type: ignore[assignment]  # all of it that is used
    connection = Connection(config, state, {}, loop, log=log)
    connection.connection_made(transport)
    return Wire(connection, transport, clock, state)
