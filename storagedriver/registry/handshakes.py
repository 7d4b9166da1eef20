"""Connections over TLS: accepted, and handed on when the handshake is done.

An event loop's own server tells nobody of a handshake that fails, and allows it a minute.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from functools import partial

from storagedriver.registry.accepting import Acceptor, IsAhead
from storagedriver.registry.logs import Log

HANDSHAKE_SECONDS = 10.0


class Handshakes(Acceptor):
    """Shakes hands over each connection, and makes its protocol when that is done."""

    def __init__(
        self,
        listener: socket.socket,
        encryption: ssl.SSLContext,
        serve: Callable[[], asyncio.Protocol],
        log: Log,
        is_ahead: IsAhead | None = None,
    ) -> None:
        super().__init__(listener, serve, log, is_ahead)
        self._encryption = encryption

    async def begin(self, accepted: socket.socket, client: str | None) -> None:
        """Shake hands, and hand the connection on."""
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
