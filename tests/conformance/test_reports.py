"""A report as JSON, as JUnit's XML and for a terminal; replay; secrets."""

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from storagedriver_conformance import Report, Result, Status
from storagedriver_conformance.comparing import differences, newly_failing
from storagedriver_conformance.findings import Finding
from storagedriver_conformance.replaying import replay
from storagedriver_conformance.reporters import as_json, as_junit, terminal
from storagedriver_conformance.reporters.redaction import redacted
from storagedriver_conformance.runner import check_now
from storagedriver_conformance.zoo.reference import Reference
from tests.conformance.toys import (
    CutsAt1000,
    DoesNotOpen,
    Unreachable,
    broken,
    keeps,
    redirects,
    target,
    tried,
)


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
    assert {"storagedriver", "hypothesis", "python"} == set(document["versions"])
    assert document["operations"]["put_content"] > 40
    assert {"schema": 1, "property": "toy.keeps", "draws": [1001]} == (
        document["results"][0]["finding"]["case"]
    )


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
    ],
)
def test_what_looks_like_a_secret_is_cut(secret: str) -> None:
    assert "hunter2" not in redacted(f"it said {secret} and no more")
    assert "and no more" in redacted(f"it said {secret} and no more")


@pytest.fixture(scope="module")
def cut() -> Report:
    return check_now(target(CutsAt1000), only="content.*")


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
    healthy = check_now(target(Reference), only="content.*")
    before, after = as_json.document(healthy), as_json.document(cut)

    assert "property content.roundtrip: passed -> failed" in differences(before, after)
    assert "property content.roundtrip: failed -> passed" in differences(after, before)
    assert "content.roundtrip" in newly_failing(before, after)
    assert [] == newly_failing(after, before)
    assert [before["summary"], before["summary"]] == [
        line.partition(":")[2].strip() for line in differences(before, before)
    ]
