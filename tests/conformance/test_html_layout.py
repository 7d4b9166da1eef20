"""The page for people, as a browser understands it: on a desk and on a phone, light and dark."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from storagedriver_conformance import Report
from storagedriver_conformance.reporters import as_html
from storagedriver_conformance.zoo.reference import Reference
from tests.conformance.chromium import Chromium, chromium
from tests.conformance.showpieces import COMMAND, EVIL, everything, evil, excused
from tests.conformance.toys import (
    CutsAt1000,
    DoesNotOpen,
    ListsForEver,
    Unreachable,
    broken,
    keeps,
    lists,
    redirects,
    tried,
)

DESK, PHONE = 1280, 390

# What is wider than its box, or than the window; what scrolls by itself may be.
TOO_WIDE = """\
[...document.querySelectorAll('body *')].filter(one => !one.closest('.scroll') && (
    one.getBoundingClientRect().right > document.documentElement.clientWidth + 1
    || (one.clientWidth && one.scrollWidth > one.clientWidth + 1)
)).map(one => one.outerHTML.slice(0, 200))
"""

# Texts whose colour differs too little from what is behind them.
TOO_PALE = """\
(() => {
  const parsed = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(one => one / 255)
    .map(one => one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
    .reduce((sum, one, at) => sum + one * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = one => {
    for (; one; one = one.parentElement) {
      const colour = parsed(getComputedStyle(one).backgroundColor);
      if (colour.length < 4 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  return [...document.querySelectorAll('body *')]
    .filter(one => [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
    .map(one => [one.className + ': ' + one.textContent.slice(0, 40),
      ratio(light(parsed(getComputedStyle(one).color)), light(behind(one)))])
    .filter(([, found]) => found < 4.5);
})()
"""

Show = Callable[..., Chromium]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed")
    with chromium(program, tmp_path_factory.mktemp("browser")) as started:
        yield started


@pytest.fixture
def show(browser: Chromium, tmp_path: Path) -> Show:
    """Open a report in the browser, with all that is folded unfolded."""

    def shown(report: Report, *, width: int = DESK, dark: bool = False) -> Chromium:
        file = tmp_path / "report.html"
        file.write_text(as_html.text(report, command=COMMAND), encoding="utf-8")
        browser.show(file, width=width, dark=dark)
        browser.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        return browser

    return shown


def texts(page: Chromium, selector: str) -> list[str]:
    """Give the text of each element; the cells of a row are parted by spaces."""
    parted = "(one.cells ? [...one.cells] : [one]).map(part => part.textContent).join(' ')"
    return [re.sub(r"\s+", " ", text).strip() for text in values(page, selector, parted)]


def values(page: Chromium, selector: str, expression: str) -> list[Any]:
    """Give what an expression is for each element, which is called `one`."""
    found = page.evaluate(
        f"[...document.querySelectorAll({json.dumps(selector)})].map(one => {expression})"
    )
    assert isinstance(found, list)
    return found


@pytest.fixture(scope="module")
def report() -> Report:
    return everything()


def test_a_passing_run(show: Show) -> None:
    page = show(tried(Reference, keeps, redirects))

    assert ["toy conforms: 1 of 1 applicable properties, 1 absent."] == texts(page, "h1")
    assert ["\N{CHECK MARK}", "\N{EN DASH}"] == texts(page, "dd .square")
    assert ["toy.keeps: What was put is got. (kept)"] == values(
        page, ".square.passed", "one.title"
    )[:1]
    assert ["At a glance", "What the driver declares", "What it cost", "Every property"] == (
        texts(page, "h2")[:4]
    )
    assert "(needs redirect)" in texts(page, "#properties th")[-1]
    (row,) = (row for row in texts(page, "#cost tr") if row.startswith("put_content"))
    assert re.fullmatch(r"put_content 40 [\d.]+ [mµ]?s [\d.]+ [mµ]?s", row)
    assert 0 == page.evaluate("document.querySelectorAll('#failures, .notices').length")


def test_a_failing_run(show: Show) -> None:
    page = show(tried(CutsAt1000))

    assert ["toy does not conform: 1 of 1 applicable properties fail."] == texts(page, "h1")
    assert ["#toy.keeps"] == values(page, "dd .square.failed", "one.getAttribute('href')")
    assert ["What was put is got."] == texts(page, ".card h3")
    assert ["put_content('/a', 1,001 bytes)", "get_content('/a')"] == texts(page, ".recipe li")
    assert "byte 996 997 998 999 1000" == texts(page, ".ruler tr")[0]
    assert 3 == page.evaluate("document.querySelectorAll('.ruler .parts').length")
    again, test, replay, case = texts(page, ".card pre")
    assert f"{COMMAND} --only toy.keeps --seed 1" == again
    assert "open_driver('toy', bucket='ci', secretkey='***')" in test
    assert "storagedriver conformance replay case.json toy -o bucket=ci -o secretkey=***" == replay
    assert {"schema": 1, "property": "toy.keeps", "draws": [1001]} == json.loads(case)


def test_a_run_in_which_the_suite_failed(show: Show) -> None:
    page = show(tried(Reference, broken))

    assert ["toy could not be tested: the suite itself failed in 1 properties."] == texts(
        page, "h1"
    )
    assert "ZeroDivisionError" in texts(page, ".card.error pre")[0]


def test_a_run_without_an_answer(show: Show) -> None:
    page = show(tried(Unreachable))

    assert ["toy is not proven: storage did not answer in 1 properties."] == texts(page, "h1")
    assert ["?"] == texts(page, "dd .square.inconclusive")
    assert "storage.example did not answer" in texts(page, ".card.inconclusive pre")[0]


def test_a_run_that_hangs(show: Show) -> None:
    page = show(tried(ListsForEver, lists))

    assert ["\N{INFINITY}"] == texts(page, "dd .square.hangs")
    assert ["toy.lists \N{INFINITY} it hangs"] == texts(page, ".card .soft")
    assert ["list('/')"] == texts(page, ".recipe li")


def test_a_run_with_a_quirk_and_a_notice(show: Show) -> None:
    page = show(replace(tried(Reference), results=(excused(tried(CutsAt1000).results[0]),)))

    assert "toy conforms, but for 1 known quirk" in texts(page, "h1")[0]
    assert ["\N{ALMOST EQUAL TO}"] == texts(page, "dd .square.quirk")
    assert ["The service is old."] == texts(page, ".card.quirk pre")
    assert "put_content('/a', 1,001 bytes)" == texts(page, ".card.quirk .recipe li")[0]
    assert ["redirect is absent, and works (toy.excused)"] == texts(page, ".notices li")


@pytest.mark.parametrize("kind", [DoesNotOpen, None])
def test_an_empty_run(show: Show, kind: type[Reference] | None) -> None:
    page = show(tried(kind) if kind else Report(target="toy", profile="quick", seed=1))

    assert texts(page, "h1")[0].startswith("toy could not be tested")
    assert ["How it was run"] == texts(page, "h2")


def test_what_a_driver_says_is_text_and_nothing_else(show: Show) -> None:
    page = show(evil())

    assert "evil" != page.evaluate("document.title")
    assert 0 == page.evaluate("document.scripts.length")
    assert page.evaluate("document.body.textContent").count(EVIL) > 5


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [DESK, PHONE])
def test_nothing_is_wider_than_its_place_or_too_pale_to_read(
    show: Show, report: Report, width: int, *, dark: bool
) -> None:
    page = show(report, width=width, dark=dark)
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")

    assert page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )
    assert [] == page.evaluate(TOO_WIDE)
    assert [] == page.evaluate(TOO_PALE)
    assert dark == (sum(map(int, re.findall(r"\d+", background))) < 3 * 128)


def test_no_state_and_no_outcome_is_told_by_colour_alone(show: Show, report: Report) -> None:
    page = show(report)
    squares = dict(
        zip(values(page, "dd .square", "one.className"), texts(page, "dd .square"), strict=True)
    )
    points = dict(
        zip(values(page, ".strip abbr", "one.title"), texts(page, ".strip abbr"), strict=True)
    )

    assert 7 == len(squares)
    assert 7 == len(set(squares.values()))
    assert {"old": "O", "torn": "T", "lost": "L", "open failed": "OF", "new": "N"} == points
    assert ["1", "2"] == [text[:1] for text in texts(page, ".call.answered")]
    assert "3\N{MULTIPLICATION X}" == texts(page, ".call.misfit")[0][:2]
    assert "4?" == texts(page, ".call.open")[0][:2]


def test_a_strip_tells_the_line_of_each_point_that_is_wrong(show: Show, report: Report) -> None:
    page = show(report)

    assert ["2\N{EN DASH}3 torn at storage.py:41", "4 lost at storage.py:42"] == (
        texts(page, ".places li")[:2]
    )


def test_a_race_stands_in_words_beside_its_picture(show: Show, report: Report) -> None:
    page = show(report)

    assert ["true"] == values(page, ".lanes", "one.ariaHidden")
    assert ["client 1", "client 2"] == texts(page, ".client")[1:]
    assert [
        "client 1: put 0.0, moments 1\N{EN DASH}3",
        "client 2: delete, moments 2\N{EN DASH}4",
        "client 1: get \N{RIGHTWARDS ARROW} 0.0, moments 5\N{EN DASH}6 fits nowhere",
        "client 2: put 1.0 \N{RIGHTWARDS ARROW} no answer, moment 7",
    ] == texts(page, ".calls li")
    assert "Nowhere in it is a place for 3." in page.evaluate("document.body.textContent")
    one, two = values(page, ".call.answered", "one.getBoundingClientRect().toJSON()")
    assert one["left"] < two["left"] < one["right"] < two["right"]
    assert one["bottom"] <= two["top"]


def test_it_can_be_read_by_ear_and_by_keyboard(show: Show, report: Report) -> None:
    page = show(report)
    levels = [int(name[1]) for name in values(page, "h1, h2, h3, h4, h5, h6", "one.localName")]

    assert "en" == page.evaluate("document.documentElement.lang")
    assert 1 == levels.count(1) == levels[0]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert [] == values(page, "th:not([scope])", "one.outerHTML")
    assert [] == values(page, "table:not(.ruler):not(:has(caption))", "one.outerHTML")
    assert {0} == set(
        values(page, ".scroll, dd .square.failed, dd .square.hangs, summary", "one.tabIndex")
    )
    assert {-1} == set(values(page, "dd .square.passed, dd .square.absent", "one.tabIndex"))
    assert [] == values(page, ".scroll:not([aria-label])", "one.outerHTML")
    wanted = {
        one.removeprefix("#") for one in values(page, 'a[href^="#"]', "one.getAttribute('href')")
    }
    assert wanted <= set(values(page, "[id]", "one.id"))
    assert len(set(values(page, "[id]", "one.id"))) == len(values(page, "[id]", "one.id"))


def test_a_capability_is_shown_beside_what_was_observed(show: Show) -> None:
    page = show(tried(Reference, replace(broken, needs=("shared",)), keeps, redirects))
    rows = texts(page, "#capabilities tr")

    assert "writable \N{BLACK CIRCLE} native 1 of 1 kept" in rows
    assert "redirect \N{WHITE CIRCLE} absent not tried" in rows
    assert "page 10 not tried" in rows
