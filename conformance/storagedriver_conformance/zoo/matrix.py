"""The matrix: which properties each animal keeps and breaks."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from inspect import getfile

from storagedriver_conformance.findings import Status
from storagedriver_conformance.groups import all_properties
from storagedriver_conformance.profiles import Profile
from storagedriver_conformance.properties import Property
from storagedriver_conformance.queueing import GIVING_UP
from storagedriver_conformance.runner import check_now
from storagedriver_conformance.zoo.animal import Crime
from storagedriver_conformance.zoo.animals import all_animals
from storagedriver_conformance.zoo.processes import done
from storagedriver_conformance.zoo.run import changing_calls
from storagedriver_conformance.zoo.sources import digest

# Statuses beside those of a result: the driver did not open, or had hung too often before.
UNOPENED = "unopened"
SKIPPED = "skipped"
KILLED = {str(Status.FAILED), UNOPENED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """How one animal fared in one property.

    `changing` is the number of calls in the recipe that change something; nothing is shrunk.
    `source` is a digest of both: where that of the code is another, the row is out of date.
    """

    animal: str
    property: str
    status: str
    changing: int | None = None
    seconds: float = 0.0
    source: str = ""


Kept = Mapping[tuple[str, str], Row]


def tried_in(profile: Profile) -> list[Property]:
    """Return the properties that a profile tries, in the suite's order."""
    return [one for one in all_properties() if profile.includes(one)]


def missing(
    kept: Kept, animals: Iterable[int], profile: Profile, *, first: bool
) -> dict[int, list[str]]:
    """Return what no row that is up to date tells: ids of properties by the animals' numbers.

    `first` asks of each animal only what is needed to know the first property that kills it.
    """
    known, zoo = tried_in(profile), all_animals()
    found: dict[int, list[str]] = {}
    for number in animals:
        wanted: list[str] = []
        for one in known:
            row = kept.get((zoo[number].name, one.id))
            if row is None or row.source != source_of(zoo[number], one):
                wanted.append(one.id)
            elif first and row.status in KILLED:
                break
        if wanted:
            found[number] = wanted
    return found


def source_of(animal: Crime, one: Property) -> str:
    """Return a digest of what a verdict depends on."""
    return "-".join(digest(getfile(code), code.__name__) for code in (animal.make, one.check))


def rows(
    wanted: Mapping[int, Sequence[str]], *, profile: str, seed: int, workers: int, first: bool
) -> Iterator[list[Row]]:
    """Try what is wanted, each animal in a process of its own; give an animal's rows as they come.

    With `first`, nothing is tried on an animal after the first property that kills it.
    """
    jobs = [(number, ids, profile, seed, first) for number, ids in wanted.items()]
    return done(_task, jobs, workers=workers)


def _task(number: int, ids: Sequence[str], profile: str, seed: int, first: bool) -> list[Row]:  # noqa: FBT001 - jobs have no keywords
    logging.disable()  # asyncio tells of every task that an animal forgets
    return tried(number, ids, profile=profile, seed=seed, first=first)


def tried(number: int, ids: Sequence[str], *, profile: str, seed: int, first: bool) -> list[Row]:
    """Try these properties on the animal of this number; those after too many that hang are not."""
    animal = all_animals()[number]
    verdicts_only = replace(Profile.named(profile), shrinking=0)
    found: list[Row] = []
    hung = 0
    for one in all_properties():
        if one.id not in ids:
            continue
        row = Row(animal=animal.name, property=one.id, status="", source=source_of(animal, one))
        if hung >= GIVING_UP:
            found.append(replace(row, status=SKIPPED))
            continue
        report = check_now(animal.target(), profile=verdicts_only, seed=seed, properties=[one])
        result = report.results[0] if report.results else None
        finding = result.finding if result else None
        hung += result is None or (finding is not None and finding.endless)
        row = replace(
            row,
            status=str(result.status) if result else UNOPENED,
            changing=changing_calls(finding) if finding else None,
            seconds=round(report.seconds, 3),
        )
        found.append(row)
        if first and row.status in KILLED:
            break
    return found
