"""Small requests over some connections: manifests by tag and digest, and HEAD of a blob."""

from collections.abc import Iterable, Iterator
from functools import partial

from benchmarks import load
from benchmarks.client import Client, digest_of
from benchmarks.hammer import hammer
from benchmarks.measuring import Row, Sample
from benchmarks.registry.comparing import ServerRow, compare, servers
from benchmarks.results import OURS, GroupResult
from benchmarks.running import Group, Run
from benchmarks.servers import Server, ours
from benchmarks.sizes import Scale

TAG = "latest"
BATCH = 1000
WORKERS = 2


class Requests:
    """A small image, which each server has got before."""

    def __init__(self, scale: Scale) -> None:
        self._scale = scale
        self._manifest = load.manifest(load.CONFIG, [])

    def rows(self, connections: Iterable[int]) -> Iterator[ServerRow]:
        """Give each request at each number of connections."""
        digest = digest_of(self._manifest)
        for title, unit, method, target in (
            ("manifest GET by tag", "GETs/s", "GET", load.manifest_target(TAG)),
            ("manifest GET by digest", "GETs/s", "GET", load.manifest_target(digest)),
            ("blob HEAD", "HEADs/s", "HEAD", load.blob_target(digest_of(load.CONFIG))),
        ):
            for number in connections:
                ask = partial(self._ask, method, target, number)
                yield Row(f"{title}, {number} at once", unit, ask, batch=BATCH)

    def fill(self, server: Server) -> None:
        """Push the image, and make sure that it comes back."""
        with Client(server.address) as client:
            load.push_small(client, [load.CONFIG])
            load.push_manifest(client, TAG, self._manifest)
            load.check(client, load.manifest_target(TAG), digest_of(self._manifest))

    def _ask(self, method: str, target: str, connections: int, server: Server) -> Sample:
        seconds = self._scale.load_seconds
        return hammer(server.address, method, target, connections=connections, seconds=seconds)


def _measure(run: Run, result: GroupResult) -> None:
    requests = Requests(run.scale)
    rows = run.selection.rows(result.name, requests.rows(run.scale.connections))
    if rows:
        with servers(run, "requests") as running:
            for server in running:
                requests.fill(server)
            compare(run, result, rows, running)


def _measure_workers(run: Run, result: GroupResult) -> None:
    """Compare one process of ours with several on one port."""
    requests = Requests(run.scale)
    rows = run.selection.rows(result.name, requests.rows([64]))
    if not rows:
        return
    if not ours().knows("--workers"):
        result.notes.append("Not measured: there is no option for several processes.")
        return
    several = ours(f"{OURS}, {WORKERS} processes", "--workers", f"{WORKERS}")
    with servers(run, "workers", [several, *run.kinds]) as running:
        for server in running:
            requests.fill(server)
        compare(run, result, rows, running)


GROUP = Group("registry.requests", "Registry: small requests", _measure)
WORKERS_GROUP = Group("registry.workers", "Registry: several processes", _measure_workers)
