"""What changed between two runs, from their JSON reports."""

import argparse
import json
from pathlib import Path
from typing import Any

from storagedriver_conformance.findings import Status
from storagedriver_conformance.reporters.as_json import SCHEMA

NEW, GONE = "not there", "not there any more"


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        "compare",
        help="tell what changed between two JSON reports",
        epilog="exit codes: 0 nothing got worse, 1 something fails that did not, 2 unreadable",
    )
    parser.add_argument("before", type=Path, metavar="A.json")
    parser.add_argument("after", type=Path, metavar="B.json")
    parser.set_defaults(call=_compare)


def _compare(given: argparse.Namespace) -> int:
    before, after = _read(given.before), _read(given.after)
    print(*differences(before, after), sep="\n")  # noqa: T201 - a command
    return int(bool(newly_failing(before, after)))


def _read(file: Path) -> dict[str, Any]:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        message = f"{file} is not JSON: {error}"
        raise ValueError(message) from error
    if not isinstance(document, dict) or "results" not in document:
        message = f"{file} is no report"
        raise ValueError(message)
    if document.get("schema") != SCHEMA:
        message = f"{file} has the form {document.get('schema')}, this version reads {SCHEMA}"
        raise ValueError(message)
    return document


def newly_failing(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return the ids of what fails after and did not before."""
    old = _statuses(before)
    return [
        name
        for name, status in _statuses(after).items()
        if status == Status.FAILED and old.get(name) != Status.FAILED
    ]


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return a line for each change, the verdicts of both runs first."""
    return [
        f"before: {before['summary']}",
        f"after:  {after['summary']}",
        *_changed("property", _statuses(before), _statuses(after)),
        *_changed("declared", before["capabilities"], after["capabilities"]),
        *_changed("calls of", before["operations"], after["operations"]),
    ]


def _statuses(document: dict[str, Any]) -> dict[str, str]:
    return {result["id"]: result["status"] for result in document["results"]}


def _changed(kind: str, old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    return [
        f"{kind} {name}: {old.get(name, NEW)} -> {new.get(name, GONE)}"
        for name in [*old, *(name for name in new if name not in old)]
        if old.get(name, NEW) != new.get(name, GONE)
    ]
