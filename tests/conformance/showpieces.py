"""Reports with all that a report can have, for the reporters to show."""

from dataclasses import replace

from storagedriver_conformance import Report, Result, Status
from storagedriver_conformance.findings import Finding, Point, Race, Span
from storagedriver_conformance.zoo.reference import Reference
from tests.conformance.toys import (
    CutsAt1000,
    ListsForEver,
    Unreachable,
    broken,
    keeps,
    lists,
    redirects,
    tried,
)

COMMAND = "storagedriver conformance run toy -o bucket=ci -o secretkey=*** --profile quick"
EVIL = "<script>document.title = 'evil'</script>"


RACE = Race(
    spans=(
        Span(client="client 1", call="put 0.0", began=1, ended=3),
        Span(client="client 2", call="delete", began=2, ended=4),
        Span(client="client 1", call="get", began=5, ended=6, answer="0.0"),
        Span(client="client 2", call="put 1.0", began=7),
    ),
    order=(0, 1, 3),
    misfit=2,
)
POINTS = tuple(
    Point(number=number, outcome=outcome, place=f"storage.py:{40 + number // 2}")
    for number, outcome in enumerate(["old", "old", "torn", "torn", "lost", "open failed", "new"])
)


def excused(failed: Result) -> Result:
    one = replace(keeps, id="toy.excused")
    reason, notice = "The service is old.", "redirect is absent, and works"
    return replace(failed, property=one, status=Status.QUIRK, reason=reason, notices=(notice,))


def everything() -> Report:
    """Give a report with every state, long words, a race and a strip."""
    whole = tried(CutsAt1000, keeps, broken, redirects)
    hung = tried(ListsForEver, lists).results[0]
    unclear = tried(Unreachable).results[0]
    long = Finding(
        message="it " + "x" * 400,
        expected="/" + "long-name" * 400,
        actual=EVIL,
        steps=tuple(f"put_content('/{'n' * 90}', {number} bytes)" for number in range(40)),
        race=RACE,
        points=POINTS,
    )
    added = [
        Result(property=replace(keeps, id="race.long"), status=Status.FAILED, finding=long),
        replace(hung, property=replace(keeps, id="toy.hangs")),
        replace(unclear, property=replace(keeps, id="toy.unclear")),
        excused(whole.results[0]),
        replace(tried(Reference).results[0], property=replace(keeps, id="toy.kept")),
    ]
    return replace(whole, results=(*whole.results, *added))


def replace_needs(result: Result) -> Result:
    return replace(result, property=replace(result.property, needs=("shared",)))


def evil() -> Report:
    finding = Finding(
        message=EVIL,
        expected=EVIL,
        actual=f"{EVIL}\ud800",
        steps=(EVIL,),
        race=Race(spans=(Span(client=EVIL, call=EVIL, began=1, answer=EVIL),)),
        points=(Point(number=1, outcome=EVIL, place=EVIL),),
    )
    failed = Result(property=replace(keeps, sentence=EVIL), status=Status.FAILED, finding=finding)
    unclear = Result(property=broken, status=Status.ERROR, reason=f"{EVIL} password=hunter2")
    return Report(
        target=EVIL, profile="quick", seed=1, results=(failed, unclear), capabilities={EVIL: EVIL}
    )
