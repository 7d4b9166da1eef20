"""Real multi-layer images, made locally as OCI layouts, the same bytes for the same seed."""

import gzip
import hashlib
import io
import json
import random
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"

LAYER_SIZES = (700, 300_000, 3_000_000)  # one smaller and one larger than any buffer on the way


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """An OCI layout with one tag: `digest` is its manifest's, or its index's."""

    folder: Path
    tag: str
    digest: str

    @property
    def reference(self) -> str:
        """The name that skopeo and podman know it by."""
        return f"oci:{self.folder}:{self.tag}"

    def blob(self, digest: str) -> bytes:
        algorithm, _, encoded = digest.partition(":")
        return (self.folder / "blobs" / algorithm / encoded).read_bytes()

    def blobs(self) -> dict[str, bytes]:
        """All that it holds, by digest: layers, configs, manifests and index."""
        found = (self.folder / "blobs" / "sha256").iterdir()
        return {f"sha256:{path.name}": path.read_bytes() for path in found}


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def image_layout(folder: Path, *, seed: int, sizes: Sequence[int] = LAYER_SIZES) -> Layout:
    """Make an image with a layer of about each of the sizes."""
    manifest = _image(folder, random.Random(seed), "amd64", sizes)
    return _layout(folder, manifest)


def index_layout(folder: Path, *, seed: int) -> Layout:
    """Make an image for two architectures, which share no layer."""
    numbers = random.Random(seed)
    manifests = [
        _image(folder, numbers, architecture, LAYER_SIZES[:2])
        | {"platform": {"architecture": architecture, "os": "linux"}}
        for architecture in ("amd64", "arm64")
    ]
    index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": manifests}
    return _layout(folder, _add(folder, OCI_INDEX, _json(index)))


def _layout(folder: Path, descriptor: dict[str, object]) -> Layout:
    tag = "made"
    entry = descriptor | {"annotations": {"org.opencontainers.image.ref.name": tag}}
    (folder / "oci-layout").write_bytes(_json({"imageLayoutVersion": "1.0.0"}))
    (folder / "index.json").write_bytes(_json({"schemaVersion": 2, "manifests": [entry]}))
    return Layout(folder=folder, tag=tag, digest=str(descriptor["digest"]))


def _image(
    folder: Path, numbers: random.Random, architecture: str, sizes: Sequence[int]
) -> dict[str, object]:
    tars = [_tar(f"layer-{number}", numbers.randbytes(size)) for number, size in enumerate(sizes)]
    layers = [_add(folder, OCI_LAYER, gzip.compress(tar, mtime=0)) for tar in tars]
    config = {
        "architecture": architecture,
        "os": "linux",
        "created": "2024-01-01T00:00:00Z",
        "config": {"Cmd": ["/layer-0"]},
        "rootfs": {"type": "layers", "diff_ids": [digest_of(tar) for tar in tars]},
        "history": [{"created": "2024-01-01T00:00:00Z", "created_by": "COPY"} for _ in tars],
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": _add(folder, OCI_CONFIG, _json(config)),
        "layers": layers,
    }
    return _add(folder, OCI_MANIFEST, _json(manifest))


def _tar(name: str, content: bytes) -> bytes:
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return body.getvalue()


def _add(folder: Path, media_type: str, content: bytes) -> dict[str, object]:
    digest = digest_of(content)
    path = folder / "blobs" / "sha256" / digest.removeprefix("sha256:")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return {"mediaType": media_type, "digest": digest, "size": len(content)}


def _json(value: object) -> bytes:
    return json.dumps(value, indent=2).encode()
