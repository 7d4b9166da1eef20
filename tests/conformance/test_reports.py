"""A report as JSON, as JUnit's XML and for a terminal; replay; secrets."""

import json
import re
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from storagedriver_conformance import Report, Result, Status
from storagedriver_conformance.comparing import differences, newly_failing
from storagedriver_conformance.findings import Finding, Point
from storagedriver_conformance.replaying import replay
from storagedriver_conformance.reporters import as_html, as_json, as_junit, terminal
from storagedriver_conformance.reporters.redaction import redacted
from storagedriver_conformance.runner import check_now
from storagedriver_conformance.zoo.animals import all_animals
from storagedriver_conformance.zoo.reference import Reference
from tests.conformance.toys import (
    CutsAt1000,
    DoesNotOpen,
    Hangs,
    Unreachable,
    broken,
    keeps,
    redirects,
    target,
    tried,
)

DOCUMENT = Path(__file__).parents[2] / "docs" / "test-a-driver.md"


@pytest.fixture(scope="module")
def report() -> Report:
    """Give a report with every status in it."""
    whole = tried(CutsAt1000, keeps, broken, redirects)
    more = tried(Unreachable).results + tried(Reference).results
    return replace(whole, results=whole.results + more)


def test_json_has_all_that_the_report_has(report: Report) -> None:
    document = json.loads(as_json.text(report))

    assert 1 == document["schema"]
    assert (False, 1, 1) == (document["conforms"], document["exit_code"], document["seed"])
    assert ["failed", "error", "absent", "inconclusive", "passed"] == [
        result["status"] for result in document["results"]
    ]
    assert "native" == document["capabilities"]["writable"]
    assert 1000 == document["capabilities"]["min_part"]
    assert {"storagedriver", "hypothesis", "python", "system"} == set(document["versions"])
    assert 0 < document["latencies"]["put_content"]["median"]
    assert (
        document["latencies"]["put_content"]["median"]
        <= (document["latencies"]["put_content"]["p95"])
    )
    assert ("*", report.began.isoformat()) == (document["only"], document["began"])
    assert document["operations"]["put_content"] > 40
    assert {"schema": 1, "property": "toy.keeps", "draws": [1001]} == (
        document["results"][0]["finding"]["case"]
    )


def excused(failed: Report) -> Report:
    (result,) = failed.results
    quirk = replace(result, status=Status.QUIRK, reason="old", notices=("a\nb",))
    return replace(failed, results=(quirk,))


def test_a_quirk_and_a_notice_take_a_line_in_a_terminal_and_stand_in_json() -> None:
    report = excused(tried(CutsAt1000))

    shown = terminal.text(report, command="run toy").split("\n\n")
    (result,) = as_json.document(report)["results"]

    assert ["toy.keeps: quirk: old", "notice: toy.keeps: a b"] == shown[:-1]
    assert ("quirk", "old", ["a\nb"]) == (result["status"], result["reason"], result["notices"])


RUNS: dict[str, tuple[Callable[[], Report], int, list[str], str]] = {
    "passing": (lambda: tried(Reference), 0, [], "toy conforms: 1 of 1"),
    "failing": (lambda: tried(CutsAt1000), 1, ["failure"], "toy does not conform: 1 of 1"),
    "erroring": (lambda: tried(Reference, broken), 2, ["error"], "the suite itself failed in 1"),
    "unanswered": (lambda: tried(Unreachable), 3, ["error"], "toy is not proven"),
    "hanging": (lambda: tried(Hangs, patience=2), 1, ["failure"], "toy does not conform: 1 of"),
    "excused": (lambda: excused(tried(CutsAt1000)), 0, ["skipped"], "but for 1 known quirk"),
    "empty": (lambda: tried(Reference, redirects), 2, ["skipped"], "no property applies"),
    "closed": (lambda: tried(DoesNotOpen), 2, ["error"], "no route to storage.example"),
}


