"""A report as one HTML page, for people: what holds, what does not, and what it cost."""

from dataclasses import fields
from itertools import groupby

from storagedriver.records import Limits, Support
from storagedriver_conformance.calls import OTHER
from storagedriver_conformance.findings import Report, Result, Status
from storagedriver_conformance.reporters.failure_cards import cards
from storagedriver_conformance.reporters.page import page, safe, section, table

SIGNS = {
    Status.PASSED: ("\N{CHECK MARK}", "kept"),
    Status.FAILED: ("\N{MULTIPLICATION X}", "broken"),
    Status.ABSENT: ("\N{EN DASH}", "not applicable, for what the driver declares"),
    Status.INCONCLUSIVE: ("?", "unknown: storage did not answer"),
    Status.ERROR: ("!", "the suite itself failed"),
}
ABILITIES: dict[str, str] = {
    Support.NATIVE: "\N{BLACK CIRCLE} native",
    Support.EMULATED: "\N{CIRCLE WITH LEFT HALF BLACK} emulated",
    Support.ABSENT: "\N{WHITE CIRCLE} absent",
}
VERDICTS = {0: "passed", 1: "failed", 2: "error", 3: "inconclusive"}
LIMITS = [one.name for one in fields(Limits)]


def text(report: Report, *, command: str) -> str:
    """Return the report as a page. `command` is the one that made it."""
    return page(
        report.verdict(),
        _verdict(report),
        section("At a glance", _glance(report), id="glance"),
        section("What does not hold", cards(report, command=command), id="failures"),
        section("What could not be told", _unclear(report), id="unclear"),
        section("What the driver declares", _declared(report), id="capabilities"),
        section("What it cost", _cost(report), id="cost"),
        section("What does not apply", _absent(report), id="absent"),
        section("How it was run", _run(report, command), id="run"),
    )


def _verdict(report: Report) -> str:
    return (
        f'<header class="verdict {VERDICTS[report.exit_code]}">\n'
        f"<h1>{safe(report.verdict().rstrip('.'))}.</h1>\n"
        f'<p class="soft">Conformance to the storage contract, profile {safe(report.profile)}. '
        f"{safe(report.cost())}.</p>\n</header>"
    )


def by_group(report: Report) -> dict[str, list[Result]]:
    """Return the results of each group, in the order in which the groups begin."""
    groups: dict[str, list[Result]] = {}
    for group, results in groupby(report.results, lambda result: result.property.group):
        groups.setdefault(group, []).extend(results)
    return groups


def _glance(report: Report) -> str:
    if not report.results:
        return ""
    rows = [
        f"<dt>{safe(group)}</dt><dd>{''.join(_square(result) for result in results)}</dd>"
        for group, results in by_group(report).items()
    ]
    legend = [
        f'<span><span class="square {status}">{SIGNS[status][0]}</span>'
        f"{len(report.having(status))} {SIGNS[status][1]}</span>"
        for status in Status
        if report.having(status)
    ]
    shown = "\n".join(rows)
    return f'<dl class="groups">\n{shown}\n</dl>\n<p class="legend">{" ".join(legend)}</p>'


def _square(result: Result) -> str:
    sign, meaning = SIGNS[result.status]
    title = safe(f"{result.property.id}: {result.property.sentence} ({meaning})")
    marked = f'class="square {result.status}" title="{title}" aria-label="{title}"'
    if result.status is Status.FAILED:
        return f'<a {marked} href="#{safe(result.property.id)}">{sign}</a>'
    return f'<span {marked} role="img">{sign}</span>'


def _unclear(report: Report) -> str:
    told = [
        f'<article class="card" id="{safe(result.property.id)}">'
        f"<h3>{safe(result.property.sentence)}</h3>"
        f'<p class="soft"><code>{safe(result.property.id)}</code>: '
        f"{safe(SIGNS[result.status][1])}</p><pre>{safe(result.reason.strip())}</pre></article>"
        for result in report.having(Status.INCONCLUSIVE) + report.having(Status.ERROR)
    ]
    return "\n".join(told)


def _declared(report: Report) -> str:
    if not report.capabilities:
        return ""
    abilities = [
        [
            safe(name.replace("_", " ")),
            safe(ABILITIES.get(str(value), value)),
            _shown(name, report),
        ]
        for name, value in report.capabilities.items()
        if name not in LIMITS
    ]
    limits = [
        [safe(name.replace("_", " ")), f"{value:,}" if isinstance(value, int) else "no limit known"]
        for name, value in report.capabilities.items()
        if name in LIMITS
    ]
    return (
        f'<div class="columns">{table(["ability", "declared", "what needs it"], abilities)}'
        f"{table(['limit', 'declared'], limits, numbers=1)}</div>"
    )


def _shown(name: str, report: Report) -> str:
    """Say how many of the properties that need an ability are kept."""
    tried = [
        result.status is Status.PASSED
        for result in report.results
        if name in result.property.needs and result.status in {Status.PASSED, Status.FAILED}
    ]
    return f"{sum(tried)} of {len(tried)} kept" if tried else ""


def _cost(report: Report) -> str:
    if not report.results:
        return ""
    costs = {
        group: (
            len(results),
            sum(result.calls for result in results),
            sum(result.seconds for result in results),
        )
        for group, results in by_group(report).items()
    }
    most = max(seconds for _, _, seconds in costs.values()) or 1.0
    groups = [
        [safe(group), f"{number}", f"{calls:,}", f"{seconds:.1f}", _bar(seconds / most)]
        for group, (number, calls, seconds) in costs.items()
    ]
    methods = [
        [
            f"<code>{safe(name)}</code>" if name != OTHER else "entering and leaving, and others",
            f"{calls:,}",
        ]
        for name, calls in report.operations.items()
    ]
    head = ["group", "properties", "calls", "seconds", ""]
    shown = table(head, groups, numbers=3)
    return f'<div class="columns">{shown}{table(["method", "calls"], methods, numbers=1)}</div>'


def _bar(share: float) -> str:
    return f'<span class="bar" style="width: {share:.1%}"></span>'


def _absent(report: Report) -> str:
    rows = [
        [
            f"<code>{safe(result.property.id)}</code>",
            safe(result.property.sentence),
            safe(result.reason),
        ]
        for result in report.having(Status.ABSENT)
    ]
    return table(["property", "sentence", "why"], rows) if rows else ""


def _run(report: Report, command: str) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    told = {
        "driver": report.target,
        "profile": report.profile,
        "seed": report.seed,
        "with": versions,
    }
    rows = "".join(
        f"<dt>{name}</dt><dd>{safe(value)}</dd>" for name, value in told.items() if value != ""
    )
    return f'<dl class="told">{rows}</dl>\n<pre>{safe(f"{command} --seed {report.seed}")}</pre>'
