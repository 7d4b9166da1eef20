"""What the registry and its drivers are to reach, beside what a run has found."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from benchmarks import growth, limits
from benchmarks.drivers.tables import is_call, microseconds
from benchmarks.results import OURS, Results, RowResult
from benchmarks.servers import DOCKER
from benchmarks.sizes import MIB
from benchmarks.tables import number

# At this many connections latencies and costs are compared.
_AT_ONCE = ", 64 at once"

# `filesystem` is beside the system's calls, with the same syncs: fsspec's has none.
_BELOW = {"memory": "fsspec", "filesystem": "os, synced", "s3": "s3fs", "azure": "adlfs"}

Found = Iterable[tuple[str, float]]


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be reached, how much of it, and which figures of a run tell, by their labels."""

    what: str
    wanted: str
    find: Callable[[Results], Found]
    is_met: Callable[[float], bool]

    def line(self, results: Results) -> list[str]:
        """Return what, wanted, reached, and whether it is met."""
        found = list(self.find(results))
        if not found:
            return [self.what, self.wanted, "not measured", ""]
        told = [f"{label}: {number(value)}" if label else number(value) for label, value in found]
        is_met = all(self.is_met(value) for _, value in found)
        return [self.what, self.wanted, "; ".join(told), "yes" if is_met else "**no**"]


def lines(results: Results) -> list[list[str]]:
    """Return the table of targets."""
    return [target.line(results) for target in _targets()]


def _targets() -> list[Target]:
    return [
        Target(
            "small requests: CPU time of docker-registry to ours, which is the ratio per core",
            "at least 10",
            _per_core,
            lambda value: value >= 10,
        ),
        Target(
            "small requests: 99 % answered within, ours to docker-registry's",
            "at most 1",
            _latest,
            lambda value: value <= 1,
        ),
        Target(
            "two processes: answers a second, to those of one",
            "as many as the cores give",
            _workers,
            lambda value: value >= 1.5,
        ),
        Target(
            "push of large blobs, to the slower of sha256 and a fsynced write",
            "at least 0.8",
            _pushes,
            lambda value: value >= 0.8,
        ),
        Target(
            "pull of a large blob, to a bare ASGI file server",
            "at least 0.9",
            _pulls,
            lambda value: value >= 0.9,
        ),
        Target(
            "push to S3: time, to the fastest client's upload and one copy",
            "at most 1.1",
            _bucket,
            lambda value: value <= 1.1,
        ),
        Target(
            "drivers: streams, to the library below",
            "at least 0.95",
            _streams,
            lambda value: value >= 0.95,
        ),
        Target(
            "drivers: the most µs that a small call takes more than the library below",
            "at most 50",
            _calls,
            lambda value: value <= 50,
        ),
        Target(
            "pages of lists: exponent of the growth with what is listed",
            "0, at most 0.15 measured",
            _pages,
            lambda value: value <= 0.15,
        ),
        Target("memory at rest, MiB", "under 80", _rest, lambda value: value < 80),
        Target(
            "memory for each of many pulls at once, MiB",
            "a constant: at most 8",
            _streaming,
            lambda value: value <= 8,
        ),
    ]


def _rows(results: Results, group: str) -> Iterator[RowResult]:
    for each in results.groups:
        if each.name == group:
            yield from each.rows


def _value(row: RowResult | None, side: str) -> float | None:
    """Return the median of a side."""
    found = row.values(side) if row else None
    return found.middle if found else None


def _limit(results: Results, title: str) -> float | None:
    row = results.row(title, "limits")
    return _value(row, next(iter(row.samples))) if row and row.samples else None


def _per_core(results: Results) -> Found:
    for row in _rows(results, "registry.requests"):
        ours, peer = row.cpu_seconds(OURS), row.cpu_seconds(DOCKER)
        if row.title.endswith(_AT_ONCE) and ours and peer and ours.middle:
            yield row.title.removesuffix(_AT_ONCE), peer.middle / ours.middle


def _latest(results: Results) -> Found:
    for row in _rows(results, "registry.requests"):
        ours, peer = (
            row.spread(side, lambda sample: sample.percentiles.get("99")) for side in (OURS, DOCKER)
        )
        if row.title.endswith(_AT_ONCE) and ours and peer:
            yield row.title.removesuffix(_AT_ONCE), ours.middle / peer.middle


def _workers(results: Results) -> Found:
    for row in _rows(results, "registry.workers"):
        found = row.ratio(next(iter(row.samples), ""), OURS)
        if found:
            yield row.title.removesuffix(_AT_ONCE), found.middle


def _pushes(results: Results) -> Found:
    most = [_limit(results, title) for title in (limits.HASH, limits.WRITE)]
    slower = min((value for value in most if value), default=None)
    for row in _rows(results, "registry.push"):
        value = _value(row, OURS)
        if row.unit == "MiB/s" and value and slower:
            yield row.title.removeprefix("push "), value / slower


def _pulls(results: Results) -> Found:
    for row in _rows(results, "registry.pull"):
        most = _limit(results, row.title.replace("pull", limits.FILES, 1))
        value = _value(row, OURS)
        if most and value:
            yield row.title.removeprefix("pull "), value / most


def _bucket(results: Results) -> Found:
    for row in _rows(results, "registry.s3"):
        uploads = [_value(row, side) for side in row.samples if side.endswith("upload and copy")]
        ours, best = _value(row, OURS), max((one for one in uploads if one), default=None)
        if ours and best:
            yield "", best / ours


def _streams(results: Results) -> Found:
    for name, below in _BELOW.items():
        for row in _rows(results, f"drivers.{name}"):
            found = row.ratio(name, below) if row.unit == "MiB/s" else None
            if found:
                yield f"{name} {row.title}", found.middle


def _calls(results: Results) -> Found:
    for name, below in _BELOW.items():
        more = [
            (ours - peer, row.title)
            for row in _rows(results, f"drivers.{name}")
            if is_call(row)
            if (ours := microseconds(row, name)) is not None
            if (peer := microseconds(row, below)) is not None
        ]
        if more:
            most, title = max(more)
            yield f"{name} {title}", most


def _pages(results: Results) -> Found:
    rows = list(_rows(results, "registry.lists"))
    for series in dict.fromkeys(row.series for row in rows if "page" in row.series):
        found = growth.costs(rows, series, OURS)
        if len(found) > 2:
            yield series, growth.exponent(found)


def _rest(results: Results) -> Found:
    found = _value(results.row("memory at rest", "registry.process"), OURS)
    if found:
        yield "", found


def _streaming(results: Results) -> Found:
    """Give what a pull takes beyond the first: the peak with many, and without."""
    peaks = {}
    for row in _rows(results, "registry.pull"):
        many = re.search(r"(\d+) at once$", row.title)
        found = row.spread(OURS, lambda sample: sample.peak_bytes)
        if found and row.unit == "MiB/s":
            peaks[int(many[1]) if many else 1] = found.middle
    if len(peaks) == 2:
        (few, low), (most, high) = sorted(peaks.items())
        yield "", (high - low) / MIB / (most - few)
