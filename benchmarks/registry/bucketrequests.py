"""Registries over a bucket of SeaweedFS, and how many requests they send to it."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

from anyio.from_thread import start_blocking_portal

from benchmarks import load
from benchmarks.client import Client, Payload, digest_of, make_payload
from benchmarks.drivers.counting import Counted, counting
from benchmarks.drivers.requests import spell
from benchmarks.drivers.store import PART, PARTS
from benchmarks.load import REPOSITORY
from benchmarks.registry.comparing import servers
from benchmarks.results import Table
from benchmarks.running import Run
from benchmarks.servers import Kind, Server
from benchmarks.sizes import spelled
from tests.s3servers import S3Server

TAG = "latest"

Operation = Callable[[Client], object]


def registries(
    run: Run, bucket: S3Server, url: str, root: str, *, redirects: bool
) -> AbstractContextManager[list[Server]]:
    """Start those that take a configuration over the service of a URL, each in a root directory."""

    def storage(kind: Kind) -> dict[str, object]:
        own: dict[str, object] = {
            "region": "us-east-1",
            "regionendpoint": url,
            "rootdirectory": f"/{root}-{kind.name}",
            "chunksize": PART,
            "writerparts": PARTS,
        }
        return {"s3": bucket.parameters(**own), "redirect": {"disable": not redirects}}

    kinds = [kind for kind in run.kinds if kind.is_configured]
    return servers(run, root, kinds, storages=storage)


@contextmanager
def _proxy(url: str) -> Iterator[Counted]:
    """Run the proxy that counts requests, in a thread of its own."""
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(counting(url)) as found,
    ):
        yield found


def counted(run: Run, bucket: S3Server) -> Table:
    """Return how many requests each registry sends to its bucket for each operation."""
    operations = _operations(make_payload(run.folder / "counted-payload", run.scale.cloud))
    lines = {title: [title] for title in operations}
    sides = []
    with _proxy(bucket.url) as seen, ExitStack() as stack:
        for how, redirects in (("", False), (", redirecting", True)):
            root = f"counted{how[2:]}"
            opening = registries(run, bucket, seen.url, root, redirects=redirects)
            for server in stack.enter_context(opening):
                sides.append(f"{server.name}{how}")
                with Client(server.address) as client:
                    load.push_small(client, [load.CONFIG])
                    for title, operate in operations.items():
                        seen.methods.clear()
                        operate(client)
                        lines[title].append(spell(tuple(seen.methods)) or "0")
    return Table(["requests to S3", *sides], list(lines.values()))


def _operations(large: Payload) -> dict[str, Operation]:
    """Return the operations by title, each on what those before it left."""
    small, image = os.urandom(4096), load.manifest(load.CONFIG, [large])
    target = load.blob_target(large.digest)
    return {
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
