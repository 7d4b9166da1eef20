"""The points at which a call was ended, as a strip of squares: what was found after each."""

from itertools import groupby

from storagedriver_conformance.findings import Point
from storagedriver_conformance.reporters.page import safe

# As it was before the call, and as it had to be after it: at each point one of the two is right.
RIGHT = {"old", "new"}
MOST = 8


def strip(points: tuple[Point, ...]) -> str:
    """Draw the points for a page, name what the letters mean, and say where the bad ones are."""
    squares = "".join(
        f'<li class="point {_kind(point)}"><span class="at">{point.number}</span> '
        f'<abbr title="{safe(point.outcome)}">{safe(_letter(point))}</abbr></li>'
        for point in points
    )
    outcomes = {point.outcome: point for point in points}
    legend = " ".join(
        f'<span><span class="point {_kind(point)}">{safe(_letter(point))}</span> '
        f"{safe(outcome)}</span>"
        for outcome, point in outcomes.items()
    )
    return f'<ol class="strip">{squares}</ol><p class="legend">{legend}</p>{_places(points)}'


def _kind(point: Point) -> str:
    return point.outcome if point.outcome in RIGHT else "wrong"


def _letter(point: Point) -> str:
    """Return what stands in a square: two outcomes are never told apart by colour alone."""
    return "".join(word[0].upper() for word in point.outcome.split()) or "?"


def _places(points: tuple[Point, ...]) -> str:
    """Say where the points are that are neither old nor new, those that follow each other once."""
    items = []
    for (outcome, place), same in groupby(points, lambda point: (point.outcome, point.place)):
        if outcome in RIGHT:
            continue
        numbers = [point.number for point in same]
        many = f"{numbers[0]}\N{EN DASH}{numbers[-1]}" if len(numbers) > 1 else f"{numbers[0]}"
        at = f" at <code>{safe(place)}</code>" if place else ""
        items.append(f"<li>{many} <strong>{safe(outcome)}</strong>{at}</li>")
    shown, folded = items[:MOST], items[MOST:]
    told = f'<ul class="places">{"".join(shown)}</ul>' if shown else ""
    if folded:
        told += (
            f"<details><summary>{len(folded)} more places</summary>\n"
            f'<ul class="places">{"".join(folded)}</ul></details>'
        )
    return told
