"""How much longer a call of ours takes than one of the libraries beside it."""

from benchmarks.results import RowResult, Spread, Table


def per_call(names: list[str], rows: list[RowResult]) -> Table:
    """Return the microseconds of each call that waits for the last. `names` has ours first."""
    titles = ["µs per call", *names, *(f"more than {peer}" for peer in names[1:])]
    return Table(titles, [[row.title, *_times(row, names)] for row in rows if is_call(row)])


def is_call(row: RowResult) -> bool:
    """Tell whether a row makes one call after another."""
    return row.unit == "calls/s" and "at once" not in row.title


def microseconds(row: RowResult, name: str) -> float | None:
    """Return the median of what a call took."""
    found: Spread | None = row.spread(name, lambda one: 1e6 / one.value)
    return found.middle if found else None


def _times(row: RowResult, names: list[str]) -> list[str]:
    """Return how long a call took with each, and how much longer ours took."""
    times = [microseconds(row, name) for name in names]
    ours, *peers = times
    more = [None if ours is None or peer is None else ours - peer for peer in peers]
    return [_told(time, ",.0f") for time in times] + [_told(one, "+,.0f") for one in more]


def _told(value: float | None, pattern: str) -> str:
    return "-" if value is None else format(value, pattern)
