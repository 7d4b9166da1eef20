"""Pushes: large blobs, small ones, and a whole image by skopeo."""

import gzip
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from benchmarks import load
from benchmarks.client import Client, Payload, digest_of, make_payload
from benchmarks.measuring import Row, Sample, clock
from benchmarks.registry.comparing import ServerRow, compare, servers
from benchmarks.results import GroupResult
from benchmarks.running import Group, Run
from benchmarks.servers import Server
from benchmarks.sizes import MIB, Scale, spelled

AT_ONCE = 8
LAYERS = 5

Push = Callable[[Client, Payload], None]


class Pushes:
    """The bodies of a round. All servers get the same ones, and no body comes twice."""

    def __init__(self, scale: Scale, folder: Path) -> None:
        self._scale = scale
        self._folder = folder
        self._payloads: list[Payload] = []
        self._blobs: list[bytes] = []
        self._manifest = b""

    def rows(self) -> Iterator[ServerRow]:
        """Give all rows, in the order they are run."""
        scale = self._scale
        large = scale.large // MIB
        yield Row(
            f"push {spelled(scale.large)}, PATCH and PUT",
            "MiB/s",
            partial(self._put, large, load.push_by_patch),
            batch=large,
            prepare=partial(self._renew, [scale.large]),
            writes=True,
        )
        layers = partial(self._renew, [scale.layer] * AT_ONCE)
        title = f"push {AT_ONCE} x {spelled(scale.layer)}, {AT_ONCE} at once"
        size = AT_ONCE * scale.layer // MIB
        yield Row(title, "MiB/s", self._at_once, batch=size, prepare=layers, writes=True)
        for how, connections in (("one by one", 1), (f"{AT_ONCE} at once", AT_ONCE)):
            title = f"push {scale.small} x 4 KiB, {how}"
            push = partial(self._small, connections)
            yield Row(title, "blobs/s", push, batch=1000, prepare=self._renew_blobs, writes=True)
        if shutil.which("skopeo"):
            title = f"push an image of {LAYERS} x {spelled(scale.layer // 4)}, by skopeo"
            yield Row(title, "images/s", self._image, prepare=self._renew_image, writes=True)
        for size in scale.pushes:
            title = f"push {spelled(size)}, one PUT"
            put = partial(self._put, 1, load.push_by_put)
            prepare = partial(self._renew, [size])
            yield Row(
                title,
                "blobs/s",
                put,
                prepare=prepare,
                writes=True,
                series="push by size",
                size=size,
            )

    def _renew(self, sizes: list[int]) -> None:
        """Make bodies of these sizes that nobody has."""
        self._payloads = [
            make_payload(self._folder / f"payload-{number}-of-{size}", size)
            for number, size in enumerate(sizes)
        ]

    def _renew_blobs(self) -> None:
        """Make other small bodies."""
        self._blobs = [os.urandom(4096) for _ in range(self._scale.small)]

    def _renew_image(self) -> None:
        """Lay out an image that nobody has, as OCI says."""
        layout = self._folder / "image"
        blobs = layout / "blobs/sha256"
        shutil.rmtree(layout, ignore_errors=True)
        blobs.mkdir(parents=True)
        layers = []
        for _ in range(LAYERS):
            # skopeo compresses what is not, but takes what only looks so: a zip of no compression.
            content = gzip.compress(os.urandom(self._scale.layer // 4), 0)
            layer = Payload(layout, len(content), digest_of(content))
            (blobs / layer.digest.removeprefix("sha256:")).write_bytes(content)
            layers.append(layer)
        self._manifest = load.manifest(load.CONFIG, layers)
        for content in (load.CONFIG, self._manifest):
            (blobs / digest_of(content).removeprefix("sha256:")).write_bytes(content)
        (layout / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
        (layout / "index.json").write_text(json.dumps(_index(self._manifest)))

    def _put(self, units: float, push: Push, server: Server) -> Sample:
        """Push one body."""
        with Client(server.address) as client:
            with clock(units) as sample:
                push(client, self._payloads[0])
            client.request("HEAD", load.blob_target(self._payloads[0].digest), expect=200)
        return sample

    def _at_once(self, server: Server) -> Sample:
        """Push several bodies side by side."""
        with clock(AT_ONCE * self._scale.layer / MIB) as sample:
            load.at_once(server.address, self._payloads, AT_ONCE, load.push_by_patch)
        return sample

    def _small(self, connections: int, server: Server) -> Sample:
        """Push the small bodies."""
        with clock(len(self._blobs)) as sample:
            load.at_once(server.address, self._blobs, connections, _push_blob)
        return sample

    def _image(self, server: Server) -> Sample:
        """Push the image with skopeo, and see that its manifest is there."""
        command = ["skopeo", "--insecure-policy", "copy", "--preserve-digests"]
        source = f"oci:{self._folder / 'image'}:latest"
        target = f"docker://127.0.0.1:{server.port}/benchmark/skopeo:latest"
        home = {"HOME": str(self._folder), "XDG_DATA_HOME": str(self._folder)}
        with clock(1) as sample:
            subprocess.run(
                [*command, "--dest-tls-verify=false", source, target],
                check=True,
                capture_output=True,
                env=os.environ | home,
            )
        with Client(server.address) as client:
            tag = load.manifest_target("latest", "benchmark/skopeo")
            load.check(client, tag, digest_of(self._manifest))
        return sample


def _push_blob(client: Client, content: bytes) -> None:
    load.push_small(client, [content])


def _index(manifest: bytes) -> dict[str, object]:
    one = {
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "digest": digest_of(manifest),
        "size": len(manifest),
        "annotations": {"org.opencontainers.image.ref.name": "latest"},
    }
    return {"schemaVersion": 2, "manifests": [one]}


def _measure(run: Run, result: GroupResult) -> None:
    rows = run.selection.rows(result.name, Pushes(run.scale, run.folder).rows())
    if not shutil.which("skopeo"):
        result.notes.append("No image was pushed: skopeo is not installed.")
    if rows:
        with servers(run, "pushes") as running:
            compare(run, result, rows, running)


GROUP = Group("registry.push", "Registry: pushes", _measure)
