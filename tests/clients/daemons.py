"""Daemons of containers, each as a process of its own that leaves nothing behind."""

import json
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.clients.commands import Command, installed

PATIENCE = 90.0  # seconds, for a daemon to start or to stop

# What they mount, and what they put where no option can tell them otherwise, is theirs alone.
APART = 'mount -t tmpfs tmpfs /run && exec "$@"'
CONTAINERD = """\
version = 2
root = "{folder}/root"
state = "{folder}/state"
disabled_plugins = [
  "io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt",
  "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.overlayfs",
]
[grpc]
address = "{folder}/socket"
"""


@contextmanager
def containerd() -> Iterator[Command]:
    """Give `ctr`, with a containerd of its own."""
    program, client = installed("containerd"), installed("ctr")
    with _folder("containerd-") as folder:
        (folder / "config.toml").write_text(CONTAINERD.format(folder=folder))
        ctr = Command(prefix=[client, f"--address={folder / 'socket'}"], environment=_own(folder))
        with _running([program, f"--config={folder / 'config.toml'}"], folder, ctr):
            yield ctr


@contextmanager
def docker() -> Iterator[Command]:
    """Give Debian's `docker`, with a daemon of its own that has neither network nor containers."""
    program, client = installed("dockerd"), installed("/usr/bin/docker")
    with _folder("docker-") as folder:
        (folder / "daemon.json").write_text(json.dumps({"storage-driver": "vfs", "bridge": "none"}))
        options = [f"--config-file={folder / 'daemon.json'}", f"--host=unix://{folder / 'socket'}"]
        options += [f"--{name}={folder / name}" for name in ("data-root", "exec-root", "pidfile")]
        options += [f"--{name}=false" for name in ("iptables", "ip-forward", "ip-masq")]
        prefix = [client, f"--host=unix://{folder / 'socket'}", f"--config={folder / 'config'}"]
        command = Command(prefix=prefix, environment=_own(folder) | {"DOCKER_BUILDKIT": "0"})
        with _running([program, *options], folder, command):
            yield command


@contextmanager
def _folder(prefix: str) -> Iterator[Path]:
    """Give a folder whose name is short enough for a socket in it."""
    if os.geteuid() != 0:
        pytest.skip("daemons of containers need root")
    with TemporaryDirectory(prefix=prefix, dir="/tmp", ignore_cleanup_errors=True) as made:
        yield Path(made)


def _own(folder: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder)}


@contextmanager
def _running(daemon: Sequence[str], folder: Path, client: Command) -> Iterator[None]:
    """Run a daemon until the block is left; it answers its client from the beginning."""
    # A killed pytest runs no `finally`: the kernel then ends the daemon, and that its children.
    apart = [installed("setpriv"), "--pdeathsig=KILL", "--", installed("unshare"), "--mount", "--"]
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*apart, "sh", "-c", APART, "daemon", *daemon],
            env=_own(folder),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait(process, client, log)
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _wait(process: subprocess.Popen[bytes], client: Command, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            client("version")
        except AssertionError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"{process.args} does not start:\n{log.read_text(errors='replace')}")
