"""How each cost grows with what it is asked of: with the exponent 0 not at all, with 1 as fast."""

import math
from collections.abc import Iterable, Mapping

from benchmarks.results import GroupResult, RowResult, Table


def exponent(costs: Mapping[int, float]) -> float:
    """Return the k for which `cost = c * size ** k` comes closest: a line through logarithms."""
    points = [(math.log(size), math.log(cost)) for size, cost in costs.items()]
    middle_x = sum(x for x, _ in points) / len(points)
    middle_y = sum(y for _, y in points) / len(points)
    above = sum((x - middle_x) * (y - middle_y) for x, y in points)
    return above / sum((x - middle_x) ** 2 for x, _ in points)


def costs(rows: Iterable[RowResult], series: str, side: str) -> dict[int, float]:
    """Return the seconds of a cost by its size, as far as they were measured."""
    return {
        row.size: 1 / found.middle
        for row in rows
        if row.series == series and (found := row.values(side)) is not None and found.middle
    }


def result(groups: Iterable[GroupResult]) -> GroupResult | None:
    """Return how the costs of other groups grow; None where nothing was measured in three sizes."""
    lines = []
    for group in groups:
        for series in dict.fromkeys(row.series for row in group.rows if row.series):
            for side in group.sides:
                found = costs(group.rows, series, side)
                if len(found) > 2:
                    lines.append([series, group.title, side, *_told(found)])
    titles = ["cost", "of", "side", "1x", "10x", "100x", "exponent"]
    if not lines:
        return None
    return GroupResult("growth", "Growth", tables=[Table(titles, lines)])


def _told(found: Mapping[int, float]) -> list[str]:
    times = [f"{size:,}: {1000 * cost:,.2f} ms" for size, cost in sorted(found.items())]
    return [*times, f"{exponent(found):.2f}"]
