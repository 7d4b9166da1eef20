"""What this machine can do at most: no figure of a registry means much without them.

Pushed bytes are hashed, written and synced, and pulled bytes go through loopback, whoever serves.
"""

import hashlib
import os
import shlex
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks import load
from benchmarks.client import Client, make_payload
from benchmarks.hammer import hammer
from benchmarks.measuring import Row, Sample, clock
from benchmarks.registry.comparing import compare, servers, used
from benchmarks.results import GroupResult
from benchmarks.running import Group, Run
from benchmarks.servers import Kind, Server
from benchmarks.sizes import MIB, Scale, spelled

HASH = "sha256, one core"
WRITE = "disk: one file written and fsynced"
SWAP = "disk: 4 KiB file, fsync, rename, fsync of folder"
APP = "bare ASGI app"
FILES = "bare ASGI file server, GET of"


@dataclass(frozen=True, slots=True)
class Machine:
    """The only side: this machine, and a bare server on it."""

    name: str
    bare: Server


MachineRow = Row[Callable[[Machine], Sample | None]]


class Limits:
    """What is asked of a machine."""

    def __init__(self, scale: Scale, folder: Path) -> None:
        self._scale = scale
        self._folder = folder

    def rows(self) -> Iterator[MachineRow]:
        """Give all rows."""
        for title, seconds in (
            (HASH, lambda: hash_seconds(self._scale.large)),
            (WRITE, lambda: write_seconds(self._folder, self._scale.large)),
            ("loopback: bytes of memory to a dropped read", self._loopback),
            ("loopback: sendfile to a dropped read", self._sendfile),
        ):
            yield Row(title, "MiB/s", partial(self._rate, seconds), writes=True)
        yield Row(
            SWAP, "times/s", lambda _: Sample(value=1 / swap_seconds(self._folder)), writes=True
        )
        for connections in (1, 64):
            title = f"{APP}, {connections} at once"
            yield Row(title, "GETs/s", partial(self._app, connections), batch=1000)
        size = self._scale.large
        yield Row(f"{FILES} {spelled(size)}", "MiB/s", partial(self._file, 1), batch=size // MIB)
        title = f"{FILES} {spelled(size)}, {self._scale.pulls} at once"
        many = partial(self._file, self._scale.pulls)
        yield Row(title, "MiB/s", many, batch=size // MIB)

    def fill(self, server: Server) -> None:
        """Write the file that is served."""
        make_payload(server.data / "file", self._scale.large)

    def _rate(self, seconds: Callable[[], float], _: Machine) -> Sample:
        return Sample(value=self._scale.large / MIB / seconds())

    def _loopback(self) -> float:
        block = bytes(4 * MIB)

        def send(connection: socket.socket) -> None:
            for _ in range(self._scale.large // len(block)):
                connection.sendall(block)

        return loopback_seconds(send)

    def _sendfile(self) -> float:
        path = self._folder / "sent"
        path.write_bytes(bytes(self._scale.large))

        def send(connection: socket.socket) -> None:
            with path.open("rb") as file:
                connection.sendfile(file)

        taken = loopback_seconds(send)
        path.unlink()
        return taken

    def _app(self, connections: int, machine: Machine) -> Sample | None:
        seconds = self._scale.load_seconds

        def ask(server: Server) -> Sample:
            return hammer(server.address, "GET", "/", connections=connections, seconds=seconds)

        return used(machine.bare, ask)

    def _file(self, times: int, machine: Machine) -> Sample | None:
        def get(server: Server) -> Sample:
            with clock(times * self._scale.large / MIB) as sample:
                load.at_once(server.address, ["/file"] * times, times, Client.drop)
            return sample

        return used(machine.bare, get)


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


def loopback_seconds(send: Callable[[socket.socket], None]) -> float:
    """Return how long it takes to receive what another process sends over TCP on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        child = os.fork()
        if child == 0:
            _send(send, listener.getsockname())
        connection, _ = listener.accept()
        with connection:
            taken = _drop(connection)
    os.waitpid(child, 0)
    return taken


def _send(send: Callable[[socket.socket], None], address: tuple[str, int]) -> None:
    """Send and leave, in a child process."""
    try:
        with socket.create_connection(address) as connection:
            send(connection)
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


def _measure(run: Run, result: GroupResult) -> None:
    limits = Limits(run.scale, run.folder)
    rows = run.selection.rows(result.name, limits.rows())
    program = shlex.join([sys.executable, str(Path(__file__).with_name("bareapps.py"))])
    command = program + " {folder} {port}"
    if rows:
        with servers(run, "limits", [Kind("bare", command)]) as (bare,):
            limits.fill(bare)
            compare(run, result, rows, [Machine("this machine", bare)])


GROUP = Group("limits", "Limits of this machine", _measure)