@pytest.mark.parametrize("run", RUNS)
def test_every_report_tells_how_a_run_ended(run: str) -> None:
    make, code, elements, words = RUNS[run]
    report = make()
    document = json.loads(as_json.text(report))
    (suite,) = ET.fromstring(as_junit.text(report))

    assert code == report.exit_code == document["exit_code"]
    assert (code == 0) == report.conforms == document["conforms"]
    assert elements == [element.tag for case in suite for element in case]
    assert words in terminal.text(report, command="run toy").splitlines()[-1]
    assert words in document["summary"]
    assert words in as_html.text(report, command="run toy")


def test_junit_has_an_element_for_each_property_and_counts_them(report: Report) -> None:
    (suite,) = ET.fromstring(as_junit.text(report))

    assert ("5", "1", "2", "1") == tuple(
        suite.get(name) for name in ("tests", "failures", "errors", "skipped")
    )
    assert [["failure"], ["error"], ["skipped"], ["error"], []] == [
        [element.tag for element in case] for case in suite
    ]


def test_junit_tells_of_a_driver_that_does_not_open() -> None:
    (suite,) = ET.fromstring(as_junit.text(tried(DoesNotOpen)))

    assert "1" == suite.get("errors")
    assert ["open"] == [case.get("name") for case in suite]


def test_junit_parses_whatever_a_driver_answers() -> None:
    finding = Finding(message="\0\x1b]<&\ud800", actual="]]>", steps=("\x0b",))
    result = Result(property=keeps, status=Status.FAILED, finding=finding)
    report = Report(target="\0", profile="quick", seed=1, results=(result,))

    (suite,) = ET.fromstring(as_junit.text(report))

    assert "\N{REPLACEMENT CHARACTER}" == suite.get("name")


def test_a_failure_takes_three_lines_in_a_terminal(report: Report) -> None:
    shown = terminal.text(report, command="storagedriver conformance run toy")
    first = shown.split("\n\n")[0].splitlines()

    assert 3 == len(first)
    assert "toy.keeps: What was put is got." == first[0]
    assert first[1].startswith("  1. put_content('/a', 1,001 bytes)  2. get_content('/a'): ")
    assert first[2].endswith("storagedriver conformance run toy --only toy.keeps --seed 1")
    assert shown.splitlines()[-1].startswith("toy does not conform: 1 of 2 applicable ")


def test_where_several_fail_the_next_step_is_told(report: Report) -> None:
    failed = next(result for result in report.results if result.status is Status.FAILED)
    several = replace(report, results=(failed, failed))

    assert "conformance explain ID" in terminal.text(several, command="run").split("\n\n")[-2]
    assert "explain" not in terminal.text(report, command="run")


def test_a_failure_takes_three_lines_whatever_a_driver_answers() -> None:
    finding = Finding(
        message="a\nb", expected="c\x1b[31m", actual="\ud800" + "d" * 5_000, steps=("e\r\x85",) * 90
    )
    result = Result(property=keeps, status=Status.FAILED, finding=finding)

    lines = terminal.failure(result, rerun="again").splitlines()

    assert 3 == len(lines)
    assert "(74 steps before)  75. e" in lines[1]
    assert "a b: expected c [31m, got \\ud800ddd" in lines[1]
    assert len(lines[1]) < 1_000
    assert all(line.isprintable() for line in lines)


@pytest.fixture(scope="module")
def race() -> Report:
    """Give a report of a driver that revives what was deleted, found by clients at once."""
    animal = next(one for one in all_animals() if one.name == "GetsRevive")
    return check_now(animal.target(), only="conc.linear")


def test_a_race_is_told_by_what_each_client_did_and_what_fits_nowhere(race: Report) -> None:
    finding = json.loads(as_json.text(race))["results"][0]["finding"]
    spans = finding["race"]["spans"]
    odd = spans[finding["race"]["misfit"]]

    assert {"suite", "client 1", "client 2"} == {span["client"] for span in spans}
    assert sorted(span["began"] for span in spans) == [span["began"] for span in spans]
    assert {*range(len(spans))} == {*finding["race"]["order"], finding["race"]["misfit"]}
    assert ("get", True) == (odd["call"], odd["answer"] in finding["actual"])


