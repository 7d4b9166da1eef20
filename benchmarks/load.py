"""What clients do with a registry: pushes and pulls, as docker, containerd and others do them."""

import json
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from urllib.parse import urlsplit

from benchmarks.client import MANIFEST, Answer, Client, Payload, digest_of
from benchmarks.measuring import WrongAnswerError

REPOSITORY = "benchmark/image"
CONFIG = b'{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}'

T = TypeVar("T")


def blob_target(digest: str, repository: str = REPOSITORY) -> str:
    """Return the target of a blob."""
    return f"/v2/{repository}/blobs/{digest}"


def manifest_target(reference: str, repository: str = REPOSITORY) -> str:
    """Return the target of a manifest, by tag or digest."""
    return f"/v2/{repository}/manifests/{reference}"


def start_upload(client: Client, repository: str = REPOSITORY) -> str:
    """Open an upload and return where it goes on."""
    return _target(client.request("POST", f"/v2/{repository}/blobs/uploads/", expect=202))


def finishing(location: str, digest: str) -> str:
    """Return the target of the PUT that ends an upload."""
    return f"{location}{'&' if '?' in location else '?'}digest={digest}"


def push_by_put(client: Client, payload: Payload) -> None:
    """Push a blob as containerd and oras do: POST, then all of it in one PUT."""
    location = start_upload(client)
    client.send("PUT", finishing(location, payload.digest), payload, expect=201)


def push_by_patch(client: Client, payload: Payload) -> None:
    """Push a blob as docker, podman and skopeo do: POST, one PATCH, and an empty PUT."""
    location = start_upload(client)
    location = _target(client.send("PATCH", location, payload, expect=202))
    client.request("PUT", finishing(location, payload.digest), expect=201)


def push_small(client: Client, blobs: Iterable[bytes], repository: str = REPOSITORY) -> None:
    """Push blobs one after another over one connection: POST, then PUT."""
    for content in blobs:
        location = start_upload(client, repository)
        client.request("PUT", finishing(location, digest_of(content)), content, expect=201)


def push_manifest(
    client: Client, reference: str, content: bytes, repository: str = REPOSITORY
) -> None:
    """Push a manifest by tag."""
    target = manifest_target(reference, repository)
    client.request("PUT", target, content, expect=201, media_type=MANIFEST)


def at_once(
    address: tuple[str, int], work: Sequence[T], connections: int, do: Callable[[Client, T], object]
) -> None:
    """Do some work over some connections side by side, as a client does with an image's layers."""

    def share(each: Sequence[T]) -> None:
        with Client(address) as client:
            for one in each:
                do(client, one)

    with ThreadPoolExecutor(connections) as pool:
        list(pool.map(share, [work[start::connections] for start in range(connections)]))


def pull(client: Client, payload: Payload) -> None:
    """Pull a blob, and drop it."""
    size = client.drop(blob_target(payload.digest))
    if size != payload.size:
        raise WrongAnswerError(f"{payload.digest}: {size:,} bytes came, not {payload.size:,}")


def check(client: Client, target: str, digest: str) -> None:
    """Make sure that a GET gives the bytes of a digest."""
    came = client.digest(target)
    if came != digest:
        raise WrongAnswerError(f"GET {target}: {came} came")


def manifest(config: bytes, layers: Sequence[Payload]) -> bytes:
    """Return an image's manifest, another one each time."""
    kind = "application/vnd.oci.image"
    content = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": _descriptor(f"{kind}.config.v1+json", digest_of(config), len(config)),
        "layers": [
            _descriptor(f"{kind}.layer.v1.tar+gzip", one.digest, one.size) for one in layers
        ],
        "annotations": {"unique": os.urandom(8).hex()},
    }
    return json.dumps(content).encode()


def _descriptor(media_type: str, digest: str, size: int) -> dict[str, object]:
    """Return how a manifest names a blob."""
    return {"mediaType": media_type, "digest": digest, "size": size}


def _target(answer: Answer) -> str:
    """Return the path and query of an answer's Location."""
    split = urlsplit(answer.headers["location"])
    return split.path + (f"?{split.query}" if split.query else "")
