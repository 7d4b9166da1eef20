"""Connections, accepted one at a time on a socket that other processes may share."""

import asyncio
import errno
import socket
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress

from storagedriver.registry.listening import authority
from storagedriver.registry.logs import Log

REST_SECONDS = 1.0
YIELD_SECONDS = 0.005
CLOSED = -1

IsAhead = Callable[[], bool]
"""Tells whether this process has more to do than another one that shares the socket."""


class Acceptor(ABC):
    """Accepts connections on a socket that listens, and begins each in a task.

    `serve` makes the protocol of each. Where `is_ahead` says so, a connection is left to the others
    for 5 ms: an event loop's own server takes all that wait at once, so that one of several
    processes would have most of them.

    It has to be begun in an event loop.
    """

    def __init__(
        self,
        listener: socket.socket,
        serve: Callable[[], asyncio.Protocol],
        log: Log,
        is_ahead: IsAhead | None = None,
    ) -> None:
        listener.settimeout(0)
        self._listener = listener
        self._serve = serve
        self._log = log
        self._is_ahead = is_ahead
        self._running: set[asyncio.Task[None]] = set()
        self._accepting = asyncio.create_task(self._accept())

    @property
    def pending(self) -> int:
        """How many connections were accepted and have not begun."""
        return len(self._running)

    def close(self) -> None:
        """Accept no more, and break off what has not begun; the socket is its owner's to close."""
        self._accepting.cancel()
        # Now, as the socket may be closed before the task sees that it was cancelled.
        asyncio.get_running_loop().remove_reader(self._listener)
        for task in self._running:
            task.cancel()

    @abstractmethod
    async def begin(self, accepted: socket.socket, client: str | None) -> None:
        """Begin a connection; `client` is an address with a port, or None for a Unix socket's."""

    async def _accept(self) -> None:
        take = self._any if self._is_ahead is None else self._in_turn
        while True:
            try:
                accepted, address = await take()
            except OSError as error:
                await self._rest(error)
                continue
            client = None if isinstance(address, str) else authority(*address[:2])
            task = asyncio.create_task(self.begin(accepted, client))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _any(self) -> tuple[socket.socket, str | tuple[str, int]]:
        return await asyncio.get_running_loop().sock_accept(self._listener)

    async def _in_turn(self) -> tuple[socket.socket, str | tuple[str, int]]:
        while True:
            await self._somebody()
            if self._is_ahead is not None and self._is_ahead():
                await asyncio.sleep(YIELD_SECONDS)
            try:
                accepted, address = self._listener.accept()
            except BlockingIOError:
                continue  # another process was faster
            accepted.settimeout(0)
            return accepted, address

    async def _somebody(self) -> None:
        """Wait until a connection is there."""
        loop = asyncio.get_running_loop()
        there = asyncio.Event()
        loop.add_reader(self._listener, there.set)
        try:
            await there.wait()
        finally:
            if self._listener.fileno() != CLOSED:
                loop.remove_reader(self._listener)

    async def _rest(self, error: OSError) -> None:
        """Wait, for descriptors above all, unless it was the client who went away."""
        if error.errno != errno.ECONNABORTED:
            reason = f"no connection can be accepted: {error.strerror}"
            self._log.event("error", "refusing", [("message", reason)])
            await asyncio.sleep(REST_SECONDS)


class PlainAcceptor(Acceptor):
    """Hands connections on as they are."""

    async def begin(self, accepted: socket.socket, client: str | None) -> None:  # noqa: ARG002 - who it is, the protocol finds out
        """Hand a connection on."""
        with suppress(OSError):  # the client went away
            await asyncio.get_running_loop().connect_accepted_socket(self._serve, accepted)
