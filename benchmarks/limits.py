"""What this machine can do at most: no figure of a registry means much without them.

Pushed bytes are hashed, written and synced, and pulled bytes go through loopback, whoever serves.
"""

import hashlib
import os
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load import MIB


@dataclass(frozen=True, slots=True)
class Limit:
    """One physical limit of this machine."""

    name: str
    value: float
    unit: str


def measure(folder: Path, size: int) -> Iterator[Limit]:
    """Measure each limit; `size` is the number of bytes written, hashed and sent for it."""
    yield Limit("sha256, one core", size / MIB / hash_seconds(size), "MiB/s")
    yield Limit(
        "disk: one file written and fsynced", size / MIB / write_seconds(folder, size), "MiB/s"
    )
    yield Limit(
        "disk: 4 KiB file, fsync, rename, fsync of folder", 1 / swap_seconds(folder), "per s"
    )
    yield Limit(
        "loopback, sendfile to a dropped read", size / MIB / loopback_seconds(folder, size), "MiB/s"
    )


def hash_seconds(size: int) -> float:
    """Return how long sha256 takes for `size` bytes."""
    block = os.urandom(MIB)
    hasher = hashlib.sha256()
    begun = time.perf_counter()
    for _ in range(size // MIB):
        hasher.update(block)
    return time.perf_counter() - begun


def write_seconds(folder: Path, size: int) -> float:
    """Return how long it takes to write a file of `size` bytes and to fsync it."""
    block = os.urandom(MIB)
    path = folder / "written"
    os.sync()
    begun = time.perf_counter()
    with path.open("wb", buffering=0) as file:
        for _ in range(size // MIB):
            file.write(block)
        os.fsync(file.fileno())
    taken = time.perf_counter() - begun
    path.unlink()
    return taken


def swap_seconds(folder: Path, times: int = 50) -> float:
    """Return how long one durable replacement of a small file takes."""
    block = os.urandom(4096)
    directory = os.open(folder, os.O_RDONLY)
    begun = time.perf_counter()
    for _ in range(times):
        with (folder / "new").open("wb") as file:
            file.write(block)
            file.flush()
            os.fsync(file.fileno())
        (folder / "new").rename(folder / "swapped")
        os.fsync(directory)
    taken = (time.perf_counter() - begun) / times
    os.close(directory)
    (folder / "swapped").unlink()
    return taken


def loopback_seconds(folder: Path, size: int) -> float:
    """Return how long `size` bytes take from one process to another over TCP on loopback."""
    path = folder / "sent"
    path.write_bytes(bytes(size))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        child = os.fork()
        if child == 0:
            _send(path, listener.getsockname())
        connection, _ = listener.accept()
        with connection:
            taken = _drop(connection)
    os.waitpid(child, 0)
    path.unlink()
    return taken


def _send(path: Path, address: tuple[str, int]) -> None:
    """Send a file and leave, in a child process."""
    try:
        with socket.create_connection(address) as connection, path.open("rb") as file:
            connection.sendfile(file)
    finally:
        os._exit(0)


def _drop(connection: socket.socket) -> float:
    """Receive to the end without copying; return the seconds from the first byte on."""
    space = bytearray(4 * MIB)
    connection.recv(1)
    begun = time.perf_counter()
    while connection.recv_into(space, len(space), socket.MSG_TRUNC):
        pass
    return time.perf_counter() - begun
