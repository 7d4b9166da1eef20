"""What a matrix proves, in Markdown: all of a page from one heading on."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from storagedriver_conformance.zoo.animal import Crime
from storagedriver_conformance.zoo.proof import Proof
from storagedriver_conformance.zoo.record import Session
from storagedriver_conformance.zoo.summary import figures

HEADING = "## The result"


def with_result(page: str, found: Proof, session: Session) -> str:
    """Return a page with the result in the place of what it has from that heading on."""
    before = page.partition(HEADING)[0]
    return "\n".join([before + HEADING, "", *_result(found, session), ""])


def _result(found: Proof, session: Session) -> Iterator[str]:
    versions = ", ".join(f"{name} {version}" for name, version in session.versions.items())
    commit = f", commit {session.commit}" if session.commit else ""
    yield f"{session.began[:10]}, profile `{session.profile}`, seed {session.seed}{commit}."
    yield f"{versions}."
    yield ""
    yield from (f"* {line}" for line in figures(found))
    yield ""
    yield from _groups(found)
    yield from _each_group(found)
    yield from _reasons(found)
    yield from _surprises(found)
    yield from _seen(found.animals)


def _groups(found: Proof) -> Iterator[str]:
    yield "### By group"
    yield ""
    yield "An animal is counted in the group of the property that was named first for it."
    yield ""
    yield from _table("group", "properties", "animals", "died", "first by a property named before")
    for group, animals in _by_group(found).items():
        properties = sum(one.group == group for one in found.properties)
        died, expected = (
            sum(one in some for one in animals) for some in (found.died, found.expected)
        )
        yield _row(f"`{group}`", properties, len(animals), died, expected)
    yield ""


def _each_group(found: Proof) -> Iterator[str]:
    yield "### By property"
    yield ""
    yield "What a property kills, and no simpler one: the suite goes from the simple to the broad."
    for group in _by_group(found):
        yield ""
        yield f"#### {group}"
        yield ""
        yield from _table("property", "animals")
        for one in found.properties:
            if one.group == group:
                yield _row(f"`{one.id}`", ", ".join(found.own(one)) or "none")
    yield ""


def _reasons(found: Proof) -> Iterator[str]:
    yield "### Properties without an animal of their own"
    yield ""
    yield from _table("property", "why it is there")
    for one in found.idle:
        yield _row(f"`{one.id}`", one.reason or "no reason is known")
    yield ""


def _surprises(found: Proof) -> Iterator[str]:
    yield "### Animals that another property killed first"
    yield ""
    yield from _table("animal", "killed first by", "named before")
    for one in found.died:
        if one not in found.expected:
            named = ", ".join(f"`{glob}`" for glob in one.expected)
            yield _row(one.name, f"`{found.first[one.name]}`", named)
    yield ""


def _seen(animals: Iterable[Crime]) -> Iterator[str]:
    seen: dict[str, list[str]] = defaultdict(list)
    for one in animals:
        if one.seen_in:
            seen[one.seen_in].append(one.name)
    yield "### Where they come from"
    yield ""
    yield f"{sum(map(len, seen.values()))} of the animals do what real software did, or invites to."
    yield ""
    yield from _table("seen in", "animals")
    for where in sorted(seen):
        yield _row(where, ", ".join(seen[where]))


def _by_group(found: Proof) -> dict[str, list[Crime]]:
    groups: dict[str, list[Crime]] = {one.group: [] for one in found.properties}
    for animal in found.animals:
        groups.setdefault(animal.expected[0].partition(".")[0], []).append(animal)
    return groups


def _table(*titles: str) -> Iterator[str]:
    yield _row(*titles)
    yield f"|{'---|' * len(titles)}"


def _row(*cells: object) -> str:
    return f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in cells)} |"
