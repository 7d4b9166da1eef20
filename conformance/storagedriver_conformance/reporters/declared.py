"""What the driver declares beside what was observed, and where the two do not meet."""

from dataclasses import fields

from storagedriver.records import Limits, Support
from storagedriver_conformance.findings import Report, Result, Status
from storagedriver_conformance.reporters.page import safe, table

ABILITIES: dict[str, str] = {
    Support.NATIVE: "\N{BLACK CIRCLE} native",
    Support.EMULATED: "\N{CIRCLE WITH LEFT HALF BLACK} emulated",
    Support.ABSENT: "\N{WHITE CIRCLE} absent",
}
LIMITS = [one.name for one in fields(Limits)]
# The property that tries each limit at its edge.
EDGES = {
    "min_part": "parts.edges",
    "max_object": "caps.max-object",
    "max_put": "caps.max-put",
    "max_key": "paths.max-key",
    "page": "pages.list",
}
LINKS = 3
TRIED = {Status.PASSED, Status.FAILED, Status.QUIRK}


def declared(report: Report) -> str:
    """Return the tables of abilities and limits, the notices first."""
    if not report.capabilities:
        return ""
    abilities = [
        [safe(_words(name)), safe(ABILITIES.get(str(value), value)), _observed(name, report)]
        for name, value in report.capabilities.items()
        if name not in LIMITS
    ]
    limits = [
        [safe(_words(name)), _number(value), _at_its_edge(name, report)]
        for name, value in report.capabilities.items()
        if name in LIMITS
    ]
    notices = "".join(f"<li>{notice}</li>" for notice in _notices(report))
    return (
        (f'<ul class="notices">{notices}</ul>' if notices else "")
        + '<div class="columns">'
        + table("Abilities", ["ability", "declared", "observed"], abilities)
        + table("Limits", ["limit", "declared", "observed"], limits)
        + "</div>"
    )


def _words(name: str) -> str:
    return name.replace("_", " ")


def _number(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else "none known"


def _concerned(name: str, report: Report) -> list[Result]:
    """Return the results that tell whether what is declared of an ability is true."""
    return [
        result
        for result in report.results
        if result.status in TRIED
        # To be writable is needed by all.
        and name in ("writable", *result.property.needs, *result.property.absent)
    ]


def _observed(name: str, report: Report) -> str:
    tried = _concerned(name, report)
    if not tried:
        return '<span class="soft">not tried</span>'
    kept = sum(result.status is Status.PASSED for result in tried)
    if report.capabilities[name] == Support.ABSENT:
        refused = "refused, as it must be" if name != "redirect" else "no URL is given"
        return "; ".join(part for part in (refused * (kept == len(tried)), _links(tried)) if part)
    return "; ".join(part for part in (f"{kept} of {len(tried)} kept", _links(tried)) if part)


def _links(tried: list[Result]) -> str:
    """Lead to what is broken or excused of what was tried, if anything is."""
    broken = [safe(result.property.id) for result in tried if result.status is not Status.PASSED]
    if not broken:
        return ""
    links = [f'<a href="#{one}">{one}</a>' for one in broken[:LINKS]]
    more = f" and {len(broken) - LINKS} more" if len(broken) > LINKS else ""
    return f"broken: {', '.join(links)}{more}"


def _at_its_edge(name: str, report: Report) -> str:
    found = {result.property.id: result for result in report.results}.get(EDGES.get(name, ""))
    if found is None or found.status not in TRIED:
        return '<span class="soft">not tried</span>'
    if found.status is not Status.PASSED:
        return _links([found])
    return "kept at its edges" if report.capabilities[name] is not None else "none found"


def _notices(report: Report) -> list[str]:
    """Return what was noticed, and which declarations nothing in this run supports."""
    told = [
        f"{safe(notice)} (<code>{safe(result.property.id)}</code>)"
        for result in report.results
        for notice in result.notices
    ]
    for name, value in report.capabilities.items():
        tried = _concerned(name, report)
        if name in (*LIMITS, "writable") or value == Support.ABSENT or not tried:
            continue
        if not any(result.status is Status.PASSED for result in tried):
            told.append(
                f"{safe(_words(name))} is declared, and no property that needs it is kept: "
                "declare it as absent, or see the failures."
            )
    return told
