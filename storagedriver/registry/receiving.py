"""Large bodies, received straight into the pieces that they are stored by.

An HTTP parser that sees a body copies it twice and hands it on by 64 KiB; what comes here is copied
once, by the kernel, and handed on by the MiB.
"""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

PIECE = 1 << 20
"""How many bytes are handed on at once: as many as the store hashes and writes at once."""

Message = dict[str, Any]


class Parsing(HttpToolsProtocol, ABC):
    """The connection that a body belongs to, which parses what comes before and after it."""

    @property
    @abstractmethod
    def is_refused(self) -> bool:
        """Whether nothing is received any more, as an error was answered."""

    @abstractmethod
    def body_came(self) -> None:
        """Take notice that some of the body has come."""


def receive_directly(connection: Parsing, cycle: RequestResponseCycle, left: int) -> None:
    """Let the rest of a request's body, `left` bytes, come without the connection's parser.

    Its app must not have begun to ask for it.
    """
    body = DirectBody(connection, cycle, left)
    cycle.receive = body.receive  # type: ignore[method-assign,assignment]
    _switch(connection, body)


class DirectBody(asyncio.BufferedProtocol):
    """The rest of a body, `left` bytes, as the protocol of its transport until it has come.

    One piece waits to be asked for while the next is not received yet: TCP holds the client back.
    Who receives a piece owns it. What came before a connection broke is given before that is told.
    """

    def __init__(self, connection: Parsing, cycle: RequestResponseCycle, left: int) -> None:
        self._connection = connection
        self._cycle = cycle
        self._left = left
        self._ready: deque[bytearray] = deque()
        self._piece = bytearray()
        self._filled = 0
        self._next: Callable[[], Awaitable[Any]] = cycle.receive

    @property
    def held(self) -> int:
        """How many bytes have come that were not asked for yet."""
        return sum(map(len, self._ready)) + self._filled

    async def receive(self) -> Message:
        """Give the next piece of the request, as an ASGI server does."""
        if self._cycle.body:  # what the parser has seen comes first
            seen, self._cycle.body = self._cycle.body, bytearray()
            return _message(seen, more=bool(self._left or self._ready))
        while self._left and not self._ready:
            # It knows of clients that wait to be told to go on, and of those that went away.
            message: Message = await self._next()
            if message["type"] != "http.request":
                return self._cut() or message
        if not self._ready:
            end: Message = await self._next()
            return end
        piece = self._ready.popleft()
        if not self._cycle.disconnected:
            self._connection.flow.resume_reading()
        return _message(piece, more=bool(self._left or self._ready))

    def _cut(self) -> Message | None:
        """Give what has come of a piece that does not go on, once."""
        piece, self._filled = self._piece[: self._filled], 0
        return _message(piece, more=True) if piece else None

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return where the next bytes go."""
        del sizehint
        if self._filled == len(self._piece):
            self._piece = bytearray(min(PIECE, self._left))
            self._filled = 0
        return memoryview(self._piece)[self._filled :]

    def buffer_updated(self, nbytes: int) -> None:
        """Take notice of bytes that have come."""
        if self._connection.is_refused:
            return
        self._left -= nbytes
        self._filled += nbytes
        self._connection.body_came()
        if self._filled == len(self._piece):
            if not self._cycle.response_complete:  # somebody may still want it
                self._ready.append(self._piece)
                self._connection.flow.pause_reading()
            self._piece = bytearray()
            self._filled = 0
            self._cycle.message_event.set()
        if not self._left:
            self._cycle.more_body = False
            # The old one still waits for the body.
            self._connection.parser = httptools.HttpRequestParser(self._connection)
            _switch(self._connection, self._connection)

    def pause_writing(self) -> None:
        """Have the answer wait."""
        self._connection.pause_writing()

    def resume_writing(self) -> None:
        """Let the answer go on."""
        self._connection.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let the request know."""
        self._connection.connection_lost(exc)


def _switch(connection: Parsing, protocol: asyncio.BaseProtocol) -> None:
    """Have another protocol receive; a transport asks it how while it begins to read."""
    connection.transport.pause_reading()
    connection.transport.set_protocol(protocol)
    if not connection.flow.read_paused:
        connection.transport.resume_reading()


def _message(piece: bytearray, *, more: bool) -> Message:
    return {"type": "http.request", "body": piece, "more_body": more}
