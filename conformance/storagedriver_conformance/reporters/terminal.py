"""A report for a terminal: three lines for a failure, one for the whole."""

from storagedriver_conformance.findings import Finding, Report, Result, Status
from storagedriver_conformance.reporters.redaction import redacted

SIGNS = {
    Status.PASSED: "ok",
    Status.FAILED: "FAILED",
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
    seen = f": expected {finding.expected}, got {finding.actual}" if finding.expected else ""
    if finding.actual and not finding.expected:
        seen = f": {finding.actual}"
    return redacted(
        f"{result.property.id}: {result.property.sentence}\n"
        f"  {recipe(finding)}: {finding.message}{seen}\n"
        f"  see it again: {rerun}"
    )


def recipe(finding: Finding) -> str:
    """Write the steps as a numbered recipe in one line."""
    steps = [step for step in finding.steps if not step.startswith("leave the ")]
    return "  ".join(f"{number}. {step}" for number, step in enumerate(steps, 1)) or "at once"


def text(report: Report, *, command: str) -> str:
    """Return all that a terminal shows at the end of a run."""
    told = [
        failure(result, rerun=f"{command} --only {result.property.id} --seed {report.seed}")
        for result in report.results
        if result.status is Status.FAILED
    ]
    told += [
        redacted(f"{result.property.id}: {SIGNS[result.status]}: {result.reason.strip()}")
        for result in report.results
        if result.status in {Status.ERROR, Status.INCONCLUSIVE}
    ]
    return "\n\n".join([*told, redacted(report.summary())])
