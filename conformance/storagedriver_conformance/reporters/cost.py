"""What a run cost: calls and seconds by group, and by method of the driver."""

from storagedriver_conformance.calls import OTHER
from storagedriver_conformance.findings import Report
from storagedriver_conformance.reporters.page import safe, table
from storagedriver_conformance.reporters.squares import by_group

UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "\N{MICRO SIGN}s"))


def cost(report: Report) -> str:
    """Return the tables of what groups and methods took."""
    if not report.results:
        return ""
    return f'<div class="columns">{_groups(report)}{_methods(report)}</div>'


def _groups(report: Report) -> str:
    costs = {
        group: (
            len(results),
            sum(result.calls for result in results),
            sum(result.seconds for result in results),
        )
        for group, results in by_group(report).items()
    }
    most = max(seconds for _, _, seconds in costs.values()) or 1.0
    rows = [
        [
            safe(group),
            f"{number}",
            f"{calls:,}",
            f'{seconds:.1f}<span class="bar" style="width: {seconds / most:.0%}"></span>',
        ]
        for group, (number, calls, seconds) in costs.items()
    ]
    return table("By group", ["group", "properties", "calls", "seconds"], rows, numbers=3)


def _methods(report: Report) -> str:
    latencies, requests = report.latencies, report.requests
    heads = ["method", "calls", "median", "95 % in", *(["requests", "most"] if requests else [])]
    rows = []
    for name, calls in report.operations.items():
        known = latencies.get(name)
        times = [duration(known.median), duration(known.p95)] if known else ["", ""]
        asked = requests.get(name)
        if requests:
            times += [f"{asked.median}", f"{asked.most}"] if asked else ["", ""]
        method = f"<code>{safe(name)}</code>" if name != OTHER else "entering, leaving, others"
        rows.append([method, f"{calls:,}", *times])
    return table("By method", heads, rows, numbers=len(heads) - 1)


def duration(seconds: float) -> str:
    """Write a duration with two digits, in the unit that suits it."""
    size, unit = next((one for one in UNITS if seconds >= one[0]), UNITS[-1])
    return f"{float(f'{seconds / size:.2g}'):g} {unit}"
