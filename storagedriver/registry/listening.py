"""Sockets to listen on, and how their addresses are written."""

import errno
import ipaddress
import socket

BACKLOG = 2048

_NO_SUCH_ADDRESS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
_PROBES = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4))


def listen(host: str, port: int) -> list[socket.socket]:
    """Listen on each address of a host (empty: all addresses), all with one port.

    Port 0 takes a free one. An address that this machine does not have is left out unless it is
    the only one. Raises `OSError`, and `UnicodeError` for what can be no host's name.
    """
    flags = socket.AI_PASSIVE
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=flags)
    addresses = dict.fromkeys((family, address) for family, _, _, _, address in found)
    sockets: list[socket.socket] = []
    failure: OSError | None = None
    for family, address in addresses:
        taken = sockets[0].getsockname()[1] if sockets else port
        try:
            sockets.append(_bound(family, (address[0], taken, *address[2:]), len(addresses) > 1))
        except OSError as error:
            failure = error
            if error.errno not in _NO_SUCH_ADDRESS:
                break
    if failure is not None and (not sockets or failure.errno not in _NO_SUCH_ADDRESS):
        for each in sockets:
            each.close()
        raise failure
    return sockets


def _bound(family: int, address: tuple[object, ...], is_one_of_many: bool) -> socket.socket:  # noqa: FBT001 - private
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(is_one_of_many))
        # Connections inherit these: a client that vanished without a word is found in 2 minutes.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in _PROBES:
            if hasattr(socket, option):
                bound.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
        bound.bind(address)
        bound.listen(BACKLOG)  # at once: until then, another process could bind the same address
    except BaseException:
        bound.close()
        raise
    return bound


def authority(host: str, port: int) -> str:
    """Write a host and a port as URLs have them."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches an address."""
    return ipaddress.ip_address(host.partition("%")[0]).is_loopback


def reachable(host: str) -> str:
    """Give an address that reaches a socket bound to this one, from this machine."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - only compared
