"""A failure in the HTML report: a card that shows what must hold, what was seen, and how."""

import json
import re

from storagedriver_conformance.bodies import BEFORE, RULER
from storagedriver_conformance.findings import Finding, Report, Result, Status
from storagedriver_conformance.reporters import as_json
from storagedriver_conformance.reporters.page import safe
from storagedriver_conformance.zoo.animals import all_animals

SNIPPET = """\
from storagedriver import open_driver
from storagedriver_conformance import DriverConformance, Target


class {name}(DriverConformance):
    target = Target(open=lambda: open_driver({driver!r}))
    profile = {profile!r}
    only = {id!r}
    seed = {seed}
"""


def cards(report: Report, *, command: str) -> str:
    """Return a card for each failure."""
    return "\n".join(_card(result, report, command) for result in report.having(Status.FAILED))


def _card(result: Result, report: Report, command: str) -> str:
    one, finding = result.property, result.finding or Finding(message=result.reason)
    ruler = RULER.search(finding.message)
    message = (
        f"{finding.message[: ruler.start()]}they part at byte {ruler['at']}" if ruler else None
    )
    parts = [
        f'<article class="card failed" id="{safe(one.id)}">',
        f"<h3>{safe(one.sentence)}</h3>",
        f'<p class="soft"><code>{safe(one.id)}</code></p>',
        f"<p>{safe((message or finding.message).rstrip('.'))}.</p>",
        _told(finding),
        "<h4>Recipe</h4>",
        _recipe(finding),
        f"<h4>Where the bytes part</h4>{_ruler(ruler)}" if ruler else "",
        _seen_before(one.id),
        "<h4>See it again</h4>",
        f"<pre>{safe(_rerun(command, one.id, report.seed))}</pre>",
        "<details><summary>As a test, and as a case to replay</summary>",
        "<h4>A test for pytest</h4>",
        f"<pre>{safe(_snippet(result, report))}</pre>",
        f"<h4>case.json, for <code>{safe(_replay(command))}</code></h4>",
        f"<pre>{safe(json.dumps(as_json.case(result)))}</pre>",
        "</details>",
        "</article>",
    ]
    return "\n".join(part for part in parts if part)


def _told(finding: Finding) -> str:
    told = ""
    if finding.expected:
        told += f"<dt>expected</dt><dd>{safe(finding.expected)}</dd>"
    if finding.actual:
        told += f'<dt>seen</dt><dd class="seen">{safe(finding.actual)}</dd>'
    return f'<dl class="told">{told}</dl>' if told else ""


def _recipe(finding: Finding) -> str:
    items = []
    for step in finding.steps:
        if step.startswith("leave the "):
            continue
        call, arrow, outcome = step.partition(" -> ")
        came = f' <span class="came">&rarr; {safe(outcome)}</span>' if arrow else ""
        items.append(f"<li><code>{safe(call)}</code>{came}</li>")
    return f'<ol class="recipe">{"".join(items)}</ol>' if items else "<p>At once.</p>"


def _ruler(found: re.Match[str]) -> str:
    """Draw the bytes around the first that differs, in two lines below their places."""
    at = int(found["at"].replace(",", ""))
    start = max(0, at - BEFORE)
    lines = {name: found[name].split() for name in ("expected", "actual")}
    places = range(start, start + max(len(line) for line in lines.values()))
    head = "".join(f"<th{_mark(place == at)}>{place}</th>" for place in places)
    rows = [f"<tr><th>byte</th>{head}</tr>"]
    for name, label in (("expected", "expected"), ("actual", "seen")):
        cells = dict(zip(places, lines[name], strict=False))
        row = "".join(
            f"<td{_mark(place == at)}>{cells.get(place, '&mdash;')}</td>" for place in places
        )
        rows.append(f"<tr><th>{label}</th>{row}</tr>")
    return f'<div class="scroll"><table class="ruler">{"".join(rows)}</table></div>'


def _mark(is_there: bool) -> str:  # noqa: FBT001 - a private function of one argument
    return ' class="parts"' if is_there else ""


def _seen_before(id: str) -> str:  # noqa: A002 - it is the field's name
    """Name software that broke this before, as the zoo has it."""
    known = {animal.seen_in for animal in all_animals() if animal.seen_in and id in animal.expected}
    names = "; ".join(safe(name) for name in sorted(known))
    return f"<h4>Seen before in</h4><p>{names}</p>" if names else ""


def _rerun(command: str, id: str, seed: int) -> str:  # noqa: A002 - it is the field's name
    return f"{command} --only {id} --seed {seed}"


def _replay(command: str) -> str:
    """Return the command that replays a case on the driver that a run's command names."""
    return command.partition(" --profile")[0].replace(" run ", " replay case.json ", 1)


def _snippet(result: Result, report: Report) -> str:
    words = re.findall("[a-z0-9]+", result.property.id)
    return SNIPPET.format(
        name="Test" + "".join(word.capitalize() for word in words),
        driver=report.target,
        profile=report.profile,
        id=result.property.id,
        seed=report.seed,
    )
