"""Real registry servers as processes of their own, for tests that must not share one with them."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

START_TIMEOUT = 90.0  # seconds; a machine that runs a whole test suite starts processes slowly
STOP_TIMEOUT = 60.0

STORAGEDRIVER_ADDRESS = re.compile(r"https?://(127\.0\.0\.1:[1-9]\d*)\D")
DOCKER_REGISTRY_ADDRESS = re.compile(r"listening on (127\.0\.0\.1:[1-9]\d*)\D")

DOCKER_REGISTRY_CONFIG = """\
version: 0.1
log: {{level: info, formatter: json}}
storage: {storage}
http: {{addr: "127.0.0.1:0", secret: "the same after a restart"}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server: `url` is `http://ADDRESS`, `log` holds all that it printed."""

    address: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    @property
    def pid(self) -> int:
        return self.process.pid

    def kill(self) -> None:
        """End it as a crash would, with SIGKILL to all of its process group."""
        _kill_group(self.process)

    def stop(self) -> int:
        """Ask it to end, with SIGTERM, and give its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_TIMEOUT)


@contextmanager
def storagedriver_server(
    folder: Path,
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    wrapper: Sequence[str] = (),
) -> Iterator[Server]:
    """Serve with `storagedriver serve ARGUMENTS` on a free loopback port.

    `folder` receives the log and is the current directory, so that without arguments the data is
    in `folder / "registry-data"`. A `wrapper` is a command that replaces itself with the one that
    follows it, as `unshare` does.
    """
    command = [*wrapper, *_dies_with_us(), sys.executable, "-m", "storagedriver.cli", "serve"]
    command += [*arguments, "--host", "127.0.0.1", "--port", "0"]
    with _started(command, folder, STORAGEDRIVER_ADDRESS, environment or {}) as server:
        yield server


@contextmanager
def docker_registry(folder: Path, root: Path) -> Iterator[Server]:
    """Serve `root` with the `docker-registry` that Debian packages, deletes enabled."""
    with docker_registry_over(folder, {"filesystem": {"rootdirectory": str(root)}}) as server:
        yield server


@contextmanager
def docker_registry_over(folder: Path, storage: Mapping[str, object]) -> Iterator[Server]:
    """Serve with Debian's `docker-registry` over the storage of its configuration."""
    others = {"delete": {"enabled": True}, "maintenance": {"uploadpurging": {"enabled": False}}}
    config = folder / "docker-registry.yml"
    config.write_text(DOCKER_REGISTRY_CONFIG.format(storage=json.dumps({**storage, **others})))
    command = [*_dies_with_us(), "docker-registry", "serve", str(config)]
    with _started(command, folder, DOCKER_REGISTRY_ADDRESS, {}) as server:
        yield server


def peak_memory(pid: int) -> int:
    """The most bytes that were resident since the start, or since `reset_peak`."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def reset_peak(pid: int) -> int:
    """Let the peak begin anew at what is resident now, and give that in bytes."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    return peak_memory(pid)


def descriptors(pid: int) -> list[str]:
    """What each open file descriptor of the process leads to, in order."""
    found = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.append(str(link.readlink()))
        except FileNotFoundError:  # closed meanwhile
            continue
    return sorted(found)


@contextmanager
def _started(
    command: Sequence[str], folder: Path, address: re.Pattern[str], environment: Mapping[str, str]
) -> Iterator[Server]:
    log = _new_log(folder)
    # What this machine tells registries and clients of AWS is not meant for these.
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "REGISTRY_"))
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=inherited | {"PYTHONUNBUFFERED": "1"} | dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield Server(address=_wait_for_address(process, log, address), process=process, log=log)
    finally:
        _kill_group(process)


def _dies_with_us() -> list[str]:
    # A killed pytest runs no `finally`; the kernel then ends the server. A `preexec_fn` would do
    # the same, but warns in a process that has threads.
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []


def _new_log(folder: Path) -> Path:
    number = sum(1 for _ in folder.glob("server-*.log"))
    return folder / f"server-{number}.log"


def _wait_for_address(process: subprocess.Popen[bytes], log: Path, pattern: re.Pattern[str]) -> str:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        ended = process.poll() is not None
        if found := pattern.search(log.read_text(errors="replace")):
            return found[1]
        if ended:
            break
        time.sleep(0.02)
    status = process.poll()
    printed = log.read_text(errors="replace")
    raise AssertionError(f"the server did not start (exit status {status}); it printed:\n{printed}")


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(STOP_TIMEOUT)
