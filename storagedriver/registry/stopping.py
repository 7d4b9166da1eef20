"""How the server stops: whom it waits for, how long, and what becomes of the rest."""

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

import uvicorn

from storagedriver.registry.accepting import Acceptor, PlainAcceptor
from storagedriver.registry.handshakes import Handshakes
from storagedriver.registry.logs import Log
from storagedriver.registry.shares import Share

CUT_SECONDS = 10.0
FLUSH_SECONDS = 1.0
TICK_SECONDS = 0.05
MOST_ORDERS = 16
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

    @contextmanager
    def on_orders(self, orders: socket.socket) -> Iterator[None]:
        """Take each byte that comes as such a wish, while in the block, and the end as one too."""
        loop = asyncio.get_running_loop()

        def read() -> None:
            try:
                told = orders.recv(MOST_ORDERS)
            except BlockingIOError:
                return
            except OSError:
                told = b""
            for _ in told:
                self.ask()
            if not told:  # who gave orders has died
                loop.remove_reader(orders)
                self.is_asked = True

        orders.settimeout(0)
        loop.add_reader(orders, read)
        try:
            yield
        finally:
            loop.remove_reader(orders)

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
    """uvicorn's server, stopped by `stop`, that waits for what it cut.

    With a `share`, it takes connections in turn with the other processes that have one.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        stop: Stop,
        drain_seconds: float,
        announce: Callable[[], None],
        log: Log,
        share: Share | None = None,
    ) -> None:
        super().__init__(config)
        self._share = share
        self._acceptors: list[Acceptor] = []
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
        if self.config.ssl is None and self._share is None:
            await super().startup(sockets)
        else:
            await super().startup([])
            self._acceptors = [self._acceptor(each) for each in sockets or []]
            # Which are closed, and asked nothing else.
            self.servers += self._acceptors  # type: ignore[arg-type]
        self._announce()

    def _acceptor(self, listener: socket.socket) -> Acceptor:
        is_ahead = None if self._share is None else self._is_ahead
        if self.config.ssl is None:
            return PlainAcceptor(listener, self._connection, self._log, is_ahead)
        return Handshakes(listener, self.config.ssl, self._connection, self._log, is_ahead)

    def _connection(self) -> asyncio.Protocol:
        make = cast("Callable[..., asyncio.Protocol]", self.config.http_protocol_class)
        state, app_state = self.server_state, self.lifespan.state
        return make(config=self.config, server_state=state, app_state=app_state)

    def _is_ahead(self) -> bool:
        self._tell()
        return self._share is not None and self._share.is_ahead()

    def _tell(self) -> None:
        if self._share is not None:
            pending = sum(each.pending for each in self._acceptors)
            self._share.tell(len(self.server_state.connections) + pending)

    async def on_tick(self, counter: int) -> bool:
        """Keep the time of answers right, and tell whether to stop."""
        self._tell()
        return await super().on_tick(counter) or self._stop.is_asked

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Refuse new connections, let requests end, and cut what takes too long."""
        state = self.server_state
        self._log.event("info", "stopping", [("requests", len(state.tasks))])
        for server in self.servers:
            server.close()
        if self._share is not None:
            self._share.leave()
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
