"""A report as JSON, with a version of its own form, and a failing case that can be replayed."""

import json
from dataclasses import asdict
from typing import Any

from storagedriver_conformance.findings import Finding, Race, Report, Result
from storagedriver_conformance.reporters.redaction import redacted

SCHEMA = 1


def document(report: Report) -> dict[str, Any]:
    """Return the report as plain data."""
    return {
        "schema": SCHEMA,
        "target": redacted(report.target),
        "profile": report.profile,
        "seed": report.seed,
        "only": report.only,
        "began": report.began.isoformat() if report.began else None,
        "summary": redacted(report.summary()),
        "conforms": report.conforms,
        "exit_code": report.exit_code,
        "trouble": redacted(report.trouble),
        "seconds": round(report.seconds, 3),
        "calls": report.calls,
        "operations": report.operations,
        "requests": {name: asdict(found) for name, found in report.requests.items()},
        "latencies": {name: asdict(found) for name, found in report.latencies.items()},
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
    if result.notices:
        told["notices"] = [redacted(notice) for notice in result.notices]
    if result.finding is not None:
        told["finding"] = {**_finding(result.finding), "case": case(result)}
    return told


def _finding(finding: Finding) -> dict[str, Any]:
    told: dict[str, Any] = {
        "message": redacted(finding.message),
        "expected": redacted(finding.expected),
        "actual": redacted(finding.actual),
        "steps": [redacted(step) for step in finding.steps],
        "endless": finding.endless,
    }
    if finding.points:
        told["points"] = [
            {"number": point.number, "outcome": point.outcome, "place": redacted(point.place)}
            for point in finding.points
        ]
    if finding.race:
        told["race"] = _race(finding.race)
    return told


def _race(race: Race) -> dict[str, Any]:
    spans = [asdict(span) for span in race.spans]
    for span in spans:
        span |= {name: redacted(span[name]) for name in ("call", "answer")}
    return {
        "spans": spans,
        "order": list(race.order),
        "misfit": race.misfit,
        "earlier": race.earlier,
    }