def test_every_field_of_the_json_report_is_documented(race: Report) -> None:
    document = as_json.document(race)
    result = document["results"][0]
    finding = result["finding"]
    named = set(re.findall(r"`(\w+)`", DOCUMENT.read_text(encoding="utf-8")))

    for one in (document, result, finding, finding["race"], finding["race"]["spans"][0]):
        assert set(one) <= named
    assert {field.name for field in fields(Point)} <= named
    assert {str(status) for status in Status} <= named


def test_a_race_takes_three_lines_too(race: Report) -> None:
    shown = terminal.text(race, command="storagedriver conformance run x").split("\n\n")[0]

    assert 3 == len(shown.splitlines())
    assert re.search(r"  client 1: .* \[\d+-\d+\].* \| client 2: .* \| suite: ", shown)
    assert ", which fits nowhere" in shown


def test_junit_tells_of_races_and_points(race: Report) -> None:
    (result,) = race.results
    assert result.finding is not None
    points = (Point(number=3, outcome="torn", place="storage.py:7"),)
    told = replace(race, results=(replace(result, finding=replace(result.finding, points=points)),))

    written = as_junit.text(told)

    assert "3: torn at storage.py:7" in written
    assert "client 1: " in written


@pytest.mark.parametrize("form", [as_json.text, as_junit.text])
def test_no_secret_stands_in_a_report(report: Report, form: object) -> None:
    assert callable(form)
    written = form(replace(report, target="s3://key:hunter2@bucket"))

    assert "storage.example" in written
    assert "hunter2" not in written
    assert "hunter2" not in terminal.text(report, command="run x -o secretkey=hunter2")


@pytest.mark.parametrize(
    "secret",
    [
        "https://me:hunter2@storage.example/x",
        "secretkey=hunter2",
        "password: hunter2",
        "?sig=hunter2&x=1",
        "X-Amz-Signature=hunter2",
        "accountkey=hunter2==",
        "AccountName=me;AccountKey=hunter2;X=y",
        "open_driver('x', secretkey='hunter2 in words')",
        '{"api_key": "hunter2"}',
        "Authorization: Bearer hunter2",
        "authorization='Basic hunter2'",
    ],
)
def test_what_looks_like_a_secret_is_cut(secret: str) -> None:
    assert "hunter2" not in redacted(f"it said {secret} and no more")
    assert "and no more" in redacted(f"it said {secret} and no more")
    assert redacted(secret) == redacted(redacted(secret))


@pytest.fixture(scope="module")
def cut() -> Report:
    return check_now(target(CutsAt1000), only="content.roundtrip,content.verbatim")


@pytest.mark.parametrize("is_cut_out", [False, True])
def test_a_kept_case_shows_the_failure_again(
    cut: Report, tmp_path: Path, *, is_cut_out: bool
) -> None:
    document = as_json.document(cut)
    (kept,) = (one for one in document["results"] if one["id"] == "content.roundtrip")
    file = tmp_path / "kept.json"
    file.write_text(json.dumps(kept["finding"]["case"] if is_cut_out else document))

    again = replay(file, target(CutsAt1000), only="content.roundtrip")
    healthy = replay(file, target(Reference), only="content.roundtrip")

    assert 1 == again.exit_code
    assert again.results[0].finding is not None
    assert kept["finding"]["steps"] == list(again.results[0].finding.steps)
    assert 0 == healthy.exit_code
    assert kept["finding"]["case"]["draws"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"results": [{"finding": {}}]}', '"x"'])
def test_a_file_that_has_no_case_cannot_be_replayed(tmp_path: Path, text: str) -> None:
    file = tmp_path / "kept.json"
    file.write_text(text)

    with pytest.raises(ValueError, match=r"kept\.json"):
        replay(file, target(Reference))


def test_a_comparison_tells_what_got_worse_and_what_better(cut: Report) -> None:
    healthy = check_now(target(Reference), only="content.roundtrip,content.verbatim")
    before, after = as_json.document(healthy), as_json.document(cut)

    assert "property content.roundtrip: passed -> failed" in differences(before, after)
    assert "property content.roundtrip: failed -> passed" in differences(after, before)
    assert "content.roundtrip" in newly_failing(before, after)
    assert [] == newly_failing(after, before)
    assert [before["summary"], before["summary"]] == [
        line.partition(":")[2].strip() for line in differences(before, before)
    ]
