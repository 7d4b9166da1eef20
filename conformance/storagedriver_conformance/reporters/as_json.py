"""A report as JSON, with a version of its own form, and a failing case that can be replayed."""

import json
from typing import Any

from storagedriver_conformance.findings import Report, Result
from storagedriver_conformance.reporters.redaction import redacted

SCHEMA = 1


def document(report: Report) -> dict[str, Any]:
    """Return the report as plain data."""
    return {
        "schema": SCHEMA,
        "target": redacted(report.target),
        "profile": report.profile,
        "seed": report.seed,
        "summary": redacted(report.summary()),
        "conforms": report.conforms,
        "exit_code": report.exit_code,
        "trouble": redacted(report.trouble),
        "seconds": round(report.seconds, 3),
        "calls": report.calls,
        "operations": report.operations,
        "versions": report.versions,
        "capabilities": report.capabilities,
        "results": [_result(result) for result in report.results],
    }


def text(report: Report) -> str:
    """Return the report as JSON."""
    return json.dumps(document(report), indent=2, ensure_ascii=True) + "\n"


def case(result: Result) -> dict[str, Any]:
    """Return what replays a failure: the property, and the values that it drew."""
    draws = result.finding.draws if result.finding else ()
    return {"schema": SCHEMA, "property": result.property.id, "draws": list(draws)}


def _result(result: Result) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": result.property.id,
        "sentence": result.property.sentence,
        "tier": str(result.property.tier),
        "status": str(result.status),
        "calls": result.calls,
        "programs": result.programs,
        "seconds": round(result.seconds, 3),
    }
    if result.reason:
        told["reason"] = redacted(result.reason)
    if result.finding is not None:
        told["finding"] = {
            "message": redacted(result.finding.message),
            "expected": redacted(result.finding.expected),
            "actual": redacted(result.finding.actual),
            "steps": [redacted(step) for step in result.finding.steps],
            "case": case(result),
        }
    return told
