"""The two servers, as processes: ours and Debian's docker-registry, each on a folder of its own.

What a process used is read from `/proc`, its children included: CPU seconds from `stat`, the peak
of its memory (`VmHWM`) from `status`, after `clear_refs` has reset it.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

OURS = "storagedriver"
PEER = "docker-registry"
START_SECONDS = 60

_CONFIGURATION = """\
version: 0.1
log: {{fields: {{service: registry}}}}
storage:
  cache: {{blobdescriptor: inmemory}}
  filesystem: {{rootdirectory: {folder}}}
  delete: {{enabled: true}}
http:
  addr: 127.0.0.1:{port}
  headers: {{X-Content-Type-Options: [nosniff]}}
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its name, its process and where it listens."""

    name: str
    pid: int
    port: int

    @property
    def address(self) -> tuple[str, int]:
        """Where a socket connects to."""
        return ("127.0.0.1", self.port)

    @property
    def url(self) -> str:
        """Where an HTTP client connects to."""
        return f"http://127.0.0.1:{self.port}"

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
        total = 0
        for pid in self._processes():
            found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
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


def peer_version() -> str | None:
    """Return what docker-registry says of its version; None where it is not installed."""
    if shutil.which(PEER) is None:
        return None
    said = subprocess.run([PEER, "--version"], check=True, capture_output=True, text=True)
    return said.stdout.strip()


@contextmanager
def ours(folder: Path) -> Iterator[Server]:
    """Run `storagedriver serve` on a folder."""
    port = _free_port()
    command = [
        *(str(Path(sys.executable).with_name("storagedriver")), "serve"),
        *("--driver", "filesystem", "-o", f"rootdirectory={folder / 'data'}"),
        *("--host", "127.0.0.1", "--port", str(port)),
    ]
    with _running(OURS, command, folder, port) as server:
        yield server


@contextmanager
def peer(folder: Path) -> Iterator[Server]:
    """Run docker-registry on a folder, configured as Debian ships it, but for its password file."""
    port = _free_port()
    folder.mkdir(parents=True, exist_ok=True)
    configuration = folder / "config.yml"
    configuration.write_text(_CONFIGURATION.format(folder=folder / "data", port=port))
    with _running(PEER, [PEER, "serve", str(configuration)], folder, port) as server:
        yield server


@contextmanager
def _running(name: str, command: list[str], folder: Path, port: int) -> Iterator[Server]:
    """Start a process that logs into `folder`, wait until it listens, and stop it at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        _wait_for(process, port, log)
        yield Server(name, process.pid, port)
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
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
        time.sleep(0.05)
    raise RuntimeError(f"{process.args!r} does not listen:\n{log.read_text()[-2000:]}")


def _free_port() -> int:
    """Return a port of loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
