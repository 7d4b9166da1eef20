"""Runs the suite against the zoo: what dies, by which property, and after how many calls."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from storagedriver_conformance.calls import operation
from storagedriver_conformance.findings import Finding, Result, Status
from storagedriver_conformance.groups import all_properties
from storagedriver_conformance.profiles import Profile
from storagedriver_conformance.properties import Property
from storagedriver_conformance.runner import check_now
from storagedriver_conformance.zoo.animal import Crime
from storagedriver_conformance.zoo.animals import all_animals
from storagedriver_conformance.zoo.processes import done

CHANGING = {"put_content", "writer", "write", "close", "commit", "cancel", "move", "delete"}
CHANGING |= {"discard"}

# No property, but what must be before any can be tried.
OPENS = "surface.opens"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How an animal fared: the properties that failed on it, and the first one's result."""

    animal: Crime
    killers: tuple[str, ...]
    first: Result | None

    @property
    def died(self) -> bool:
        """Whether any property failed."""
        return bool(self.killers)

    @property
    def as_expected(self) -> bool:
        """Whether one of the properties that were to kill it did."""
        return any(matches(one, self.animal) for one in self.killers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """A verdict that can travel between processes.

    `killer` is the first property that failed, `changing` the number of calls in its recipe that
    change something, and `is_shrunk` tells that it is the shortest of those that were drawn: others
    are a property's own fixed calls.
    """

    animal: str
    killer: str | None
    as_expected: bool
    changing: int | None
    is_shrunk: bool


def matches(id: str, animal: Crime) -> bool:  # noqa: A002 - it is the field's name
    """Tell whether a property is among those that an animal's author expects."""
    return any(fnmatchcase(id, glob) for glob in animal.expected)


def try_animal(
    animal: Crime, *, profile: Profile | str, seed: int, aimed: bool, first: bool = True
) -> Verdict:
    """Run the suite against an animal.

    `aimed` tries only the properties expected to kill it; `first` stops at the first that does.
    """
    killers: list[str] = []
    result: Result | None = None
    for one in _properties(animal, aimed=aimed):
        report = check_now(animal.target(), profile=profile, seed=seed, properties=[one])
        for failed in report.having(Status.FAILED):
            killers.append(failed.property.id)
            result = result or failed
        if report.trouble:
            killers.append(OPENS)
        if killers and first:
            break
    return Verdict(animal=animal, killers=tuple(killers), first=result)


def changing_calls(finding: Finding) -> int:
    """Count the calls of a recipe that change something."""
    return sum(operation(step) in CHANGING for step in finding.steps)


def fate(number: int, profile: str, seed: int, aimed: bool) -> Fate:  # noqa: FBT001 - jobs have no keywords
    """Run the suite against the animal of this number in the zoo."""
    animal = all_animals()[number]
    verdict = try_animal(animal, profile=profile, seed=seed, aimed=aimed)
    finding = verdict.first.finding if verdict.first else None
    return Fate(
        animal=animal.name,
        killer=verdict.killers[0] if verdict.killers else None,
        as_expected=verdict.as_expected,
        changing=changing_calls(finding) if finding else None,
        is_shrunk=bool(finding and finding.draws),
    )


def fates(
    numbers: Iterable[int], *, profile: str, seed: int, aimed: bool, workers: int
) -> Iterator[Fate]:
    """Run the suite against these animals, each in a process of its own."""
    return done(fate, [(number, profile, seed, aimed) for number in numbers], workers=workers)


def _properties(animal: Crime, *, aimed: bool) -> Iterable[Property]:
    known = all_properties()
    if not aimed:
        return known
    # Whether it opens is seen before any property is tried: one is enough.
    return [one for one in known if matches(one.id, animal)] or known[:1]
