"""What a matrix proves: what dies, by which property first, and what each property is there for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from storagedriver_conformance.profiles import Profile
from storagedriver_conformance.properties import Property
from storagedriver_conformance.zoo.animal import Crime
from storagedriver_conformance.zoo.gates import EXPECTED, deaths_needed, share
from storagedriver_conformance.zoo.matrix import KILLED, SKIPPED, UNOPENED, Kept
from storagedriver_conformance.zoo.run import OPENS, matches


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """How animals fared against properties, which are in the suite's order: from simple to broad.

    `first` has the first property that kills an animal, by the animal's name; `skipped` the names
    of those that hung too often for all to be tried. Without the `whole` zoo, nothing can be said
    about what a property is there for.
    """

    animals: Sequence[Crime]
    properties: Sequence[Property]
    first: Mapping[str, str]
    skipped: Sequence[str]
    whole: bool

    @property
    def died(self) -> list[Crime]:
        """The animals that a property kills."""
        return [one for one in self.animals if one.name in self.first]

    @property
    def expected(self) -> list[Crime]:
        """The animals that are killed first by a property that was named before."""
        return [one for one in self.died if matches(self.first[one.name], one)]

    def own(self, one: Property) -> list[str]:
        """Return the names of the animals that a property kills, and no earlier one does."""
        return [name for name, killer in self.first.items() if killer == one.id]

    @property
    def idle(self) -> list[Property]:
        """The properties without an animal of their own."""
        return [one for one in self.properties if not self.own(one)]

    @property
    def unexplained(self) -> list[Property]:
        """Those of them that give no reason why they are there."""
        return [one for one in self.idle if not one.reason]

    def holds(self, profile: Profile) -> bool:
        """Tell whether the suite has proved itself."""
        died = len(self.died)
        return (
            share(died, len(self.animals)) >= deaths_needed(profile)
            and share(len(self.expected), died) >= EXPECTED
            and not (self.whole and self.unexplained)
        )


def proof(
    kept: Kept, animals: Sequence[Crime], properties: Sequence[Property], *, whole: bool
) -> Proof:
    """Read a matrix."""
    first: dict[str, str] = {}
    skipped: list[str] = []
    for animal in animals:
        rows = [kept.get((animal.name, one.id)) for one in properties]
        found = [row for row in rows if row is not None]
        killer = next((row for row in found if row.status in KILLED), None)
        if killer is not None:
            first[animal.name] = OPENS if killer.status == UNOPENED else killer.property
        if any(row.status == SKIPPED for row in found):
            skipped.append(animal.name)
    return Proof(animals=animals, properties=properties, first=first, skipped=skipped, whole=whole)
