"""Connections over TLS: accepted, and handed on when the handshake is done.

An event loop's own server tells nobody of a handshake that fails, and allows it a minute.
"""

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable
from functools import partial

from storagedriver.registry.listening import authority
from storagedriver.registry.logs import Log

HANDSHAKE_SECONDS = 10.0
REST_SECONDS = 1.0


class Handshakes:
    """Accepts connections on a socket that listens, and shakes hands over each.

    `serve` makes the protocol for one whose handshake is done. It has to be begun in an event loop.
    """

    def __init__(
        self,
        listener: socket.socket,
        encryption: ssl.SSLContext,
        serve: Callable[[], asyncio.Protocol],
        log: Log,
    ) -> None:
        listener.settimeout(0)
        self._listener = listener
        self._encryption = encryption
        self._serve = serve
        self._log = log
        self._running: set[asyncio.Task[None]] = set()
        self._accepting = asyncio.create_task(self._accept())

    def close(self) -> None:
        """Accept no more, and break handshakes off; the socket is its owner's to close."""
        self._accepting.cancel()
        for task in self._running:
            task.cancel()

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                accepted, address = await loop.sock_accept(self._listener)
            except OSError as error:
                await self._rest(error)
                continue
            is_path = isinstance(address, str)
            client = None if is_path else authority(*address[:2])
            task = asyncio.create_task(self._shake(accepted, client))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _rest(self, error: OSError) -> None:
        """Wait, for descriptors above all, unless it was the client who went away."""
        if error.errno != errno.ECONNABORTED:
            reason = f"no connection can be accepted: {error.strerror}"
            self._log.event("error", "refusing", [("message", reason)])
            await asyncio.sleep(REST_SECONDS)

    async def _shake(self, accepted: socket.socket, client: str | None) -> None:
        refused = partial(self._refused, client)
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                self._serve,
                accepted,
                ssl=self._encryption,
                ssl_handshake_timeout=HANDSHAKE_SECONDS,
            )
        except ssl.SSLError as error:
            reason = (error.reason or "TLS failed").lower().replace("_", " ")
            refused("warning", f"no TLS handshake: {reason}")
        except ConnectionAbortedError:
            refused("warning", f"a TLS handshake may take {HANDSHAKE_SECONDS:g} seconds")
        except OSError:
            # A probe of whether the port is open, too.
            refused("info", "the client broke the TLS handshake off")

    def _refused(self, client: str | None, level: str, message: str) -> None:
        self._log.event(level, "refused", [("client", client), ("message", message)])
