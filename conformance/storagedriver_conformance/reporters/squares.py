"""How each property ended, as a square with a sign: the colour is never all that tells."""

from enum import StrEnum
from itertools import groupby

from storagedriver_conformance.findings import Report, Result, Status
from storagedriver_conformance.reporters.page import safe


class State(StrEnum):
    """What a square shows: how a property ended, and whether a call that hangs was the reason."""

    KEPT = "passed"
    BROKEN = "failed"
    HANGS = "hangs"
    QUIRK = "quirk"
    ABSENT = "absent"
    UNKNOWN = "inconclusive"
    ERROR = "error"


SIGNS = {
    State.KEPT: ("\N{CHECK MARK}", "kept"),
    State.BROKEN: ("\N{MULTIPLICATION X}", "broken"),
    State.HANGS: ("\N{INFINITY}", "broken: a call does not come to its end"),
    State.QUIRK: ("\N{ALMOST EQUAL TO}", "broken, and excused by a known quirk"),
    State.ABSENT: ("\N{EN DASH}", "not applicable, for what the driver declares"),
    State.UNKNOWN: ("?", "unknown: storage did not answer"),
    State.ERROR: ("!", "the suite itself failed"),
}


def state(result: Result) -> State:
    """Return what is shown of a result."""
    if result.status is Status.FAILED and result.finding is not None and result.finding.endless:
        return State.HANGS
    return State(result.status)


def by_group(report: Report) -> dict[str, list[Result]]:
    """Return the results of each group, in the order in which the groups begin."""
    groups: dict[str, list[Result]] = {}
    for group, results in groupby(report.results, lambda result: result.property.group):
        groups.setdefault(group, []).extend(results)
    return groups


def squares(report: Report) -> str:
    """Draw all properties, a row for each group, and say what the signs mean."""
    if not report.results:
        return ""
    rows = [
        f"<dt>{safe(group)} <span>{_kept(results)}</span></dt>"
        f"<dd>{''.join(_square(result) for result in results)}</dd>"
        for group, results in by_group(report).items()
    ]
    found = [state(result) for result in report.results]
    legend = [
        f"<span>{sign(one)}{found.count(one):,} {SIGNS[one][1]}</span>"
        for one in State
        if one in found
    ]
    shown = "\n".join(rows)
    return f'<dl class="groups">\n{shown}\n</dl>\n<p class="legend">{" ".join(legend)}</p>'


def _kept(results: list[Result]) -> str:
    ended = [result.status for result in results if result.status is not Status.ABSENT]
    return f"{ended.count(Status.PASSED)} of {len(ended)}" if ended else "none applies"


def _square(result: Result) -> str:
    """Return a square that leads to what is told of the property; the Tab key stops at bad ones."""
    one, shown = result.property, state(result)
    title = safe(f"{one.id}: {one.sentence} ({SIGNS[shown][1]})")
    is_told = shown not in {State.KEPT, State.ABSENT}
    link = f'href="#{safe(one.id)}"' if is_told else f'href="#p-{safe(one.id)}" tabindex="-1"'
    return (
        f'<a class="square {shown}" {link} title="{title}" aria-label="{title}">'
        f"{SIGNS[shown][0]}</a>"
    )


def sign(shown: State) -> str:
    """Return a small square whose meaning stands beside it."""
    return f'<span class="square {shown}" aria-hidden="true">{SIGNS[shown][0]}</span>'
