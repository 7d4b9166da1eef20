"""A failure in the HTML report: a card that shows what must hold, what was seen, and how."""

import json
import re

from storagedriver_conformance.bodies import BEFORE, RULER
from storagedriver_conformance.findings import Finding, Report, Result, Status
from storagedriver_conformance.reporters import as_json, commands, timelines
from storagedriver_conformance.reporters.page import safe, told
from storagedriver_conformance.reporters.relatives import relatives
from storagedriver_conformance.reporters.squares import SIGNS, State, state
from storagedriver_conformance.reporters.strips import strip

# A table's steps are many and alike: those in the middle are folded.
FIRST, LAST = 8, 12
LONG = 2_000


def cards(report: Report, *, command: str) -> str:
    """Return a card for each failure."""
    return "\n".join(_card(result, report, command) for result in report.having(Status.FAILED))


def _card(result: Result, report: Report, command: str) -> str:
    one, finding = result.property, result.finding or Finding(message=result.reason)
    ruler = RULER.search(finding.message)
    message = finding.message
    if ruler:
        message = f"{message[: ruler.start()]}they part at byte {ruler['at']}"
    hangs = f" {SIGNS[State.HANGS][0]} it hangs" if state(result) is State.HANGS else ""
    parts = [
        f'<article class="card failed" id="{safe(one.id)}" aria-labelledby="h-{safe(one.id)}">',
        f'<h3 id="h-{safe(one.id)}">{safe(one.sentence)}</h3>',
        f'<p class="soft"><code>{safe(one.id)}</code>{hangs}</p>',
        f"<p>{safe(message.rstrip('.'))}.</p>",
        f"<p>{safe(result.reason)}</p>" if result.reason and result.finding else "",
        observed(finding),
        _part("Where the bytes part", _ruler(ruler)) if ruler else "",
        _part("Who did what, when", timelines.figure(finding.race)) if finding.race else "",
        _part("What was left when it ended there", strip(finding.points)) if finding.points else "",
        recipe(finding),
        _part("See it again", f"<pre>{safe(commands.rerun(report, command, result))}</pre>"),
        _to_copy(result, report, command),
        relatives(one.id),
        "</article>",
    ]
    return "\n".join(part for part in parts if part)


def _part(heading: str, body: str) -> str:
    return f"<h4>{safe(heading)}</h4>\n{body}"


def observed(finding: Finding) -> str:
    """Return what was expected and what was seen."""
    seen = f'<span class="seen">{_cut(finding.actual)}</span>' if finding.actual else ""
    return told({"expected": _cut(finding.expected), "seen": seen})


def _cut(words: str) -> str:
    return safe(words if len(words) <= LONG else f"{words[:LONG]}...")


def recipe(finding: Finding) -> str:
    """Return the steps as a numbered list, of which the middle is folded where it is long."""
    steps = [_step(step) for step in finding.steps if not step.startswith("leave the ")]
    if finding.race:
        summary = "<summary>All calls, in the order in which they began</summary>"
        return f"<details>{summary}\n{_steps(steps, 1)}</details>"
    return _part("Recipe", _folded(steps))


def _folded(steps: list[str]) -> str:
    if not steps:
        return "<p>At once.</p>"
    if len(steps) <= FIRST + LAST + 1:
        return _steps(steps, 1)
    middle = steps[FIRST:-LAST]
    return (
        f"{_steps(steps[:FIRST], 1)}\n<details><summary>{len(middle)} more steps</summary>\n"
        f"{_steps(middle, FIRST + 1)}</details>\n{_steps(steps[-LAST:], len(steps) - LAST + 1)}"
    )


def _steps(items: list[str], start: int) -> str:
    return f'<ol class="recipe" start="{start}">{"".join(items)}</ol>'


def _step(step: str) -> str:
    call, arrow, outcome = step.partition(" -> ")
    came = f' <span class="came">&rarr; {safe(outcome)}</span>' if arrow else ""
    return f"<li><code>{safe(call)}</code>{came}</li>"


def _ruler(found: re.Match[str]) -> str:
    """Draw the bytes around the first that differs, in two lines below their places."""
    at = int(found["at"].replace(",", ""))
    start = max(0, at - BEFORE)
    lines = {name: found[name].split() for name in ("expected", "actual")}
    places = range(start, start + max(len(line) for line in lines.values()))
    head = "".join(f'<th scope="col"{_mark(place == at)}>{place}</th>' for place in places)
    rows = []
    for name, label in (("expected", "expected"), ("actual", "seen")):
        cells = dict(zip(places, lines[name], strict=False))
        row = "".join(
            f"<td{_mark(place == at)}>{cells.get(place, '&mdash;')}</td>" for place in places
        )
        rows.append(f'<tr><th scope="row">{label}</th>{row}</tr>')
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="The bytes around the place">'
        f'<table class="ruler"><thead><tr><th scope="col">byte</th>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _mark(is_there: bool) -> str:  # noqa: FBT001 - a private function of one argument
    return ' class="parts"' if is_there else ""


def _to_copy(result: Result, report: Report, command: str) -> str:
    case = json.dumps(as_json.case(result))
    return "\n".join(
        [
            "<details><summary>As a test, and as a case to replay</summary>",
            _part(
                "A test for pytest", f"<pre>{safe(commands.snippet(report, command, result))}</pre>"
            ),
            _part("Replay", f"<pre>{safe(commands.replay(command))}</pre>"),
            _part("case.json", f"<pre>{safe(case)}</pre>"),
            "</details>",
        ]
    )
