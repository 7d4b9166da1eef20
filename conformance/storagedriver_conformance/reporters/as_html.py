"""A report as one HTML page, for people: what holds, what does not, and what it cost."""

from storagedriver_conformance.findings import Report, Result, Status
from storagedriver_conformance.reporters import commands
from storagedriver_conformance.reporters.cost import cost
from storagedriver_conformance.reporters.declared import declared
from storagedriver_conformance.reporters.failure_cards import cards, observed, recipe
from storagedriver_conformance.reporters.page import page, safe, section, table, told
from storagedriver_conformance.reporters.squares import SIGNS, State, sign, squares, state

VERDICTS = {0: "passed", 1: "failed", 2: "error", 3: "inconclusive"}


def text(report: Report, *, command: str) -> str:
    """Return the report as a page. `command` is the one that made it."""
    sections = {
        "glance": ("At a glance", squares(report)),
        "failures": ("What does not hold", cards(report, command=command)),
        "excused": ("What is excused", _excused(report)),
        "unclear": ("What could not be told", _unclear(report)),
        "capabilities": ("What the driver declares", declared(report)),
        "cost": ("What it cost", cost(report)),
        "properties": ("Every property", _every(report)),
        "run": ("How it was run", _run(report, command)),
    }
    there = {id: one for id, one in sections.items() if one[1]}  # noqa: A001 - it is the attribute's name
    return page(
        report.verdict(),
        _verdict(report, {id: heading for id, (heading, _) in there.items()}),  # noqa: A001 - the same
        *(section(heading, body, id=id) for id, (heading, body) in there.items()),  # noqa: A001 - the same
    )


def _verdict(report: Report, headings: dict[str, str]) -> str:
    links = " ".join(
        f'<a href="#{where}">{safe(heading)}</a>' for where, heading in headings.items()
    )
    return (
        f'<header class="verdict {VERDICTS[report.exit_code]}">\n'
        f"<h1>{safe(report.verdict().rstrip('.'))}.</h1>\n"
        f'<p class="soft">Conformance to the storage contract, profile {safe(report.profile)}. '
        f"{safe(report.cost())}.</p>\n"
        f'<nav aria-label="On this page">{links}</nav>\n</header>'
    )


def _excused(report: Report) -> str:
    return "\n".join(_briefly(result) for result in report.having(Status.QUIRK))


def _unclear(report: Report) -> str:
    unclear = report.having(Status.INCONCLUSIVE) + report.having(Status.ERROR)
    return "\n".join(_briefly(result) for result in unclear)


def _briefly(result: Result) -> str:
    """Return a card with a reason; what was seen, if anything, is folded."""
    one, shown, finding = result.property, state(result), result.finding
    seen = ""
    if finding is not None:
        seen = (
            f"<details><summary>What was seen</summary>\n<p>{safe(finding.message)}</p>"
            f"{observed(finding)}{recipe(finding)}</details>"
        )
    return (
        f'<article class="card {result.status}" id="{safe(one.id)}">'
        f'<h3>{safe(one.sentence)}</h3>\n<p class="soft">{sign(shown)} '
        f"<code>{safe(one.id)}</code>: {safe(SIGNS[shown][1])}</p>\n"
        f"<pre>{safe(result.reason.strip())}</pre>{seen}</article>"
    )


def _every(report: Report) -> str:
    """Return a table of all properties, closed at first."""
    if not report.results:
        return ""
    rows = [[_named(one), f"{one.calls:,}", f"{one.seconds:.2f}"] for one in report.results]
    shown = table(
        "In the order in which they ran", ["property", "calls", "seconds"], rows, numbers=2
    )
    return (
        f"<details><summary>All {len(report.results)}, with their sentences</summary>\n"
        f"{shown}\n</details>"
    )


def _named(result: Result) -> str:
    one, shown = result.property, state(result)
    why = f' <span class="soft">({safe(result.reason)})</span>' if shown is State.ABSENT else ""
    return (
        f'<span class="named" id="p-{safe(one.id)}">{sign(shown)}<span><code>{safe(one.id)}</code> '
        f'<span class="aside">{safe(SIGNS[shown][1])}</span><br>{safe(one.sentence)}{why}'
        "</span></span>"
    )


def _run(report: Report, command: str) -> str:
    options = commands.options(command)
    versions = [f"{name} {version}" for name, version in report.versions.items()]
    when = f"{report.began:%Y-%m-%d %H:%M} UTC" if report.began else ""
    pairs = {
        "driver": safe(report.target),
        "options": "<br>".join(
            f"<code>{safe(f'{key}={value}')}</code>" for key, value in options.items()
        ),
        "profile": safe(report.profile),
        "seed": f"{report.seed}",
        "with": safe(", ".join(versions)),
        "when": when,
    }
    exact = safe(commands.exact(report, command))
    return f"{told(pairs)}\n<h3>The command</h3>\n<pre>{exact}</pre>"
