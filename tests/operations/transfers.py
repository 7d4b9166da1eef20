"""Bodies of any size, sent and received without holding them in memory."""

import hashlib
from collections.abc import Callable, Iterator
from http.client import HTTPConnection

from tests.operations.repository import PATIENCE

MIB = 1024 * 1024


def body(size: int, seed: int) -> Iterator[bytes]:
    """Yield `size` bytes, a whole number of MiB, each of which differs from the others."""
    rest = bytes([seed]) * (MIB - 8)
    for number in range(size // MIB):
        yield number.to_bytes(8) + rest


def digest_of_body(size: int, seed: int) -> str:
    running = hashlib.sha256()
    for chunk in body(size, seed):
        running.update(chunk)
    return f"sha256:{running.hexdigest()}"


def push_body(
    address: str, location: str, size: int, seed: int, halfway: Callable[[], object]
) -> str:
    """Send the body in one PUT to an upload, call `halfway` in its middle, give its digest."""
    digest = digest_of_body(size, seed)
    headers = {"Content-Length": str(size), "Content-Type": "application/octet-stream"}
    connection = HTTPConnection(address, timeout=PATIENCE)
    try:
        chunks = _with_pause(body(size, seed), size // MIB // 2, halfway)
        connection.request("PUT", f"{location}?digest={digest}", chunks, headers)
        answer = connection.getresponse()
        told = answer.read()
        assert 201 == answer.status, told
    finally:
        connection.close()
    return digest


def pull_body(address: str, target: str, halfway: Callable[[], object]) -> str:
    """Receive the target, call `halfway` in its middle, give the digest of what came."""
    running, buffer = hashlib.sha256(), bytearray(MIB)
    connection = HTTPConnection(address, timeout=PATIENCE)
    try:
        connection.request("GET", target)
        answer = connection.getresponse()
        assert 200 == answer.status, answer.read()
        received, size = 0, int(answer.headers["Content-Length"])
        while count := answer.readinto(buffer):
            running.update(memoryview(buffer)[:count])
            if received <= size // 2 < received + count:
                halfway()
            received += count
    finally:
        connection.close()
    return f"sha256:{running.hexdigest()}"


def _with_pause(
    chunks: Iterator[bytes], middle: int, halfway: Callable[[], object]
) -> Iterator[bytes]:
    for number, chunk in enumerate(chunks):
        if number == middle:
            halfway()
        yield chunk
