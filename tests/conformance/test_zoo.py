"""Each broken driver is found out by a property that was named before; healthy ones are not."""

from collections import Counter

import pytest

from storagedriver_conformance import Profile, Report
from storagedriver_conformance.groups import all_properties
from storagedriver_conformance.runner import check_now
from storagedriver_conformance.zoo.animal import Crime
from storagedriver_conformance.zoo.animals import all_animals
from storagedriver_conformance.zoo.command import holds
from storagedriver_conformance.zoo.run import OPENS, Fate, fates, matches
from storagedriver_conformance.zoo.variants import all_variants

ANIMALS = all_animals()


def test_animals_die_by_expected_properties() -> None:
    some = range(0, len(ANIMALS), 40)  # `storagedriver conformance zoo --aimed` tries them all

    found = list(fates(some, profile="quick", seed=1, aimed=True, workers=2))

    assert len(some) == len(found)
    assert [] == [one.animal for one in found if not one.as_expected]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("variant", all_variants(), ids=lambda one: one.name)
def test_a_healthy_driver_conforms(variant: Crime) -> None:
    report = check_now(variant.target(), profile="quick")

    assert 0 == report.exit_code, describe(report)


def describe(report: Report) -> str:
    told = [one.finding or one.reason for one in report.results if one.finding or one.reason]
    return f"{report.summary()}\n{told}"


def test_every_animal_has_a_name_of_its_own() -> None:
    names = Counter(one.name for one in ANIMALS)

    assert [] == [name for name, number in names.items() if number > 1]


def test_every_animal_expects_properties_that_there_are() -> None:
    known = [OPENS, *(one.id for one in all_properties())]

    for animal in ANIMALS:
        assert any(matches(one, animal) for one in known), animal.name


def fate(
    killer: str | None, *, as_expected: bool = True, changing: int = 1, is_shrunk: bool = True
) -> Fate:
    return Fate(
        animal="a",
        killer=killer,
        as_expected=as_expected,
        changing=changing,
        is_shrunk=is_shrunk,
    )


@pytest.mark.parametrize(
    ("found", "profile", "expected"),
    [
        ([fate("a.b")] * 20, "standard", True),
        ([fate("a.b")] * 19 + [fate(None)], "quick", True),
        ([fate("a.b")] * 19 + [fate(None)], "standard", False),
        ([fate("a.b")] * 18 + [fate(None)] * 2, "quick", False),
        ([fate("a.b")] * 18 + [fate("a.c", as_expected=False)] * 2, "quick", True),
        ([fate("a.b")] * 17 + [fate("a.c", as_expected=False)] * 3, "quick", False),
        ([fate("a.b", changing=4)] * 20, "quick", False),
        ([fate("a.b", changing=4, is_shrunk=False)] * 20, "quick", True),
        ([], "quick", False),
    ],
)
def test_the_gates_of_the_zoo(found: list[Fate], profile: str, *, expected: bool) -> None:
    assert expected is holds(found, Profile.named(profile))
