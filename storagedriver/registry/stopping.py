"""How the server stops: whom it waits for, how long, and what becomes of the rest."""

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

import uvicorn

from storagedriver.registry.handshakes import Handshakes
from storagedriver.registry.logs import Log

CUT_SECONDS = 10.0
FLUSH_SECONDS = 1.0
TICK_SECONDS = 0.05
SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stop:
    """Whether the server was told to stop, and whether at once."""

    def __init__(self) -> None:
        self.is_asked = False
        self.is_forced = False

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Take SIGTERM and SIGINT as the wish to stop, while in the block; a third one kills."""
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self.ask)
        try:
            yield
        finally:
            self._forget()

    def ask(self) -> None:
        """Stop; a second time, at once."""
        if self.is_asked:
            self.is_forced = True
            self._forget()
        self.is_asked = True

    def _forget(self) -> None:
        for number in SIGNALS:
            asyncio.get_running_loop().remove_signal_handler(number)


class Server(uvicorn.Server):
    """uvicorn's server, stopped by `stop`, that waits for what it cut."""

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        stop: Stop,
        drain_seconds: float,
        announce: Callable[[], None],
        log: Log,
    ) -> None:
        super().__init__(config)
        self._stop = stop
        self._drain_seconds = drain_seconds
        self._announce = announce
        self._log = log

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to `stop`."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept connections, then say so."""
        encryption = self.config.ssl
        if encryption is None:
            await super().startup(sockets)
        else:
            await super().startup([])
            self.servers += [  # which are closed, and asked nothing else
                Handshakes(each, encryption, self._connection, self._log)  # type: ignore[misc]
                for each in sockets or []
            ]
        self._announce()

    def _connection(self) -> asyncio.Protocol:
        make = cast("Callable[..., asyncio.Protocol]", self.config.http_protocol_class)
        state, app_state = self.server_state, self.lifespan.state
        return make(config=self.config, server_state=state, app_state=app_state)

    async def on_tick(self, counter: int) -> bool:
        """Keep the time of answers right, and tell whether to stop."""
        return await super().on_tick(counter) or self._stop.is_asked

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Refuse new connections, let requests end, and cut what takes too long."""
        state = self.server_state
        self._log.event("info", "stopping", [("requests", len(state.tasks))])
        for server in self.servers:
            server.close()
        for each in sockets or []:
            each.close()
        for connection in list(state.connections):
            connection.shutdown()
        await self._wait(
            self._drain_seconds,
            lambda: self._stop.is_forced or not (self._is_needed() or state.tasks),
        )
        if state.tasks:
            self._log.event("warning", "cut", [("requests", len(state.tasks))])
        for task in list(state.tasks):
            task.cancel()
        await self._wait(CUT_SECONDS, lambda: not state.tasks)
        await self._wait(FLUSH_SECONDS, lambda: not state.connections)
        for connection in list(state.connections):
            connection.transport.abort()
        await self.lifespan.shutdown()

    def _is_needed(self) -> bool:
        """Tell whether a connection has something to do yet.

        One that is closed and sent all it had may be there still: over TLS the client has to agree.
        """
        transports = [connection.transport for connection in self.server_state.connections]
        return any(each.get_write_buffer_size() or not each.is_closing() for each in transports)

    async def _wait(self, seconds: float, is_enough: Callable[[], bool]) -> None:
        """Wait until something is so, for a limited time."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        # It is about plain sets of uvicorn's: nothing to wait on.
        while loop.time() < end and not is_enough():  # noqa: ASYNC110 - see above
            await asyncio.sleep(TICK_SECONDS)
