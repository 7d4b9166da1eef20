"""What the zoo proves is counted from its matrix, and told on a terminal and on a page."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from storagedriver_conformance import Profile
from storagedriver_conformance.command import main
from storagedriver_conformance.context import Context
from storagedriver_conformance.groups import all_properties
from storagedriver_conformance.properties import Property, prop
from storagedriver_conformance.zoo.animal import Crime, crime
from storagedriver_conformance.zoo.matrix import Row
from storagedriver_conformance.zoo.page import with_result
from storagedriver_conformance.zoo.proof import Proof, proof
from storagedriver_conformance.zoo.record import Session
from storagedriver_conformance.zoo.reference import Reference
from storagedriver_conformance.zoo.run import OPENS
from storagedriver_conformance.zoo.summary import summary
from tests.documents import Document

PAGE = Path(__file__).parents[2] / "docs" / "the-zoo.md"
QUICK, STANDARD = Profile.named("quick"), Profile.named("standard")
SESSION = Session(
    profile="quick",
    seed=1,
    began="2026-01-02T03:04:05+00:00",
    commit="abc1234",
    versions={"storagedriver": "1.2", "python": "3.11.2"},
)


def a_property(id: str, *, reason: str = "") -> Property:  # noqa: A002 - it is the field's name
    async def check(ctx: Context) -> None:
        pass

    return prop(id, "It holds.", reason=reason)(check)


def an_animal(name: str, *expected: str, seen_in: str = "") -> Crime:
    return crime("It errs.", *expected, seen_in=seen_in)(type(name, (Reference,), {}))


SIMPLE, BROAD = a_property("a.simple"), a_property("b.broad")
EXCUSED = a_property("b.excused", reason="It is cheap.")
ONE, TWO = an_animal("One", "a.*", seen_in="S3 | GCS"), an_animal("Two", "b.broad")


def read(
    statuses: Mapping[str, str],
    properties: Sequence[Property] = (SIMPLE, BROAD),
    animals: Sequence[Crime] = (ONE, TWO),
    *,
    whole: bool = True,
) -> Proof:
    """Make a matrix of one letter for each property, by the animals' names, and read it."""
    words = {"p": "passed", "F": "failed", "s": "skipped", "U": "unopened", "a": "absent"}
    kept = {
        (name, one.id): Row(animal=name, property=one.id, status=words[letter])
        for name, letters in statuses.items()
        for one, letter in zip(properties, letters, strict=True)
    }
    return proof(kept, animals, properties, whole=whole)


def test_the_first_killer_is_the_first_in_the_order_of_the_properties() -> None:
    found = read({"One": "FF", "Two": "pF"})

    assert {"One": "a.simple", "Two": "b.broad"} == found.first
    assert ["One"] == found.own(SIMPLE)
    assert ["Two"] == found.own(BROAD)
    assert found.holds(STANDARD)


def test_what_does_not_open_is_killed_by_that() -> None:
    assert {"One": OPENS, "Two": "b.broad"} == read({"One": "UU", "Two": "pF"}).first


def test_a_survivor_is_enough_to_prove_nothing() -> None:
    found = read({"One": "Fp", "Two": "ap"}, properties=[SIMPLE, EXCUSED])

    assert [ONE] == found.died
    assert not found.holds(STANDARD)
    assert not found.holds(QUICK)


def test_animals_that_die_by_what_was_not_named_prove_nothing() -> None:
    found = read({"One": "pF", "Two": "FF"})

    assert [] == found.expected
    assert not found.holds(QUICK)


def test_a_property_without_an_animal_of_its_own_needs_a_reason() -> None:
    without = read({"One": "FF"}, animals=[ONE])
    excused = read({"One": "FF"}, animals=[ONE], properties=[SIMPLE, EXCUSED])

    assert [BROAD] == without.unexplained
    assert not without.holds(QUICK)
    assert [EXCUSED] == excused.idle
    assert [] == excused.unexplained
    assert excused.holds(QUICK)


def test_a_part_of_the_zoo_tells_nothing_of_what_a_property_is_for() -> None:
    found = read({"One": "FF"}, animals=[ONE], whole=False)

    assert found.holds(QUICK)
    assert [
        "1 of 1 died (100.0%)",
        "1 of 1 first by a property named before (100.0%)",
    ] == list(summary(found))


def test_an_animal_that_was_not_tried_in_all_is_named() -> None:
    assert ("One",) == tuple(read({"One": "Fs", "Two": "pF"}).skipped)


def test_the_summary_names_all_that_is_not_as_it_should_be() -> None:
    other = an_animal("Other", "b.*")

    lines = list(
        summary(
            read(
                {"One": "pps", "Two": "Fpp", "Other": "Fpp"},
                properties=[SIMPLE, BROAD, EXCUSED],
                animals=[ONE, TWO, other],
            )
        )
    )

    assert [
        "property   kills what none before it kills",
        "a.simple   Two, Other",
        "b.broad    NOTHING, and no reason",
        "b.excused  It is cheap.",
        "",
        "killed first by a property that was not named:",
        "  Two: a.simple",
        "  Other: a.simple",
        "hang too often to be tried with all properties:",
        "  One",
        "survivors:",
        "  One: It errs.",
        "2 of 3 died (66.7%)",
        "0 of 2 first by a property named before (0.0%)",
        "1 of 3 properties kill what none before them kills, 1 have another reason, 1 have none",
    ] == lines


def test_a_page_keeps_what_stands_above_its_result() -> None:
    found = read({"One": "FF", "Two": "FF"})

    page = with_result("# Zoo\n\nWords.\n\n## The result\n\nof before\n", found, SESSION)

    assert page.startswith(
        "# Zoo\n\nWords.\n\n## The result\n\n2026-01-02, profile `quick`, seed 1"
    )
    assert "of before" not in page
    assert page == with_result(page, found, SESSION)


@pytest.mark.parametrize(
    "row",
    [
        "| `b` | 1 | 1 | 1 | 0 |",
        "| `a.simple` | One, Two |",
        "| `b.broad` | none |",
        "| `b.broad` | no reason is known |",
        "| Two | `a.simple` | `b.broad` |",
        "| S3 \\| GCS | One |",
        "* 2 of 2 died (100.0%)",
        "storagedriver 1.2, python 3.11.2.",
    ],
)
def test_a_page_tells_what_was_found(row: str) -> None:
    page = with_result("", read({"One": "FF", "Two": "FF"}), SESSION)

    assert row in page.splitlines()


def test_what_the_published_page_shows_without_an_animal_has_a_reason() -> None:
    idle = Document(PAGE).first_column("Properties without an animal of their own")
    excused = {one.id for one in all_properties() if one.reason}

    assert [] == [one for one in idle if one not in excused]


def test_a_reason_is_told_where_a_property_is_explained(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["explain", "model.long"])

    assert "\nreason: It is drawn" in capsys.readouterr().out
