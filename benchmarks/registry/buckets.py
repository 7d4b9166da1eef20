"""The registry on S3, in a bucket of SeaweedFS, beside what the fastest clients of it can do."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from anyio.from_thread import BlockingPortal, start_blocking_portal

from benchmarks import load
from benchmarks.client import Client, Payload, digest_of, make_payload
from benchmarks.drivers.counting import Counted, counting
from benchmarks.drivers.requests import spell
from benchmarks.drivers.store import PART, PARTS
from benchmarks.load import REPOSITORY
from benchmarks.measuring import Row, Sample, UnavailableError, clock
from benchmarks.registry.comparing import compare, servers
from benchmarks.results import GroupResult, Table
from benchmarks.running import Group, Run
from benchmarks.servers import Kind, Server
from benchmarks.sizes import MIB, Scale, spelled
from tests import s3servers
from tests.s3servers import S3Server

TAG = "latest"


class Uploading(Protocol):
    """What is asked of a client library."""

    async def write(self, path: str, pieces: Iterable[memoryview]) -> None:
        """Write a large file in parts."""

    async def copy(self, source: str, destination: str) -> None:
        """Let the service copy a file."""


@dataclass(frozen=True, slots=True)
class Uploader:
    """A client library, which lives in an event loop of its own."""

    name: str
    store: Uploading
    portal: BlockingPortal

    def upload(self, content: memoryview) -> None:
        """Upload in parts as the registry does, and let the service copy what came."""
        pieces = [content[at : at + MIB] for at in range(0, len(content), MIB)]
        self.portal.call(self.store.write, "/uploaded", pieces)
        self.portal.call(self.store.copy, "/uploaded", "/copied")


class Buckets:
    """A blob that is pushed in each round anew, and pulled."""

    def __init__(self, scale: Scale, path: Path) -> None:
        self._scale = scale
        self._path = path
        self._payload = Payload(path, 0, "")

    def pushes(self) -> Iterator[Row[Any]]:
        """Give the rows of pushes, beside uploads by clients of S3."""
        size, units = spelled(self._scale.cloud), self._scale.cloud // MIB
        renew = self.renew
        yield Row(
            f"push {size} to S3", "MiB/s", self._push, batch=units, prepare=renew, writes=True
        )

    def pulls(self, title: str) -> Iterator[Row[Any]]:
        """Give the rows of pulls."""
        size, units = spelled(self._scale.cloud), self._scale.cloud // MIB
        yield Row(f"pull {size} from S3, {title}", "MiB/s", self._pull, batch=units)

    def renew(self) -> None:
        """Make another blob."""
        self._payload = make_payload(self._path, self._scale.cloud)

    def fill(self, server: Server) -> None:
        """Push the blob, and see that it comes back."""
        if not self._payload.size:
            self.renew()
        with Client(server.address) as client:
            load.push_by_patch(client, self._payload)
            load.check(client, load.blob_target(self._payload.digest), self._payload.digest)

    def _push(self, side: Server | Uploader) -> Sample:
        units = self._scale.cloud / MIB
        if isinstance(side, Uploader):
            content = memoryview(self._path.read_bytes())
            with clock(units) as sample:
                side.upload(content)
            return sample
        with Client(side.address) as client:
            with clock(units) as sample:
                load.push_by_patch(client, self._payload)
            client.request("HEAD", load.blob_target(self._payload.digest), expect=(200, 307))
        return sample

    def _pull(self, server: Server) -> Sample:
        with Client(server.address) as client, clock(self._scale.cloud / MIB) as sample:
            load.pull(client, self._payload)
        return sample


def storage(bucket: S3Server, url: str, root: str, *, redirects: bool) -> dict[str, object]:
    """Return the section of a configuration with which a registry stores in a bucket."""
    own = {
        "region": "us-east-1",
        "regionendpoint": url,
        "rootdirectory": f"/{root}",
        "chunksize": PART,
        "writerparts": PARTS,
    }
    return {"s3": bucket.parameters(**own), "redirect": {"disable": not redirects}}


@contextmanager
def uploaders(bucket: S3Server, path: Path) -> Iterator[list[Uploader]]:
    """Open the client libraries that are installed; what they upload is in the file."""
    access, secret = s3servers.ACCESS, s3servers.SECRET
    found: list[tuple[str, Uploading]] = []
    with ExitStack() as stack:
        portal = stack.enter_context(start_blocking_portal())
        if find_spec("s3fs"):
            from benchmarks.drivers import cloudstores  # noqa: PLC0415  it may be missing

            opening = cloudstores.s3fs(bucket.url, access, secret, f"{bucket.bucket}/s3fs", path)
            s3fs = stack.enter_context(portal.wrap_async_context_manager(opening))
            found.append(("s3fs", s3fs))
        if find_spec("obstore"):
            from benchmarks.drivers import obstorestores  # noqa: PLC0415  it may be missing

            store = obstorestores.s3(bucket.url, access, secret, bucket.bucket, "obstore")
            found.append(("obstore", store))
        yield [Uploader(f"{name}, upload and copy", store, portal) for name, store in found]


class Bench:
    """A bucket, and registries over it: each has a root of its own."""

    def __init__(self, run: Run, bucket: S3Server, stack: ExitStack) -> None:
        self._run = run
        self._bucket = bucket
        self._stack = stack

    def registries(self, folder: str, url: str, *, redirects: bool) -> list[Server]:
        """Start those that take a configuration, over the service of a URL."""

        def storage(kind: Kind) -> dict[str, object]:
            own: dict[str, object] = {
                "region": "us-east-1",
                "regionendpoint": url,
                "rootdirectory": f"/{folder}-{kind.name}",
                "chunksize": PART,
                "writerparts": PARTS,
            }
            return {"s3": self._bucket.parameters(**own), "redirect": {"disable": not redirects}}

        kinds = [kind for kind in self._run.kinds if kind.is_configured]
        return self._stack.enter_context(servers(self._run, folder, kinds, storage))


@contextmanager
def counted(url: str) -> Iterator[Counted]:
    """Run the proxy that counts requests, in a thread of its own."""
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(counting(url)) as found,
    ):
        yield found


def requests(bench: Bench, url: str, scale: Scale, folder: Path) -> Table:
    """Return how many requests each registry sends to its bucket for each operation."""
    small, large = os.urandom(4096), make_payload(folder / "counted-payload", scale.cloud)
    image = load.manifest(load.CONFIG, [large])
    target = load.blob_target(large.digest)
    operations: dict[str, Callable[[Client], object]] = {
        "push of a 4 KiB blob, POST and PUT": lambda client: load.push_small(client, [small]),
        f"push of {spelled(large.size)}, POST, PATCH and PUT": (
            lambda client: load.push_by_patch(client, large)
        ),
        "HEAD of a blob": lambda client: client.request("HEAD", target, expect=(200, 307)),
        "pull of a blob": lambda client: load.pull(client, large),
        "push of a manifest by tag": lambda client: load.push_manifest(client, TAG, image),
        "GET of a manifest by tag": lambda client: client.digest(load.manifest_target(TAG)),
        "GET of a manifest by digest": (
            lambda client: client.digest(load.manifest_target(digest_of(image)))
        ),
        "tags": lambda client: client.request("GET", f"/v2/{REPOSITORY}/tags/list", expect=200),
    }
    with counted(url) as seen:
        sides = {
            f"{server.name}{how}": server
            for how, redirects in (("", False), (", redirecting", True))
            for server in bench.registries(f"counted{how[2:]}", seen.url, redirects=redirects)
        }
        lines = {title: [title] for title in operations}
        for server in sides.values():
            with Client(server.address) as client:
                load.push_small(client, [load.CONFIG])
                for title, operate in operations.items():
                    seen.methods.clear()
                    operate(client)
                    lines[title].append(spell(tuple(seen.methods)) or "0")
    return Table(["requests to S3", *sides], list(lines.values()))


def _measure(run: Run, result: GroupResult) -> None:
    buckets = Buckets(run.scale, run.folder / "bucket-payload")
    pushes = run.selection.rows(result.name, buckets.pushes())
    direct = run.selection.rows(result.name, buckets.pulls("through the registry"))
    redirected = run.selection.rows(result.name, buckets.pulls("redirected"))
    if not pushes and not direct and not redirected:
        return
    if s3servers.weed() is None:
        raise UnavailableError("SeaweedFS is not installed")
    result.notes.append(f"Parts of {spelled(PART)}, {PARTS} at once, for all.")
    with s3servers.seaweedfs() as bucket, ExitStack() as stack:
        bench = Bench(run, bucket, stack)
        running = bench.registries("proxied", bucket.url, redirects=False)
        redirecting = bench.registries("redirected", bucket.url, redirects=True)
        for server in running + redirecting:
            buckets.fill(server)
        compare(run, result, direct, running)
        compare(run, result, redirected, redirecting)
        if pushes:
            clients = stack.enter_context(uploaders(bucket, run.folder / "bucket-payload"))
            compare(run, result, pushes, [*running, *clients])
        result.tables.append(requests(bench, bucket.url, run.scale, run.folder))


GROUP = Group("registry.s3", "Registry on S3", _measure)
