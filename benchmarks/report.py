"""What was measured, as tables in Markdown on standard output."""

import os
import platform
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version

from benchmarks import servers
from benchmarks.limits import Limit
from benchmarks.load import MIB
from benchmarks.rows import Row
from benchmarks.servers import OURS, PEER, Server


@dataclass(frozen=True, slots=True)
class Sample:
    """One row, once, on one server. The peak is in bytes; CPU time is for one batch of the row."""

    rate: float
    cpu_seconds: float
    load_cpu_seconds: float
    peak_bytes: int


Samples = dict[tuple[str, str], list[Sample]]


def print_machine(rounds: int) -> None:
    """Say what is compared, and on what."""
    print(f"{OURS} {version(OURS)} on Python {platform.python_version()}")
    print(servers.peer_version() or f"{PEER} is not installed: no ratios")
    print(f"{os.cpu_count()} CPUs, {platform.system()} {platform.release()}, {rounds} rounds\n")


def print_limits(found: Iterable[Limit]) -> None:
    """Print what the machine can do at most."""
    print_table(
        ["limit of this machine", ""],
        [[limit.name, f"{limit.value:,.0f} {limit.unit}"] for limit in found],
    )


def print_rates(rows: list[Row], samples: Samples) -> None:
    """Print how fast each server was, the ratio of the medians, and those of single rounds."""
    lines = []
    for row in rows:
        ours, peer = ([one.rate for one in side] for side in _sides(row, samples))
        line = [row.title, row.unit, _median(ours, ",.0f"), _median(peer, ",.0f"), "", ""]
        if ours and peer:
            ratios = [one / other for one, other in zip(ours, peer, strict=True)]
            line[4] = f"{statistics.median(ours) / statistics.median(peer):.2f}"
            line[5] = f"{min(ratios):.2f} to {max(ratios):.2f}"
        lines.append(line)
    print_table(["speed", "unit", OURS, PEER, "ratio", "in single rounds"], lines)


def print_usage(rows: list[Row], samples: Samples) -> None:
    """Print the CPU seconds and the peak memory of each server, and the load's CPU seconds."""
    lines = []
    for row in rows:
        sides = _sides(row, samples)
        cpu = [_median([one.cpu_seconds for one in side], ".2f") for side in sides]
        peak = [_median([one.peak_bytes / MIB for one in side], ".0f") for side in sides]
        spent = _median([one.load_cpu_seconds for side in sides for one in side], ".2f")
        per = f"{row.batch:,} {row.unit.removesuffix('/s')}"
        lines.append([row.title, per, *cpu, spent, *peak])
    titles = [f"CPU s, {OURS}", f"CPU s, {PEER}", "CPU s, load", f"peak MiB, {OURS}"]
    print_table(["use", "per", *titles, f"peak MiB, {PEER}"], lines)


def print_syncs(running: list[Server], lines: Iterable[list[str]]) -> None:
    """Print how often each server syncs for each operation."""
    print_table(["syncs per operation", *(server.name for server in running)], lines)


def _sides(row: Row, samples: Samples) -> tuple[list[Sample], list[Sample]]:
    """Return what was measured of ours and of the peer."""
    return samples.get((row.title, OURS), []), samples.get((row.title, PEER), [])


def _median(values: list[float], pattern: str) -> str:
    """Return the median as text; a dash where nothing was measured."""
    return format(statistics.median(values), pattern) if values else "-"


def print_table(titles: list[str], lines: Iterable[list[str]]) -> None:
    """Print one table; its lines come out as they are measured."""
    print(f"| {' | '.join(titles)} |\n|{'---|' * len(titles)}")
    for line in lines:
        print(f"| {' | '.join(line)} |", flush=True)
    print(flush=True)
