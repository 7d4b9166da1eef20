"""The servers that are compared, as processes, each on a fresh folder of its own.

What a process used is read from `/proc`, its children included: CPU seconds from `stat`, memory
from `status`, whose peak (`VmHWM`) begins anew after `clear_refs`.
"""

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom
from typing import Self

from benchmarks.results import OURS

DOCKER = "docker-registry"
START_SECONDS = 60
STOP_SECONDS = 30
_PORTS = range(10_000, 30_000)


@dataclass(frozen=True, slots=True)
class Kind:
    """A server that can be started: its name, and the command for it.

    In the command, `{folder}` stands for the folder of its data, `{port}` for the port of loopback
    to listen at, and `{config}` for a file in the form of Docker's registry that says both.
    """

    name: str
    command: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `NAME=COMMAND`; raise `ValueError` for anything else."""
        name, _, command = text.partition("=")
        if not name or not command or not ("{config}" in command or "{port}" in command):
            raise ValueError("NAME=COMMAND is needed, with {config} or {port} in the command")
        return cls(name, command)

    @property
    def is_configured(self) -> bool:
        """Whether it takes a configuration, and so any storage."""
        return "{config}" in self.command

    def knows(self, option: str) -> bool:
        """Tell whether the help of its command names an option."""
        command = [part for part in shlex.split(self.command) if "{" not in part]
        said = subprocess.run([*command, "--help"], check=True, capture_output=True, text=True)
        return option in said.stdout

    @contextmanager
    def started(
        self,
        folder: Path,
        *,
        data: Path | None = None,
        storage: Mapping[str, object] | None = None,
    ) -> Iterator["Server"]:
        """Run it until the end of the block; its folder is made below `folder`.

        `data` is the folder of its data, in place of a fresh one, and `storage` that section of
        the configuration, in place of one with that folder.
        """
        root = folder / self.name.replace(" ", "-").replace(",", "")
        root.mkdir(parents=True, exist_ok=True)
        data = data or root / "data"
        data.mkdir(exist_ok=True)
        port = free_port()
        configuration = root / "config.yml"
        configuration.write_text(json.dumps(_configuration(storage or _files(data), port)))
        names = {"folder": data, "port": port, "config": configuration}
        command = [part.format(**names) for part in shlex.split(self.command)]
        with running(command, root / "log", port) as process:
            yield Server(self.name, process.pid, port, data)


def ours(name: str = OURS, *arguments: str) -> Kind:
    """Return our server, with more arguments if there are any."""
    command = [sys.executable, "-m", "storagedriver.cli", "serve", "{config}", *arguments]
    return Kind(name, shlex.join(command))


def kinds(peers: list[Kind]) -> list[Kind]:
    """Return what is compared: ours, Debian's where it is installed, and those that were given."""
    found = {OURS: ours()}
    if shutil.which(DOCKER):
        found[DOCKER] = Kind(DOCKER, f"{DOCKER} serve {{config}}")
    return list((found | {one.name: one for one in peers}).values())


def _files(data: Path) -> dict[str, object]:
    return {"filesystem": {"rootdirectory": str(data)}, "cache": {"blobdescriptor": "inmemory"}}


def _configuration(storage: Mapping[str, object], port: int) -> dict[str, object]:
    """Return what Debian ships, but for its password file."""
    return {
        "version": 0.1,
        "log": {"fields": {"service": "registry"}},
        "storage": {**storage, "delete": {"enabled": True}},
        "http": {
            "addr": f"127.0.0.1:{port}",
            "headers": {"X-Content-Type-Options": ["nosniff"]},
        },
    }


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its name, its process, where it listens and where its data is."""

    name: str
    pid: int
    port: int
    data: Path

    @property
    def address(self) -> tuple[str, int]:
        """Where a socket connects to."""
        return ("127.0.0.1", self.port)

    def cpu_seconds(self) -> float:
        """Return the CPU time used since the start, of user and system together."""
        ticks = 0
        for pid in self._processes():
            # The second field, the command, may hold spaces: count from its closing bracket.
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def reset_peak(self) -> None:
        """Let the peak of memory begin anew from what is used now."""
        for pid in self._processes():
            Path(f"/proc/{pid}/clear_refs").write_text("5")

    def peak_bytes(self) -> int:
        """Return the most memory that was resident since the last reset, in bytes."""
        return self._memory("VmHWM")

    def resident_bytes(self) -> int:
        """Return how much memory is resident now, in bytes."""
        return self._memory("VmRSS")

    def _memory(self, name: str) -> int:
        total = 0
        for pid in self._processes():
            found = re.search(rf"{name}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
            total += int(found[1]) * 1024 if found else 0
        return total

    def _processes(self) -> Iterator[int]:
        """Give the process and those that it started."""
        pending = [self.pid]
        while pending:
            pid = pending.pop()
            yield pid
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                with suppress(FileNotFoundError, ProcessLookupError):  # a thread that has ended
                    pending += map(int, children.read_text().split())


@contextmanager
def running(command: list[str], log: Path, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Start a process that listens on a port; stop it at the end, or when this process ends."""
    setpriv = shutil.which("setpriv")
    wrapper = [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []
    # What this machine tells registries and clients of AWS is not meant for these.
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "REGISTRY_"))
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*wrapper, *command], stdout=output, stderr=output, env=environment
        )
    try:
        _wait_for(process, port, log)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    """Return as soon as something listens on the port; raise when the process ends before."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.005)
    raise RuntimeError(f"{process.args!r} does not listen:\n{log.read_text()[-2000:]}")


def free_port() -> int:
    """Return a port of loopback that nothing listens on.

    It is below those that systems give to connections: one that connects to a port before the
    server listens could be given that very port, and reach itself.
    """
    for port in SystemRandom().sample(_PORTS, len(_PORTS)):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no port is free")
