"""Pulls: one large blob by one and by many, and ranges of it."""

import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks import load
from benchmarks.client import Client, Payload, make_payload
from benchmarks.measuring import Row, Sample, WrongAnswerError, clock
from benchmarks.registry.comparing import ServerRow, compare, servers
from benchmarks.results import GroupResult
from benchmarks.running import Group, Run
from benchmarks.servers import Server
from benchmarks.sizes import MIB, Scale, spelled

RANGE = 64 * 1024


class Pulls:
    """One blob, which each server has got before."""

    def __init__(self, scale: Scale, folder: Path) -> None:
        self._scale = scale
        self._path = folder / "pulled"
        self._payload = Payload(self._path, 0, "")

    def rows(self) -> Iterator[ServerRow]:
        """Give all rows."""
        scale, size = self._scale, spelled(self._scale.large)
        units = scale.large // MIB
        yield Row(f"pull {size}", "MiB/s", partial(self._pull, 1), batch=units)
        title = f"pull {size}, {scale.pulls} at once"
        yield Row(title, "MiB/s", partial(self._pull, scale.pulls), batch=units)
        title = f"pull ranges of {spelled(RANGE)}"
        yield Row(title, "ranges/s", self._ranges, batch=1000)

    def fill(self, server: Server) -> None:
        """Push the blob, and make sure that what comes back is what was pushed."""
        if not self._payload.size:
            self._payload = make_payload(self._path, self._scale.large)
        with Client(server.address) as client:
            load.push_by_patch(client, self._payload)
            load.check(client, load.blob_target(self._payload.digest), self._payload.digest)

    def _pull(self, times: int, server: Server) -> Sample:
        """Pull the blob over some connections side by side."""
        with clock(times * self._scale.large / MIB) as sample:
            load.at_once(server.address, [self._payload] * times, times, load.pull)
        return sample

    def _ranges(self, server: Server) -> Sample:
        """Pull ranges from anywhere, and compare them."""
        last = self._payload.size - RANGE
        starts = [random.randrange(last + 1) for _ in range(self._scale.ranges)]
        target = load.blob_target(self._payload.digest)
        with Client(server.address) as client, clock(len(starts)) as sample:
            found = [client.range(target, start, RANGE) for start in starts]
        with self._path.open("rb") as file:
            for start, came in zip(starts, found, strict=True):
                file.seek(start)
                if came != file.read(RANGE):
                    raise WrongAnswerError(f"the range at {start} is not what was pushed")
        return sample


def _measure(run: Run, result: GroupResult) -> None:
    pulls = Pulls(run.scale, run.folder)
    rows = run.selection.rows(result.name, pulls.rows())
    if rows:
        with servers(run, "pulls") as running:
            for server in running:
                pulls.fill(server)
            compare(run, result, rows, running)


GROUP = Group("registry.pull", "Registry: pulls", _measure)
