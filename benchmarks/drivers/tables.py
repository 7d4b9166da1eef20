"""What was measured, as tables in Markdown on standard output."""

import statistics
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from benchmarks.drivers.fields import Field
from benchmarks.drivers.rows import Row
from benchmarks.drivers.running import Measured
from benchmarks.report import print_table

Samples = dict[tuple[str, str], list[Measured]]
"""What was measured in each round, by a row's title and a store's name."""

_LIBRARIES = ("storagedriver", "fsspec", "s3fs", "adlfs", "obstore")


def print_versions() -> None:
    """Say what is compared."""
    print(", ".join(f"{name} {_version(name)}" for name in _LIBRARIES))


def print_field(field: Field, rows: list[Row], names: list[str], samples: Samples) -> None:
    """Print how fast each store was, and what a call took. `names` has ours first."""
    print(f"### {field.title}\n")
    if field.notes:
        print(f"{field.notes}\n")
    ours, *peers = names
    titles = [title for peer in peers for title in (peer, f"ratio to {peer}")]
    print_table(
        ["speed", "unit", ours, *titles],
        [[row.title, row.unit, *_rates(row, names, samples)] for row in rows],
    )
    print_table(
        ["µs per call", *names, *(f"more than {peer}" for peer in peers)],
        [[row.title, *_times(row, names, samples)] for row in rows if row.is_call],
    )
    print_table(
        ["CPU", "per", *names],
        [[row.title, *_cpu(row, names, samples)] for row in rows],
    )


def print_requests(names: list[str], lines: list[list[str]]) -> None:
    """Print how many requests each client sends."""
    print_table(["requests", *names], lines)


def ratio(ours: Sequence[float], peers: Sequence[float]) -> str:
    """Return the ratio of the medians of two rates, and those of single rounds."""
    single = [one / other for one, other in zip(ours, peers, strict=True)]
    middle = statistics.median(ours) / statistics.median(peers)
    return f"{middle:.2f} ({min(single):.2f} to {max(single):.2f})"


def _rates(row: Row, names: list[str], samples: Samples) -> list[str]:
    """Return the cells behind a row's title and unit: our rate, then each peer's and the ratio."""
    rates = [[one.rate for one in samples[row.title, name]] for name in names]
    cells = [f"{statistics.median(rates[0]):,.0f}"]
    for peer in rates[1:]:
        cells += [f"{statistics.median(peer):,.0f}", ratio(rates[0], peer)]
    return cells


def _times(row: Row, names: list[str], samples: Samples) -> list[str]:
    """Return how many microseconds a call took, and how many more than with each peer."""
    times = [
        statistics.median(1e6 / one.rate for one in samples[row.title, name]) for name in names
    ]
    more = [times[0] - time for time in times[1:]]
    return [*(f"{time:,.0f}" for time in times), *(f"{time:+,.0f}" for time in more)]


def _cpu(row: Row, names: list[str], samples: Samples) -> list[str]:
    """Return the unit, and how much CPU time of this process it took with each store."""
    spent = [
        statistics.median(1e6 * one.cpu_seconds / one.units for one in samples[row.title, name])
        for name in names
    ]
    return [
        f"{row.unit.removesuffix('s/s').removesuffix('/s')}",
        *(f"{one:,.1f} µs" for one in spent),
    ]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "is not installed"
