"""The page for people, as a browser understands it."""

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from html import escape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from storagedriver_conformance import Report, Result, Status
from storagedriver_conformance.findings import Finding
from storagedriver_conformance.reporters import as_html
from storagedriver_conformance.reporters.redaction import redacted
from storagedriver_conformance.zoo.animals import all_animals
from storagedriver_conformance.zoo.reference import Reference
from tests.conformance.toys import (
    CutsAt1000,
    DoesNotOpen,
    Unreachable,
    broken,
    keeps,
    redirects,
    tried,
)

PATIENCE = 120.0
COMMAND = "storagedriver conformance run toy -o secretkey=hunter2 --profile quick"
EVIL = "<script>document.title = 'evil'</script>"

Render = Callable[[Report], "Page"]


class Page(HTMLParser):
    """A page's text by element, class and id, from the tree that a browser made of it."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.markup = markup
        self.title = ""
        self.ids: set[str] = set()
        self.classes: list[str] = []
        self.titles: list[str] = []
        self.links: list[str] = []
        self.texts: list[str] = []
        self.tags: list[str] = []
        self.feed(markup)
        self.text = re.sub(r"\s+", " ", " ".join(self.texts))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self.tags.append(tag)
        self.classes.append(known.get("class") or "")
        self.titles.append(known.get("title") or "")
        self.ids.add(known.get("id") or "")
        if tag == "a":
            self.links.append(known.get("href") or "")

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] not in {"style", "title"}:
            self.texts.append(data)

    def count(self, css_class: str) -> int:
        return self.classes.count(css_class)


@pytest.fixture
def render(tmp_path: Path) -> Render:
    """Give what Chromium makes of a report: its scripts would have run."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]

    def rendered(report: Report) -> Page:
        file = tmp_path / "report.html"
        file.write_text(as_html.text(report, command=COMMAND), encoding="utf-8")
        command = [chromium, *options, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom"]
        ran = subprocess.run(
            [*command, file.as_uri()], capture_output=True, timeout=PATIENCE, check=True
        )
        return Page(ran.stdout.decode())

    return rendered


def test_a_passing_run(render: Render) -> None:
    page = render(tried(Reference, keeps, redirects))

    assert "toy conforms: 1 of 1 applicable properties, 1 absent." in page.text
    assert 1 == page.count("verdict passed")
    assert ["toy.keeps: What was put is got. (kept)"] == [
        title for title in page.titles if "toy.keeps" in title
    ]
    assert "needs redirect" in page.text
    assert {"glance", "capabilities", "cost", "absent", "run"} <= page.ids
    assert "failures" not in page.ids
    assert "put_content 40" in page.text


def test_a_failing_run(render: Render) -> None:
    page = render(tried(CutsAt1000))

    assert 1 == page.count("verdict failed")
    assert 1 == page.count("card failed")
    assert "toy.keeps" in page.ids
    assert "#toy.keeps" in page.links
    assert "put_content('/a', 1,001 bytes)" in page.text
    assert "byte 996 997 998 999 1000" in page.text
    assert 3 == page.count("parts")
    assert "only = 'toy.keeps'" in page.text
    assert "storagedriver conformance replay case.json toy" in page.text
    assert '"draws": [1001]' in page.text
    assert "--profile quick --only toy.keeps --seed 1" in page.text


def test_a_run_in_which_the_suite_failed(render: Render) -> None:
    page = render(tried(Reference, broken))

    assert 1 == page.count("verdict error")
    assert "the suite itself failed in 1 properties" in page.text
    assert "ZeroDivisionError" in page.text


def test_a_run_without_an_answer(render: Render) -> None:
    page = render(tried(Unreachable))

    assert 1 == page.count("verdict inconclusive")
    assert 1 == page.count("square inconclusive") - 1
    assert "storage.example did not answer" in page.text


@pytest.mark.parametrize("kind", [DoesNotOpen, None])
def test_an_empty_run(render: Render, kind: type[Reference] | None) -> None:
    report = tried(kind) if kind else Report(target="toy", profile="quick", seed=1)

    page = render(report)

    assert 1 == page.count("verdict error")
    assert "toy could not be tested" in page.text
    assert "glance" not in page.ids


def evil() -> Report:
    finding = Finding(message=EVIL, expected=EVIL, actual=f"{EVIL}\ud800", steps=(EVIL,))
    failed = Result(property=replace(keeps, sentence=EVIL), status=Status.FAILED, finding=finding)
    unclear = Result(property=broken, status=Status.ERROR, reason=f"{EVIL} password=hunter2")
    return Report(
        target=EVIL, profile="quick", seed=1, results=(failed, unclear), capabilities={EVIL: EVIL}
    )


def test_what_a_driver_says_is_text_and_nothing_else(render: Render) -> None:
    page = render(evil())

    assert "script" not in page.tags
    assert "<title>evil" not in page.markup
    assert page.text.count(EVIL) > 5


def test_it_is_one_file_that_asks_the_network_for_nothing() -> None:
    written = as_html.text(evil(), command=COMMAND)

    assert "default-src 'none'" in written
    assert not re.search(r"(?i)(src|href)\s*=\s*[\"'](?!#)", written.replace("default-src", ""))
    assert "url(" not in written
    assert "@import" not in written
    assert "prefers-color-scheme: dark" in written
    assert 'name="viewport"' in written


def test_no_secret_stands_in_it() -> None:
    for report in (evil(), tried(Unreachable)):
        assert "hunter2" not in as_html.text(report, command=COMMAND)
    assert "hunter2" not in redacted(COMMAND)


def test_each_state_has_a_sign_and_a_border_of_its_own() -> None:
    assert set(Status) == set(as_html.SIGNS)
    assert len(Status) == len({sign for sign, _ in as_html.SIGNS.values()})


def test_a_failure_names_the_software_that_had_it() -> None:
    known = next(one for one in all_animals() if one.seen_in and "*" not in one.expected[0])
    failed = Result(
        property=replace(keeps, id=known.expected[0]),
        status=Status.FAILED,
        finding=Finding(message="it broke"),
    )
    report = Report(target="toy", profile="quick", seed=1, results=(failed,))

    assert escape(known.seen_in) in as_html.text(report, command=COMMAND)
