"""The page for people, as text: what stands in it, and what must not."""

import re
from dataclasses import replace
from html import escape
from typing import Any

import pytest

from storagedriver_conformance import DriverConformance, Report, Result, Status
from storagedriver_conformance.findings import Finding
from storagedriver_conformance.reporters import as_html, commands
from storagedriver_conformance.reporters.redaction import redacted
from storagedriver_conformance.reporters.relatives import linked
from storagedriver_conformance.zoo.animals import all_animals
from storagedriver_conformance.zoo.reference import Reference
from tests.conformance.showpieces import COMMAND, everything, evil, replace_needs
from tests.conformance.toys import (
    CutsAt1000,
    Unreachable,
    keeps,
    tried,
)


@pytest.fixture(scope="module")
def report() -> Report:
    return everything()


def test_what_is_declared_and_never_kept_is_noticed() -> None:
    failed = replace(tried(CutsAt1000), results=(replace_needs(tried(CutsAt1000).results[0]),))

    assert "shared is declared, and no property" in as_html.text(failed, command=COMMAND)


def test_it_is_one_file_that_asks_the_network_for_nothing(report: Report) -> None:
    for written in (as_html.text(evil(), command=COMMAND), as_html.text(report, command=COMMAND)):
        assert "default-src 'none'" in written
        assert not re.search(r"<(script|link|img|iframe|object|base)\b", written)
        assert not re.search(r"""(?i)\bsrc\s*=|url\(|@import""", written.replace("-src '", ""))
        assert "prefers-color-scheme: dark" in written
        assert 'name="viewport"' in written


def test_no_secret_stands_in_it() -> None:
    command = COMMAND.replace("***", "hunter2")
    for report in (evil(), tried(Unreachable), tried(CutsAt1000)):
        assert "hunter2" not in as_html.text(report, command=command)
    assert "hunter2" not in redacted(command)


def test_it_tells_how_it_was_run() -> None:
    report = replace(tried(Reference), only="toy.*")

    written = as_html.text(report, command=COMMAND)

    assert f"<pre>{escape(COMMAND)} --only &#x27;toy.*&#x27; --seed 1</pre>" in written
    assert "<code>bucket=ci</code>" in written
    assert "python 3." in written
    assert f"{report.began:%Y-%m-%d %H:%M} UTC" in written


def test_the_test_to_copy_is_a_test_of_that_property() -> None:
    (failed,) = tried(CutsAt1000).results
    failed = replace(failed, property=replace(keeps, id="content.roundtrip"))
    report = Report(target="memory", profile="smoke", seed=7, results=(failed,))
    made: dict[str, Any] = {}

    exec(commands.snippet(report, "run memory -o exclusive_names=false", failed), made)

    test: type[DriverConformance] = made["TestContentRoundtrip"]
    assert (["content.roundtrip"], 7) == ([one.id for one in test.properties()], test.seed)
    assert test.target.open()


@pytest.mark.parametrize(("steps", "folded"), [(0, 0), (21, 0), (22, 2), (60, 40)])
def test_of_a_long_recipe_the_middle_is_folded(steps: int, folded: int) -> None:
    finding = Finding(message="it broke", steps=tuple(f"put({one})" for one in range(steps)))
    failed = Result(property=keeps, status=Status.FAILED, finding=finding)
    report = Report(target="toy", profile="quick", seed=1, results=(failed,))

    written = as_html.text(report, command=COMMAND)

    assert steps == written.count("<code>put(")
    assert (folded > 0) == (f"{folded} more steps" in written)
    assert ("At once." in written) == (steps == 0)


def test_a_command_that_no_shell_reads_has_no_options() -> None:
    assert {} == commands.options("it's mine -o x=1")


def test_a_failure_names_the_software_that_had_it() -> None:
    known = next(one for one in all_animals() if one.seen_in and "*" not in one.expected[0])
    failed = Result(
        property=replace(keeps, id=known.expected[0]),
        status=Status.FAILED,
        finding=Finding(message="it broke"),
    )
    report = Report(target="toy", profile="quick", seed=1, results=(failed,))

    written = as_html.text(report, command=COMMAND)

    assert linked(known.seen_in) in written
    assert f"conformance zoo --only {known.name}" in written


def test_an_issue_of_distribution_is_a_link_and_no_other_words_are() -> None:
    assert 2 == linked("distribution #3420, #1948").count('href="https://github.com/distribution/')
    assert "href" not in linked("s3fs #1 <b>")
    assert "&lt;b&gt;" in linked("s3fs #1 <b>")
