"""The rows of the comparison: what is asked of each server, and how much of it."""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import load
from benchmarks.load import MIB, Client, Payload
from benchmarks.servers import Server

CONFIG = b'{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}'
TAG = "latest"

PULLS = 5
"""How often the large body is pulled for one measurement."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is done: `large` in bytes, `small` a number of blobs of 4 KiB."""

    rounds: int
    large: int
    small: int
    get_seconds: int


FULL = Scale(rounds=5, large=512 * MIB, small=200, get_seconds=5)
QUICK = Scale(rounds=2, large=16 * MIB, small=20, get_seconds=1)


@dataclass(slots=True)
class Done:
    """Work that was done: so many units in so many seconds."""

    units: float
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `prepare` makes the work of a round, `run` asks it of a server, None if it cannot.

    CPU time is given per `batch` units.
    """

    title: str
    unit: str
    batch: int
    prepare: Callable[[], None]
    run: Callable[[Server], Done | None]


class Work:
    """The bodies of a round. Both servers get the same ones, and no body comes twice."""

    def __init__(self, scale: Scale, folder: Path) -> None:
        self._scale = scale
        self._path = folder / "payload"
        self._payload = load.make_payload(self._path, scale.large)
        self._blobs: list[bytes] = []
        self._manifest = manifest(CONFIG, [self._payload])

    def rows(self) -> list[Row]:
        """Give all rows, in the order they are run."""
        size, small = self._scale.large // MIB, self._scale.small
        large, tiny = self._renew_payload, self._renew_blobs
        return [
            Row(f"push {size} MiB, one PUT", "MiB/s", size, large, self._put),
            Row(f"push {size} MiB, PATCH and PUT", "MiB/s", size, large, self._patch),
            Row(f"pull {size} MiB", "MiB/s", size, _nothing, self._pull),
            Row(f"push {small} x 4 KiB, one by one", "blobs/s", small, tiny, self._one_by_one),
            Row(f"push {small} x 4 KiB, 8 at once", "blobs/s", small, tiny, self._at_once),
            Row("manifest GET by tag", "GETs/s", 1000, _nothing, self._by_tag),
            Row("manifest GET by digest", "GETs/s", 1000, _nothing, self._by_digest),
        ]

    def fill(self, server: Server) -> None:
        """Push an image, and make sure that what comes back is what was pushed."""
        with Client(server.address) as client:
            load.push_small(client, [CONFIG])
            load.push_by_put(client, self._payload)
            load.push_manifest(client, TAG, self._manifest)
            for kind, reference, digest in (
                ("manifests", TAG, load.digest_of(self._manifest)),
                ("blobs", self._payload.digest, self._payload.digest),
            ):
                came = client.digest(f"/v2/{load.REPOSITORY}/{kind}/{reference}")
                if came != digest:
                    raise load.UnexpectedAnswerError(f"{server.name}: {came} is not {digest}")

    def _renew_payload(self) -> None:
        """Make the large body another one."""
        self._payload = load.make_payload(self._path, self._scale.large)

    def _renew_blobs(self) -> None:
        """Make the small bodies others."""
        self._blobs = [os.urandom(4096) for _ in range(self._scale.small)]

    def _put(self, server: Server) -> Done:
        """Push the large body in one PUT."""
        with Client(server.address) as client, _clock(self._scale.large / MIB) as done:
            load.push_by_put(client, self._payload)
        return done

    def _patch(self, server: Server) -> Done:
        """Push the large body in one PATCH."""
        with Client(server.address) as client, _clock(self._scale.large / MIB) as done:
            load.push_by_patch(client, self._payload)
        return done

    def _pull(self, server: Server) -> Done:
        """Pull the large body, which the row before has pushed; once would be over in no time."""
        with Client(server.address) as client, _clock(PULLS * self._scale.large / MIB) as done:
            for _ in range(PULLS):
                load.pull_blob(client, self._payload.digest)
        return done

    def _one_by_one(self, server: Server) -> Done:
        """Push the small bodies over one connection."""
        with Client(server.address) as client, _clock(len(self._blobs)) as done:
            load.push_small(client, self._blobs)
        return done

    def _at_once(self, server: Server) -> Done:
        """Push the small bodies over eight connections."""
        with _clock(len(self._blobs)) as done:
            load.push_small_at_once(server.address, self._blobs, 8)
        return done

    def _by_tag(self, server: Server) -> Done | None:
        """GET the manifest by tag, over and over."""
        return self._get(server, TAG)

    def _by_digest(self, server: Server) -> Done | None:
        """GET the manifest by digest, over and over."""
        return self._get(server, load.digest_of(self._manifest))

    def _get(self, server: Server, reference: str) -> Done | None:
        """GET a manifest with wrk; None where wrk is not installed."""
        seconds = self._scale.get_seconds
        url = f"{server.url}/v2/{load.REPOSITORY}/manifests/{reference}"
        rate = load.requests_per_second(url, seconds)
        return None if rate is None else Done(rate * seconds, seconds)


def manifest(config: bytes, layers: list[Payload]) -> bytes:
    """Return an image's manifest."""
    kind = "application/vnd.oci.image"
    content = {
        "schemaVersion": 2,
        "mediaType": load.MANIFEST,
        "config": _descriptor(f"{kind}.config.v1+json", load.digest_of(config), len(config)),
        "layers": [_descriptor(f"{kind}.layer.v1.tar", one.digest, one.size) for one in layers],
        "annotations": {"unique": os.urandom(8).hex()},
    }
    return json.dumps(content).encode()


def _descriptor(media_type: str, digest: str, size: int) -> dict[str, object]:
    """Return how a manifest names a blob."""
    return {"mediaType": media_type, "digest": digest, "size": size}


@contextmanager
def _clock(units: float) -> Iterator[Done]:
    """Fill in, at the end of the block, how long `units` of work took."""
    done = Done(units)
    begun = time.perf_counter()
    yield done
    done.seconds = time.perf_counter() - begun


def _nothing() -> None:
    """Prepare a row that needs no new bodies."""
