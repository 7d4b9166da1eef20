"""The registry on S3, in a bucket of SeaweedFS, beside what the fastest clients of it can do."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks import load
from benchmarks.client import Client, Payload, make_payload
from benchmarks.drivers.store import PART, PARTS
from benchmarks.measuring import Row, Sample, UnavailableError, clock
from benchmarks.registry.bucketrequests import counted, registries
from benchmarks.registry.comparing import compare
from benchmarks.registry.uploads import Uploader, uploaders
from benchmarks.results import GroupResult
from benchmarks.running import Group, Run
from benchmarks.servers import Server
from benchmarks.sizes import MIB, Scale, spelled
from tests import s3servers


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
        running, redirecting = (
            stack.enter_context(registries(run, bucket, bucket.url, name, redirects=redirects))
            for name, redirects in (("proxied", False), ("redirected", True))
        )
        for server in running + redirecting:
            buckets.fill(server)
        compare(run, result, direct, running)
        compare(run, result, redirected, redirecting)
        if pushes:
            clients = stack.enter_context(uploaders(bucket, run.folder / "bucket-payload"))
            compare(run, result, pushes, [*running, *clients])
        result.tables.append(counted(run, bucket))


GROUP = Group("registry.s3", "Registry on S3", _measure)
