"""How often each server asks the disk to keep something, counted by strace.

Attaching slows a server down, so this runs apart from anything that is timed.
"""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import load
from benchmarks.client import Client, digest_of, make_payload
from benchmarks.measuring import UnavailableError
from benchmarks.registry.comparing import servers
from benchmarks.results import GroupResult, Table
from benchmarks.running import Group, Run
from benchmarks.servers import Server
from benchmarks.sizes import MIB

TIMES = 5

Operation = Callable[[Client, Path], None]

CALLS = ("fsync", "fdatasync", "sync_file_range", "syncfs", "sync", "msync")
ATTACH_SECONDS = 20


def _push_small(client: Client, _folder: Path) -> None:
    """Push a blob of 4 KiB in one PUT."""
    load.push_small(client, [os.urandom(4096)])


def _push_by_patch(client: Client, folder: Path) -> None:
    """Push a blob of 1 MiB in one PATCH."""
    load.push_by_patch(client, make_payload(folder / "synced", MIB))


def _push_manifest(client: Client, _folder: Path) -> None:
    """Push a manifest that no server has, to a tag that exists."""
    load.push_manifest(client, "synced", load.manifest(load.CONFIG, []))


def _pull(client: Client, _folder: Path) -> None:
    """Pull the configuration, which every image of the benchmark has."""
    client.drop(load.blob_target(digest_of(load.CONFIG)))


_OPERATIONS = {
    "push of a 4 KiB blob, POST and PUT": _push_small,
    "push of a 1 MiB blob, POST, PATCH and PUT": _push_by_patch,
    "push of a manifest by tag": _push_manifest,
    "pull of a blob": _pull,
}


def _count(server: Server, folder: Path, operate: Operation) -> dict[str, int]:
    """Return how often the server made each of `CALLS` in `TIMES` operations."""
    with Client(server.address) as client:
        operate(client, folder)  # what only the first one needs, folders above all, is not counted
    summary, said = folder / "strace", folder / "strace.log"
    command = ["strace", "-f", "-c", "-e", "trace=" + ",".join(CALLS), "-o", str(summary)]
    with said.open("wb") as output:
        tracer = subprocess.Popen([*command, "-p", str(server.pid)], stderr=output)
    try:
        _wait_until_attached(tracer, said)
        with Client(server.address) as client:
            for _ in range(TIMES):
                operate(client, folder)
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.wait()
    return _calls(summary.read_text())


def _wait_until_attached(tracer: "subprocess.Popen[bytes]", said: Path) -> None:
    """Return once strace has said that it follows the process."""
    deadline = time.monotonic() + ATTACH_SECONDS
    while time.monotonic() < deadline and tracer.poll() is None:
        if " attached" in said.read_text():
            return
        time.sleep(0.05)
    reason = " ".join(said.read_text().split())
    raise UnavailableError(reason or "strace does not attach")


def _calls(summary: str) -> dict[str, int]:
    """Read the table of `strace -c`: per cent, seconds, each, calls, perhaps errors, name."""
    counts = {}
    for line in summary.splitlines():
        fields = line.split()
        if fields and fields[-1] in CALLS and re.fullmatch(r"[\d.]+", fields[0]):
            counts[fields[-1]] = int(fields[3])
    return counts


def _spell(counts: dict[str, int]) -> str:
    """Return counts of `TIMES` operations as those of one: the sum, and what it is made of."""
    parts = ", ".join(f"{name} {number / TIMES:g}" for name, number in sorted(counts.items()))
    return f"{sum(counts.values()) / TIMES:g}" + (f" ({parts})" if parts else "")


def _measure(run: Run, result: GroupResult) -> None:
    if not run.selection.has_group(result.name):
        return
    if shutil.which("strace") is None:
        raise UnavailableError("strace is not installed")
    with servers(run, "syncs") as running:
        for server in running:
            with Client(server.address) as client:
                load.push_small(client, [load.CONFIG])
        result.tables.append(
            Table(
                ["syncs per operation", *(server.name for server in running)],
                [
                    [title, *(_told(server, run.folder, operate) for server in running)]
                    for title, operate in _OPERATIONS.items()
                ],
            )
        )


def _told(server: Server, folder: Path, operate: Operation) -> str:
    try:
        return _spell(_count(server, folder, operate))
    except UnavailableError as error:
        return f"not counted: {error}"


GROUP = Group("registry.syncs", "Registry: syncs", _measure)
