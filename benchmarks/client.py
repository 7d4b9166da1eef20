"""A raw HTTP/1.1 client that costs little, so that the server is what is measured.

Bodies leave by `sendfile` and arrive with `MSG_TRUNC`, which lets the kernel drop them without a
copy. Whatever it is asked raises `WrongAnswerError` for any answer but the right one.
"""

import hashlib
import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from benchmarks.measuring import WrongAnswerError
from benchmarks.sizes import MIB

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
WAIT_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP answer; the names of headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Payload:
    """A file to push, and what it is: `size` is in bytes."""

    path: Path
    size: int
    digest: str


def digest_of(content: bytes) -> str:
    """Return the digest of some bytes as registries spell it."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def make_payload(path: Path, size: int) -> Payload:
    """Write `size` random bytes to a file, or renew the first of them when it has that size.

    Every call gives another digest, so that no server ever receives a blob for a second time.
    """
    if not path.exists() or path.stat().st_size != size:
        with path.open("wb") as file:
            for _ in range(size // MIB):
                file.write(os.urandom(MIB))
            file.write(os.urandom(size % MIB))
    with path.open("r+b") as file:
        file.write(os.urandom(min(size, 64)))
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Payload(path, size, "sha256:" + digest)


class Client:
    """One connection that is kept alive."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._socket = socket.create_connection(address, timeout=WAIT_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._host = f"{address[0]}:{address[1]}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def request(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        *,
        expect: int | tuple[int, ...],
        media_type: str = "application/octet-stream",
    ) -> Answer:
        """Send a small request and return the answer, whose status has to be as expected."""
        self._socket.sendall(self._head(method, target, len(body), media_type) + body)
        return self._answer(method, target, expect if isinstance(expect, tuple) else (expect,))

    def send(self, method: str, target: str, payload: Payload, *, expect: int) -> Answer:
        """Send a file as the body, straight from the page cache."""
        self._socket.sendall(self._head(method, target, payload.size))
        with payload.path.open("rb") as file:
            self._socket.sendfile(file)
        return self._answer(method, target, (expect,))

    def digest(self, target: str) -> str:
        """Return the digest of what a GET gives, wherever it leads."""
        hasher = hashlib.sha256()
        self._get(target, lambda space, count: hasher.update(space[:count]), 0)
        return f"sha256:{hasher.hexdigest()}"

    def range(self, target: str, start: int, length: int) -> bytes:
        """Return a range of a blob."""
        self._socket.sendall(
            self._head("GET", target, 0, more=[f"Range: bytes={start}-{start + length - 1}"])
        )
        return self._answer("GET", target, (206,)).body

    def drop(self, target: str) -> int:
        """GET, let the kernel drop the body, and return how many bytes it had."""
        return self._get(target, lambda _space, _count: None, socket.MSG_TRUNC)

    def _get(self, target: str, take: Callable[[memoryview, int], None], flags: int) -> int:
        """GET, give the body to `take` in pieces, and return how many bytes it had.

        Where the answer leads elsewhere, the body comes from there, over a new connection.
        """
        self._socket.sendall(self._head("GET", target, 0))
        status, headers, begun = self._receive_head()
        left = size = int(headers.get("content-length", "0"))
        if status == 307:
            while len(begun) < size:
                begun += self._more()
            address, target = parted(headers["location"])
            with Client(address) as other:
                return other._get(target, take, flags)
        if status != 200:
            raise WrongAnswerError(f"GET {target}: {status}")
        take(memoryview(begun), len(begun))
        left -= len(begun)
        space = memoryview(bytearray(4 * MIB))
        while left:
            count = self._socket.recv_into(space, min(left, len(space)), flags)
            if not count:
                raise WrongAnswerError(f"GET {target}: ended {left} bytes early")
            take(space, count)
            left -= count
        return size

    def _head(
        self,
        method: str,
        target: str,
        length: int,
        media_type: str = "application/octet-stream",
        more: Sequence[str] = (),
    ) -> bytes:
        """Return the head of a request."""
        lines = [f"{method} {target} HTTP/1.1", f"Host: {self._host}", f"Accept: {MANIFEST}, */*"]
        if method not in {"GET", "HEAD"}:
            lines += [f"Content-Type: {media_type}", f"Content-Length: {length}"]
        return "\r\n".join([*lines, *more, "", ""]).encode()

    def _answer(self, method: str, target: str, expect: tuple[int, ...]) -> Answer:
        """Receive a whole answer."""
        status, headers, begun = self._receive_head()
        body = bytearray(begun)
        length = 0 if method == "HEAD" else int(headers.get("content-length", "0"))
        if headers.get("transfer-encoding") == "chunked" and method != "HEAD":
            body = bytearray(self._chunks(begun))
        while len(body) < length:
            body += self._more()
        if status not in expect:
            raise WrongAnswerError(f"{method} {target}: {status} {bytes(body[:500])!r}")
        return Answer(status, headers, bytes(body))

    def _receive_head(self) -> tuple[int, dict[str, str], bytes]:
        """Receive up to the empty line; return the status, the headers and the body's beginning."""
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._more()
        head, _, begun = received.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        return int(first.split()[1]), headers, begun

    def _chunks(self, received: bytes) -> bytes:
        """Receive a body that comes in chunks, of which `received` is the beginning."""
        body = b""
        while True:
            while b"\r\n" not in received:
                received += self._more()
            line, _, received = received.partition(b"\r\n")
            length = int(line, 16)
            while len(received) < length + 2:
                received += self._more()
            body, received = body + received[:length], received[length + 2 :]
            if not length:
                return body

    def _more(self) -> bytes:
        """Receive some bytes, at least one."""
        received = self._socket.recv(MIB)
        if not received:
            raise WrongAnswerError("the server closed the connection")
        return received


def parted(url: str) -> tuple[tuple[str, int], str]:
    """Part a URL into where to connect to and the target of a request."""
    split = urlsplit(url)
    target = split.path + (f"?{split.query}" if split.query else "")
    return (split.hostname or "127.0.0.1", split.port or 80), target
