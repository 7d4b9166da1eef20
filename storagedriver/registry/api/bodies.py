"""Request bodies: received piece by piece, and got rid of when nobody wants them."""

import asyncio
from typing import Self

from starlette.requests import ClientDisconnect
from starlette.types import Receive

DRAINED = 2**20
"""How many bytes of an unwanted body are read, so that the connection can be used again."""

PATIENCE = 1.0
"""How many seconds an answer waits for that."""

LINGER = 5.0
"""How many seconds a connection stays open after its last answer, for a client that still sends."""

_MOST_DIGITS = 18


class Body:
    """The body of one request, as an async iterator of its pieces, none of them empty.

    `length` is what `Content-Length` announced, in bytes, or None; `held_back` tells that the
    client waits for being told to send it. `complete` tells whether all of it was received. A
    client that goes away in the middle is a `ClientDisconnect`.
    """

    def __init__(self, receive: Receive, *, length: int | None, held_back: bool) -> None:
        self._receive = receive
        self._held_back = held_back
        self.length = length
        self.complete = length == 0

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        while not self.complete:
            self._held_back = False
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            self.complete = not message.get("more_body", False)
            chunk: bytes = message.get("body", b"")
            if chunk:
                return chunk
        raise StopAsyncIteration

    async def drain(self) -> None:
        """Read what is left of an unwanted body if it is small; `complete` tells whether it was.

        A body that the client holds back until it is told to continue is left where it is.
        """
        if not self._held_back and (self.length is None or self.length <= DRAINED):
            await self._discard(PATIENCE, DRAINED)

    async def linger(self) -> None:
        """Read on for a while, so that a client in the middle of sending can read the answer."""
        if not self._held_back:
            await self._discard(LINGER)

    async def _discard(self, seconds: float, most: int | None = None) -> None:
        """Read for so long, and at most about so many bytes; nobody minds an early end."""
        received = 0
        try:
            async with asyncio.timeout(seconds):
                async for chunk in self:
                    received += len(chunk)
                    if most is not None and received > most:
                        return
        except (TimeoutError, ClientDisconnect):
            return


def announced_length(text: str | None) -> int | None:
    """Read a `Content-Length` header; what is no number counts as not announced."""
    if text is None or not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        return None
    return int(text)
