"""Quirks: failures of a target that are known, and whose reason lies outside of the driver."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from storagedriver_conformance.findings import Finding, Result, Status
from storagedriver_conformance.properties import Property

KEYS = {"id": str, "reason": str, "link": str, "until": date}


@dataclass(frozen=True, slots=True)
class Quirk:
    """A known failure of the storage behind a driver: a bug of a service, for instance.

    `id` is a property's id, or a glob over several. `reason` says what is wrong, and `link` where
    more is told of it. `until` is the last day on which it excuses anything.
    """

    id: str
    reason: str
    link: str = ""
    until: date | None = None

    def __str__(self) -> str:
        """Give the reason, with its link."""
        return f"{self.reason} ({self.link})" if self.link else self.reason

    def is_about(self, one: Property) -> bool:
        """Tell whether it excuses a failure of this property."""
        return fnmatchcase(one.id, self.id)


def unmatched(quirks: Iterable[Quirk], properties: Iterable[Property]) -> list[str]:
    """Return the ids of quirks that are about no property."""
    known = list(properties)
    return [quirk.id for quirk in quirks if not any(quirk.is_about(one) for one in known)]


def excused(result: Result, quirks: Iterable[Quirk], *, today: date | None = None) -> Result:
    """Return the result with what quirks make of it.

    A failure that a quirk is about is a `QUIRK`, unless the quirk has expired by `today`. A success
    is a failure: the quirk is no longer true, and would excuse the next defect.
    """
    about = [quirk for quirk in quirks if quirk.is_about(result.property)]
    if not about or result.status not in {Status.PASSED, Status.FAILED}:
        return result
    if result.status is Status.PASSED:
        message = f"fixed: remove this quirk: {about[0].id}: {about[0]}"
        return replace(result, status=Status.FAILED, finding=Finding(message=message))
    today = today or datetime.now(UTC).date()
    valid = [quirk for quirk in about if quirk.until is None or today <= quirk.until]
    if not valid:
        return replace(result, finding=_expired(result.finding, about[0]))
    return replace(result, status=Status.QUIRK, reason=str(valid[0]))


def _expired(finding: Finding | None, quirk: Quirk) -> Finding:
    found = finding or Finding(message="it failed")
    note = f"its quirk, {quirk}, expired on {quirk.until}"
    return replace(found, message=f"{note}; {found.message}")


def read(file: Path) -> tuple[Quirk, ...]:
    """Read the quirks of a TOML file: a table `[[quirk]]` for each, with the fields of `Quirk`.

    Raises `ValueError` that names the file and what is wrong in it.
    """
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
        return tuple(_quirk(given) for given in _tables(document))
    except ValueError as error:
        message = f"{file}: {error}"
        raise ValueError(message) from error


def _tables(document: dict[str, Any]) -> list[dict[str, Any]]:
    found = document.get("quirk")
    is_right = isinstance(found, list) and all(isinstance(one, dict) for one in found)
    if len(document) != 1 or not is_right:
        message = "it has tables [[quirk]], and nothing else"
        raise ValueError(message)
    return document["quirk"]  # type: ignore[no-any-return] # it was looked at


def _quirk(given: dict[str, Any]) -> Quirk:
    if strange := sorted(set(given) - set(KEYS)):
        message = f"a quirk has no {strange[0]!r}: it has {', '.join(KEYS)}"
        raise ValueError(message)
    for key, value in given.items():
        # For Python, a date with a time is a date.
        if type(value) is not KEYS[key]:
            message = f"{key} = {value!r} is no {'date' if key == 'until' else 'text'}"
            raise ValueError(message)
    if not given.get("id") or not given.get("reason"):
        message = "a quirk has an id and a reason"
        raise ValueError(message)
    return Quirk(**given)
