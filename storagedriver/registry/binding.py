"""The sockets that a server is run with."""

import socket
from contextlib import ExitStack
from typing import NamedTuple

from storagedriver.registry.configuration.config import Config
from storagedriver.registry.listening import authority, listen
from storagedriver.registry.unixsockets import listening_at


class Sockets(NamedTuple):
    """What is listened on: for clients, and for operators, which may be nothing."""

    registry: list[socket.socket]
    debug: list[socket.socket]


class CannotListenError(Exception):
    """An address cannot be listened on; the message says which, and why."""


def bound(config: Config, closing: ExitStack) -> Sockets:
    """Listen where a configuration says, and close all of it at the end of `closing`.

    For operators, that is on this machine alone unless a host is given. Raises `CannotListenError`.
    """
    registry = _for_clients(config, closing)
    if config.debug.address is None:
        return Sockets(registry, [])
    host, port = config.debug.address
    return Sockets(registry, _listening(host or "localhost", port, closing))


def _for_clients(config: Config, closing: ExitStack) -> list[socket.socket]:
    if config.socket is None:
        return _listening(config.host, config.port, closing)
    try:
        return [closing.enter_context(listening_at(config.socket))]
    except OSError as error:
        message = f"cannot listen on {config.socket}: {error.strerror or error}"
        raise CannotListenError(message) from error


def _listening(host: str, port: int, closing: ExitStack) -> list[socket.socket]:
    try:
        sockets = listen(host, port)
    except (OSError, UnicodeError) as error:
        reason = error.strerror or error if isinstance(error, OSError) else error
        message = f"cannot listen on {authority(host, port)}: {reason}"
        raise CannotListenError(message) from error
    for each in sockets:
        closing.callback(each.close)
    return sockets
