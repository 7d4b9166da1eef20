"""What a server's process needs: time to its first answer, and memory when nothing is asked."""

import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from benchmarks.client import Client
from benchmarks.measuring import Row, Sample
from benchmarks.registry.comparing import compare
from benchmarks.results import GroupResult
from benchmarks.running import Group, Run
from benchmarks.servers import Kind
from benchmarks.sizes import MIB, Scale


class Processes:
    """Servers that are started for each measurement anew."""

    def __init__(self, scale: Scale, folder: Path) -> None:
        self._scale = scale
        self._folder = folder

    def rows(self) -> Iterator[Row[object]]:
        """Give all rows."""
        yield Row("start to first answer", "ms", self._start, is_less_better=True)
        yield Row("memory at rest", "MiB", self._rest, is_less_better=True)
        title = f"memory for one of {self._scale.idle} idle connections"
        yield Row(title, "KiB", self._idle, is_less_better=True)

    def _start(self, kind: Kind) -> Sample:
        begun = time.perf_counter()
        with kind.started(self._fresh()) as server, Client(server.address) as client:
            client.request("GET", "/v2/", expect=200)
            return Sample(value=1000 * (time.perf_counter() - begun))

    def _rest(self, kind: Kind) -> Sample:
        with kind.started(self._fresh()) as server:
            with Client(server.address) as client:
                client.request("GET", "/v2/", expect=200)
            return Sample(value=server.resident_bytes() / MIB)

    def _idle(self, kind: Kind) -> Sample:
        with kind.started(self._fresh()) as server, ExitStack() as stack:
            with Client(server.address) as client:
                client.request("GET", "/v2/", expect=200)
            before = server.resident_bytes()
            for _ in range(self._scale.idle):
                client = stack.enter_context(Client(server.address))
                client.request("GET", "/v2/", expect=200)
            return Sample(value=(server.resident_bytes() - before) / 1024 / self._scale.idle)

    def _fresh(self) -> Path:
        shutil.rmtree(self._folder, ignore_errors=True)
        return self._folder


def _measure(run: Run, result: GroupResult) -> None:
    rows = run.selection.rows(result.name, Processes(run.scale, run.folder / "processes").rows())
    if rows:
        compare(run, result, rows, run.kinds)


GROUP = Group("registry.process", "Registry: the process", _measure)
