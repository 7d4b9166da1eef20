"""What was found, as tables in Markdown."""

from collections.abc import Iterable, Sequence

from benchmarks.measuring import Sample
from benchmarks.results import GroupResult, RowResult, Spread
from benchmarks.sizes import MIB


def table(titles: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Return one table."""
    every = [f"| {' | '.join(titles)} |", f"|{'---|' * len(titles)}"]
    return "\n".join([*every, *(f"| {' | '.join(line)} |" for line in lines)]) + "\n"


def group(result: GroupResult) -> str:
    """Return everything that a group has found; its first side is what the others are beside."""
    parts = [f"### {result.title}\n", *(f"{note}\n" for note in result.notes)]
    sides = result.sides
    if result.rows:
        ratios = [f"ratio to {peer}" for peer in sides[1:]]
        lines = [_values(row, sides) for row in result.rows]
        parts.append(table(["row", "unit", *sides, *ratios], lines))
    for titles, lines in (_percentiles(result), _cpu(result), _peaks(result)):
        if lines:
            parts.append(table(titles, lines))
    parts += [table(one.titles, one.lines) for one in result.tables if one.lines]
    return "\n".join(parts)


def number(value: float) -> str:
    """Return a number with three digits that tell something, or all before the point."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:,.1f}" if value >= 10 else f"{value:,.2f}"


def spread(found: Spread | None, told: str = "") -> str:
    """Return a median with the range around it; a dash where nothing was measured."""
    if found is None:
        return "-"
    around = f" ({number(found.low)} to {number(found.high)})" if found.low != found.high else ""
    return f"{number(found.middle)}{told}{around}"


def seconds(value: float) -> str:
    """Return a time in the unit that suits it."""
    for unit, factor in (("s", 1.0), ("ms", 1e3)):
        if value * factor >= 1:
            return f"{number(value * factor)} {unit}"
    return f"{number(value * 1e6)} µs"


def _values(row: RowResult, sides: Sequence[str]) -> list[str]:
    values = [spread(row.values(side)) for side in sides]
    ratios = [spread(row.ratio(sides[0], peer)) for peer in sides[1:]]
    return [row.title, row.unit, *values, *ratios]


def _percentiles(result: GroupResult) -> tuple[list[str], list[list[str]]]:
    """Return how long answers took: the median of each percentile."""
    titles = ["answer within"]
    titles += [f"{side}: {cent} %" for side in result.sides for cent in (50, 99)]
    rows = [row for row in result.rows if any(_percentile(row, one, "50") for one in result.sides)]
    return titles, [
        [
            row.title,
            *(_time(_percentile(row, side, c)) for side in result.sides for c in ("50", "99")),
        ]
        for row in rows
    ]


def _percentile(row: RowResult, side: str, cent: str) -> Spread | None:
    return row.spread(side, lambda one: one.percentiles.get(cent))


def _cpu(result: GroupResult) -> tuple[list[str], list[list[str]]]:
    """Return the CPU time of each side for a batch, and that of the client."""
    rows = _working(result)
    has_load = any(row.load_cpu_seconds() for row in rows)
    titles = ["CPU time", "per", *result.sides, *(["the client"] if has_load else [])]
    lines = []
    for row in rows:
        line = [row.title, _batch(row), *(_time(row.cpu_seconds(side)) for side in result.sides)]
        lines.append([*line, *([_time(row.load_cpu_seconds())] if has_load else [])])
    return titles, lines


def _working(result: GroupResult) -> list[RowResult]:
    """Return the rows for which a side had something to do."""
    return [
        row
        for row in result.rows
        if any((found := row.cpu_seconds(side)) and found.middle for side in result.sides)
    ]


def _batch(row: RowResult) -> str:
    """Return what CPU time is told for: `1,000 GETs`, `call`."""
    units = row.unit.rpartition("/")[0] or row.unit
    return units.removesuffix("s") if row.batch == 1 else f"{row.batch:,} {units}"


def _peaks(result: GroupResult) -> tuple[list[str], list[list[str]]]:
    """Return the most memory that each side had."""
    rows = [(row, [row.spread(side, _peak) for side in result.sides]) for row in _working(result)]
    lines = [[row.title, *map(spread, peaks)] for row, peaks in rows if any(peaks)]
    return ["peak memory, MiB", *result.sides], lines


def _peak(sample: Sample) -> float | None:
    return None if sample.peak_bytes is None else sample.peak_bytes / MIB


def _time(found: Spread | None) -> str:
    return "-" if found is None else seconds(found.middle)
