"""A client that goes away in the middle of what it sends or receives."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

TIMEOUT = 90.0  # seconds


def send_part(
    address: str, method: str, target: str, content: bytes, *, of: int, headers: Mapping[str, str]
) -> None:
    """Promise a body of `of` bytes, send only the content, and close the connection."""
    with sending_part(address, method, target, content, of=of, headers=headers):
        pass


@contextmanager
def sending_part(
    address: str, method: str, target: str, content: bytes, *, of: int, headers: Mapping[str, str]
) -> Iterator[None]:
    """Promise a body of `of` bytes, send only the content, and leave it at that for the block."""
    with _connected(address) as connection:
        promised = {**headers, "Content-Length": str(of)}
        connection.sendall(_head(address, method, target, promised) + content)
        yield


def receive_part(address: str, target: str, size: int) -> None:
    """Ask for the target, take `size` bytes of the answer, and close the connection."""
    with _connected(address) as connection:
        connection.sendall(_head(address, "GET", target, {}))
        while size > 0 and (received := connection.recv(min(size, 65536))):
            size -= len(received)


def _connected(address: str) -> socket.socket:
    host, _, port = address.partition(":")
    return socket.create_connection((host, int(port)), timeout=TIMEOUT)


def _head(address: str, method: str, target: str, headers: Mapping[str, str]) -> bytes:
    fields = {"Host": address, **headers}
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode()
