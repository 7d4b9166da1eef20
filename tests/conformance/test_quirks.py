"""Known failures: they are tried, told, and no verdict on the driver, until they are mended."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from storagedriver import cli
from storagedriver_conformance import Quirk, Report, Result, Status
from storagedriver_conformance.findings import Finding
from storagedriver_conformance.quirks import excused, read
from storagedriver_conformance.reporters import as_html, as_json, as_junit, terminal
from storagedriver_conformance.runner import check_now
from storagedriver_conformance.zoo.reference import Reference
from tests.conformance.toys import CutsAt1000, Unreachable, broken, keeps, redirects, target

PATIENCE = 300.0
QUIRKED = """\
from storagedriver_conformance import DriverConformance, Quirk, Target
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.reference import Reference


class Cuts(Reference):
    def store(self, path, content):
        return super().store(path, content[:3])


class TestCuts(DriverConformance):
    opened = crime("")(Cuts).target().open
    target = Target(open=opened, quirks=(Quirk("content.verbatim", "it cuts"),))
    only = "content.verbatim,content.empty"
"""
TODAY = datetime.now(UTC).date()


def tried(kind: type[Reference], *quirks: Quirk) -> Report:
    quirked = replace(target(kind), quirks=quirks)
    return check_now(quirked, properties=[keeps, broken, redirects])


def test_a_known_failure_is_no_failure() -> None:
    quirked = replace(target(CutsAt1000), quirks=(Quirk("toy.keeps", "it cuts", "https://x/1"),))

    report = check_now(quirked, properties=[keeps, redirects])
    (result, _) = report.results

    assert (Status.QUIRK, "it cuts (https://x/1)") == (result.status, result.reason)
    assert result.finding is not None
    assert result.finding.steps
    assert (0, True, 1) == (report.exit_code, report.conforms, report.executed)
    assert "toy conforms, but for 1 known quirk: 0 of 1 applicable properties, 1 absent" == (
        report.verdict()
    )
    assert "toy.keeps: quirk: it cuts (https://x/1)" in terminal.text(report, command="run")
    assert "it cuts (https://x/1)" in as_html.text(report, command="run")
    assert 'skipped message="it cuts (https://x/1)"' in as_junit.text(report)
    assert '"reason": "it cuts (https://x/1)"' in as_json.text(report)


def test_what_no_longer_fails_is_a_failure() -> None:
    quirk = Quirk("toy.k*", "it cuts")

    report = tried(Reference, quirk)

    (failed,) = report.having(Status.FAILED)
    assert keeps is failed.property
    assert failed.finding is not None
    assert "fixed: remove this quirk: toy.k*: it cuts" == failed.finding.message
    assert 1 == report.exit_code


def test_a_quirk_of_no_property_is_trouble() -> None:
    report = tried(Reference, Quirk("content.*", "it is known"), Quirk("toy.kept", "it cuts"))

    assert (2, ()) == (report.exit_code, report.results)
    assert "toy could not be tested: it has quirks of no property: toy.kept" == report.verdict()


def test_what_was_not_tried_or_not_told_is_no_matter_of_quirks() -> None:
    quirk = Quirk("toy.*", "it is known")

    assert [Status.INCONCLUSIVE, Status.ERROR, Status.ABSENT] == [
        result.status for result in tried(Unreachable, quirk).results
    ]


@pytest.mark.parametrize(
    ("until", "status"),
    [
        (None, Status.QUIRK),
        (TODAY + timedelta(days=2), Status.QUIRK),
        (TODAY - timedelta(days=2), Status.FAILED),
    ],
)
def test_a_quirk_ends_with_its_last_day(until: date | None, status: Status) -> None:
    report = tried(CutsAt1000, Quirk("toy.keeps", "it cuts", until=until))

    assert status == report.results[0].status


def test_the_last_day_counts() -> None:
    failed = Result(property=keeps, status=Status.FAILED, finding=Finding(message="it is cut"))
    quirks = [Quirk("toy.keeps", "it cuts", until=date(2026, 3, 1))]

    today = excused(failed, quirks, today=date(2026, 3, 1))
    tomorrow = excused(failed, quirks, today=date(2026, 3, 2))
    renewed = excused(failed, [*quirks, Quirk("*", "still")], today=date(2026, 3, 2))

    assert Status.QUIRK is today.status
    assert Status.FAILED is tomorrow.status
    assert tomorrow.finding is not None
    assert "its quirk, it cuts, expired on 2026-03-01; it is cut" == tomorrow.finding.message
    assert (Status.QUIRK, "still") == (renewed.status, renewed.reason)


def test_quirks_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "quirks.toml"
    file.write_text(
        '[[quirk]]\nid = "cond.*"\nreason = "no locks"\nlink = "https://x/1"\nuntil = 2026-03-01\n'
        '[[quirk]]\nid = "url.head"\nreason = "405"\n'
    )

    assert read(file) == (
        Quirk("cond.*", "no locks", "https://x/1", date(2026, 3, 1)),
        Quirk("url.head", "405"),
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[quirk]", "at line 1"),
        ("", r"tables \[\[quirk\]\]"),
        ("quirk = 1", r"tables \[\[quirk\]\]"),
        ("quirks = []", r"tables \[\[quirk\]\]"),
        ("[[quirk]]\nid = 'a.b'", "an id and a reason"),
        ("[[quirk]]\nid = 'a.b'\nreason = ''", "an id and a reason"),
        ("[[quirk]]\nid = 'a.b'\nreason = 'x'\nuntill = 2026-03-01", "no 'untill'"),
        ("[[quirk]]\nid = 'a.b'\nreason = 'x'\nuntil = '2026-03-01'", "no date"),
        ("[[quirk]]\nid = 'a.b'\nreason = 'x'\nuntil = 2026-03-01T10:00:00", "no date"),
        ("[[quirk]]\nid = 1\nreason = 'x'", "id = 1 is no text"),
        ("quirk = [1]", r"tables \[\[quirk\]\]"),
    ],
)
def test_a_file_that_is_wrong_is_told_with_its_name(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "quirks.toml"
    file.write_text(text)

    with pytest.raises(ValueError, match=rf"quirks\.toml: .*{words}"):
        read(file)


def test_the_command_takes_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "quirks.toml"
    file.write_text('[[quirk]]\nid = "content.empty"\nreason = "it was lost"\n')
    run = ["conformance", "run", "memory", "--only", "content.empty", "--quirks"]

    assert 1 == cli.main([*run, str(file)])
    assert "fixed: remove this quirk: content.empty: it was lost" in capsys.readouterr().out
    assert 2 == cli.main([*run, str(tmp_path / "missing.toml")])
    assert "missing.toml" in capsys.readouterr().err


def run_pytest(*arguments: str, folder: Path) -> tuple[int, str]:
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rA", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return ran.returncode, ran.stdout


def test_pytest_tells_of_an_expected_failure(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(QUIRKED)

    code, shown = run_pytest("test_mine.py", folder=tmp_path)

    assert 0 == code, shown
    assert "1 passed, 1 xfailed" in shown
    assert "quirk: it cuts" in shown


def test_the_plugin_takes_a_file(tmp_path: Path) -> None:
    file = tmp_path / "quirks.toml"
    file.write_text('[[quirk]]\nid = "content.empty"\nreason = "it was lost"\n')

    code, shown = run_pytest(
        *("--pyargs", "storagedriver_conformance", "--storage-driver", "memory"),
        *("--conformance-quirks", str(file), "-k", "content.empty"),
        folder=tmp_path,
    )

    assert 1 == code, shown
    assert "fixed: remove this quirk: content.empty: it was lost" in shown
