"""Runs a failing case again: the property, with the values that it drew."""

import json
from pathlib import Path
from typing import Any

from storagedriver_conformance.drawing import Replayed
from storagedriver_conformance.exploring import Exploration
from storagedriver_conformance.findings import Report
from storagedriver_conformance.groups import all_properties
from storagedriver_conformance.profiles import Profile
from storagedriver_conformance.target import Target


def replay(file: Path, target: Target, *, only: str | None = None) -> Report:
    """Run the cases of a file once each: a case by itself, or all failures of a JSON report.

    Raises `ValueError` where the file has none, or none of that id.
    """
    cases = [one for one in _cases(file) if only in (None, one["property"])]
    if not cases:
        message = f"{file} has no failing case" + (f" of {only}" if only else "")
        raise ValueError(message)
    known = {one.id: one for one in all_properties()}
    results = []
    for case in cases:
        if case["property"] not in known:
            message = f"{file} is about {case['property']!r}, which this version does not have"
            raise ValueError(message)
        one, source = known[case["property"]], Replayed(case["draws"])
        tried = Exploration(one, target, Profile.named("standard"), seed=0, source=source)
        results.append(tried.run())
    return Report(target=target.name, profile="replay", seed=0, results=tuple(results))


def _cases(file: Path) -> list[dict[str, Any]]:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        if "property" in document:
            return [{"property": str(document["property"]), "draws": list(document["draws"])}]
        found = [result["finding"]["case"] for result in document["results"] if "finding" in result]
        return [{"property": str(one["property"]), "draws": list(one["draws"])} for one in found]
    except (KeyError, TypeError, ValueError) as error:
        message = f"{file} is neither a report nor a case of one: {error}"
        raise ValueError(message) from error
