"""The load: a raw HTTP/1.1 client that costs little, and the operations that are timed.

Bodies leave by `sendfile` and arrive with `MSG_TRUNC`, which lets the kernel drop them without a
copy, so that on a machine of two cores the server is what is measured. Every operation raises
`UnexpectedAnswerError` for any answer but the right one: a failure is never timed as a success.
"""

import hashlib
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Self

MIB = 1024 * 1024
REPOSITORY = "benchmark/image"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
WAIT_SECONDS = 300


class UnexpectedAnswerError(Exception):
    """A server answered something else than the operation needs."""


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
        expect: int,
        media_type: str = "application/octet-stream",
    ) -> Answer:
        """Send a small request and return the answer, whose status has to be `expect`."""
        self._socket.sendall(self._head(method, target, len(body), media_type) + body)
        return self._answer(method, target, expect)

    def send(self, method: str, target: str, payload: Payload, *, expect: int) -> Answer:
        """Send a file as the body, straight from the page cache."""
        self._socket.sendall(self._head(method, target, payload.size))
        with payload.path.open("rb") as file:
            self._socket.sendfile(file)
        return self._answer(method, target, expect)

    def digest(self, target: str) -> str:
        """Return the digest of what a GET gives."""
        return digest_of(self.request("GET", target, expect=200).body)

    def drop(self, target: str) -> int:
        """GET, let the kernel drop the body, and return how many bytes it had."""
        self._socket.sendall(self._head("GET", target, 0))
        status, headers, begun = self._receive_head()
        if status != 200:
            raise UnexpectedAnswerError(f"GET {target}: {status}")
        size = int(headers["content-length"])
        left = size - len(begun)
        space = bytearray(4 * MIB)
        while left:
            count = self._socket.recv_into(space, min(left, len(space)), socket.MSG_TRUNC)
            if not count:
                raise UnexpectedAnswerError(f"GET {target}: ended {left} bytes early")
            left -= count
        return size

    def _head(
        self, method: str, target: str, length: int, media_type: str = "application/octet-stream"
    ) -> bytes:
        """Return the head of a request."""
        lines = [f"{method} {target} HTTP/1.1", f"Host: {self._host}", f"Accept: {MANIFEST}, */*"]
        if method != "GET":
            lines += [f"Content-Type: {media_type}", f"Content-Length: {length}"]
        return "\r\n".join([*lines, "", ""]).encode()

    def _answer(self, method: str, target: str, expect: int) -> Answer:
        """Receive a whole answer."""
        status, headers, begun = self._receive_head()
        body = bytearray(begun)
        length = int(headers.get("content-length", "0"))
        while len(body) < length:
            body += self._more()
        if status != expect:
            raise UnexpectedAnswerError(f"{method} {target}: {status} {bytes(body[:500])!r}")
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

    def _more(self) -> bytes:
        """Receive some bytes, at least one."""
        received = self._socket.recv(MIB)
        if not received:
            raise UnexpectedAnswerError("the server closed the connection")
        return received


def start_upload(client: Client) -> str:
    """Open an upload and return where it goes on."""
    answer = client.request("POST", f"/v2/{REPOSITORY}/blobs/uploads/", expect=202)
    return _target(answer)


def finishing(location: str, digest: str) -> str:
    """Return the target of the PUT that ends an upload."""
    return f"{location}{'&' if '?' in location else '?'}digest={digest}"


def push_by_put(client: Client, payload: Payload) -> None:
    """Push a blob as containerd and oras do: POST, then all of it in one PUT."""
    location = start_upload(client)
    client.send("PUT", finishing(location, payload.digest), payload, expect=201)


def push_by_patch(client: Client, payload: Payload) -> None:
    """Push a blob as docker, podman and skopeo do: POST, one PATCH, and an empty PUT."""
    location = start_upload(client)
    location = _target(client.send("PATCH", location, payload, expect=202))
    client.request("PUT", finishing(location, payload.digest), expect=201)


def push_small(client: Client, blobs: Iterable[bytes]) -> None:
    """Push blobs one after another over one connection: POST, then PUT."""
    for content in blobs:
        location = start_upload(client)
        client.request("PUT", finishing(location, digest_of(content)), content, expect=201)


def push_small_at_once(address: tuple[str, int], blobs: list[bytes], connections: int) -> None:
    """Push blobs over some connections side by side, as a client does with an image's layers."""

    def push(share: list[bytes]) -> None:
        with Client(address) as client:
            push_small(client, share)

    with ThreadPoolExecutor(connections) as pool:
        list(pool.map(push, [blobs[start::connections] for start in range(connections)]))


def push_manifest(client: Client, reference: str, content: bytes) -> None:
    """Push a manifest by tag."""
    target = f"/v2/{REPOSITORY}/manifests/{reference}"
    client.request("PUT", target, content, expect=201, media_type=MANIFEST)


def pull_blob(client: Client, digest: str) -> None:
    """Pull a blob, and drop it."""
    client.drop(f"/v2/{REPOSITORY}/blobs/{digest}")


def requests_per_second(url: str, seconds: int) -> float | None:
    """Return how many GETs of a manifest a second wrk is answered on 16 connections.

    None where wrk is not installed.
    """
    if shutil.which("wrk") is None:
        return None
    command = ["wrk", "-t1", "-c16", f"-d{seconds}s", "-H", f"Accept: {MANIFEST}", url]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        raise UnexpectedAnswerError(output)
    found = re.search(r"Requests/sec:\s+([\d.]+)", output)
    if found is None:
        raise UnexpectedAnswerError(output)
    return float(found[1])


def _target(answer: Answer) -> str:
    """Return the path and query of an answer's Location."""
    return re.sub(r"^https?://[^/]+", "", answer.headers["location"])
