"""A report for a terminal: three lines for a failure, one for the whole."""

import re

from storagedriver_conformance.findings import Finding, Report, Result, Status
from storagedriver_conformance.reporters import timelines
from storagedriver_conformance.reporters.redaction import redacted

# So many steps a reader of a terminal can follow; the other reports have all of them.
MOST = 16
LONG = 400
NEXT = (
    "Begin with the first: what fails after it may have the same cause.\n"
    "storagedriver conformance explain ID tells all about a property, "
    "and --html FILE shows its calls side by side."
)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
SIGNS = {
    Status.PASSED: "ok",
    Status.FAILED: "FAILED",
    Status.QUIRK: "quirk",
    Status.ABSENT: "absent",
    Status.INCONCLUSIVE: "inconclusive",
    Status.ERROR: "ERROR",
}


def line(result: Result) -> str:
    """Say how one property ended."""
    one = result.property
    return f"{SIGNS[result.status]:<12} {one.id:<36} {one.sentence}"


def failure(result: Result, *, rerun: str) -> str:
    """Tell a failure in three lines: what must hold, what showed otherwise, how to see it."""
    finding = result.finding or Finding(message=result.reason)
    expected, actual = _short(finding.expected), _short(finding.actual)
    seen = f": expected {expected}, got {actual}" if expected else actual and f": {actual}"
    lines = [
        f"{result.property.id}: {result.property.sentence}",
        f"  {_shown(finding)}: {_short(finding.message)}{seen}",
        f"  see it again: {rerun}",
    ]
    return "\n".join(printable(line) for line in lines)


def printable(words: str) -> str:
    """Return words as one line without secrets that a terminal shows, and does nothing else."""
    shown = _CONTROLS.sub(" ", redacted(words))
    return shown.encode("utf-8", "backslashreplace").decode()


def _short(words: str) -> str:
    return words if len(words) <= LONG else f"{words[:LONG]}..."


def _shown(finding: Finding) -> str:
    return timelines.line(finding.race) if finding.race else recipe(finding, most=MOST)


def recipe(finding: Finding, *, most: int | None = None) -> str:
    """Write the steps as a numbered recipe in one line, the last `most` of them."""
    steps = [step for step in finding.steps if not step.startswith("leave the ")]
    left = max(0, len(steps) - most) if most else 0
    told = [f"{number}. {step}" for number, step in enumerate(steps[left:], left + 1)]
    return "  ".join([f"({left} steps before)", *told] if left else told) or "at once"


def text(report: Report, *, command: str) -> str:
    """Return all that a terminal shows at the end of a run."""
    told = [
        failure(result, rerun=f"{command} --only {result.property.id} --seed {report.seed}")
        for result in report.results
        if result.status is Status.FAILED
    ]
    told += [
        _told(result)
        for result in report.results
        if result.status in {Status.ERROR, Status.INCONCLUSIVE, Status.QUIRK}
    ]
    notices = [f"{one.property.id}: {notice}" for one in report.results for notice in one.notices]
    told += [printable(f"notice: {notice}") for notice in notices]
    failed = sum(result.status is Status.FAILED for result in report.results)
    told += [NEXT] if failed > 1 else []
    return "\n\n".join([*told, printable(report.summary())])


def _told(result: Result) -> str:
    """Tell why a property came to no verdict of its own; a traceback keeps its lines."""
    reason = f"{result.property.id}: {SIGNS[result.status]}: {result.reason.strip()}"
    return "\n".join(printable(line) for line in reason.splitlines())
