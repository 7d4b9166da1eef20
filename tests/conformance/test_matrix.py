"""The matrix of the zoo is computed once, kept, and gone on with."""

from dataclasses import replace
from pathlib import Path

import pytest

from storagedriver_conformance import Profile
from storagedriver_conformance.command import main
from storagedriver_conformance.zoo.animals import all_animals
from storagedriver_conformance.zoo.matrix import Row, missing, source_of, tried, tried_in
from storagedriver_conformance.zoo.record import Record, Session
from storagedriver_conformance.zoo.sources import digest

QUICK = Profile.named("quick")
NUMBERS = {one.name: number for number, one in enumerate(all_animals())}
TRIMS = NUMBERS["TrimsZeros"]
SESSION = Session.now("quick", 1)
ROW = Row(animal="A", property="a.b", status="passed", seconds=0.5, source="1-2")


def kept(number: int, status: str) -> dict[tuple[str, str], Row]:
    """Give a row that is up to date for every property, with this status."""
    animal = all_animals()[number]
    return {
        (animal.name, one.id): Row(
            animal=animal.name, property=one.id, status=status, source=source_of(animal, one)
        )
        for one in tried_in(QUICK)
    }


def test_nothing_is_missing_where_all_is_kept() -> None:
    assert {} == missing(kept(TRIMS, "passed"), [TRIMS], QUICK, first=False)


def test_all_is_missing_where_nothing_is_kept() -> None:
    ids = [one.id for one in tried_in(QUICK)]

    assert {TRIMS: ids} == missing({}, [TRIMS], QUICK, first=False)


def test_what_is_out_of_date_is_missing() -> None:
    rows = kept(TRIMS, "passed")
    old = rows["TrimsZeros", "content.empty"]
    rows["TrimsZeros", "content.empty"] = replace(old, source="of before")

    assert {TRIMS: ["content.empty"]} == missing(rows, [TRIMS], QUICK, first=False)


def test_nothing_after_the_first_killer_is_asked_for_if_only_that_is_wanted() -> None:
    second = tried_in(QUICK)[1].id
    rows = {("TrimsZeros", second): kept(TRIMS, "failed")["TrimsZeros", second]}

    assert {TRIMS: [tried_in(QUICK)[0].id]} == missing(rows, [TRIMS], QUICK, first=True)


def test_each_property_is_tried() -> None:
    found = tried(
        TRIMS, ["content.verbatim", "content.empty"], profile="quick", seed=1, first=False
    )

    assert {"content.empty": "passed", "content.verbatim": "failed"} == {
        row.property: row.status for row in found
    }


def test_trying_ends_with_the_first_killer_if_only_that_is_wanted() -> None:
    ids = ["surface.protocol", "content.verbatim", "model.agrees"]

    found = tried(TRIMS, ids, profile="quick", seed=1, first=True)

    assert ids[:2] == [row.property for row in found]


def test_an_animal_that_hangs_is_not_tried_for_ever() -> None:
    ids = [one.id for one in tried_in(QUICK) if one.group == "content"]

    found = tried(NUMBERS["HangsOnReading"], ids, profile="quick", seed=1, first=False)

    assert ids == [row.property for row in found]
    assert 4 == sum(row.status == "failed" for row in found)
    assert ["skipped"] * 3 == [row.status for row in found[-3:]]


def test_rows_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "matrix.jsonl"
    Record(path, SESSION).add([ROW])

    record = Record(path, replace(SESSION, began="later"))

    assert {("A", "a.b"): ROW} == record.rows
    assert SESSION == record.last


def test_a_row_that_was_tried_again_replaces_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "matrix.jsonl"
    again = replace(ROW, status="failed")
    record = Record(path, SESSION)
    record.add([ROW])
    record.add([again])

    assert {("A", "a.b"): again} == Record(path, SESSION).rows


def test_what_a_killed_run_left_of_a_line_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "matrix.jsonl"
    other = replace(ROW, property="a.c")
    Record(path, SESSION).add([ROW])
    with path.open("a") as file:
        file.write('{"animal": "A", "prop')

    Record(path, SESSION).add([other])

    assert {("A", "a.b"): ROW, ("A", "a.c"): other} == Record(path, SESSION).rows


@pytest.mark.parametrize("text", ["no matrix", "no matrix\n", '{"a": 1}\n', "[1]\n"])
def test_a_file_that_is_no_matrix_is_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "matrix.jsonl"
    path.write_text(text)

    with pytest.raises(ValueError, match="no matrix"):
        Record(path, SESSION)
    assert text == path.read_text()


@pytest.mark.parametrize("other", [Session.now("standard", 1), Session.now("quick", 2)])
def test_a_matrix_of_another_run_is_refused(tmp_path: Path, other: Session) -> None:
    path = tmp_path / "matrix.jsonl"
    Record(path, SESSION).add([ROW])

    with pytest.raises(ValueError, match="of profile quick and seed 1"):
        Record(path, other)


CODE = """
A = 1

def used():
    return A

@decorated("one")
def check():  # remarks
    return used()

def other():
    return 2
"""


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ("used()\n\n", "used() + 1\n\n", True),
        ("return A", "return -A", True),
        ("A = 1", "A = 2", True),
        ('"one"', '"two"', False),
        ("remarks", "other remarks", False),
        ("return 2", "return 3", False),
    ],
)
def test_a_digest_is_of_the_code_that_is_used(
    tmp_path: Path, old: str, new: str, *, changes: bool
) -> None:
    before, after = tmp_path / "before.py", tmp_path / "after.py"
    before.write_text(CODE)
    after.write_text(CODE.replace(old, new))

    assert changes is (digest(str(before), "check") != digest(str(after), "check"))


def test_the_command_goes_on_with_its_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "matrix.jsonl"
    command = ["zoo", "--matrix", str(path), "--first", "--only", "TrimsZeros", "--workers", "1"]

    codes = [main(command), main(command)]

    shown = capsys.readouterr()
    assert [0, 0] == codes
    assert "TrimsZeros: " in shown.err
    assert "killed by content.verbatim" in shown.err
    assert "0 of 1 animals to try" in shown.err
    assert (
        2 * "1 of 1 died (100.0%)\n1 of 1 first by a property named before (100.0%)\n" == shown.out
    )


@pytest.mark.parametrize("option", [["--first"], ["--page", "page.md"]])
def test_an_option_of_the_matrix_needs_it(
    option: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert 2 == main(["zoo", "--only", "TrimsZeros", *option])
    assert "go with --matrix" in capsys.readouterr().err
