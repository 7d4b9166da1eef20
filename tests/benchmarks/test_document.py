import re
from pathlib import Path

import pytest

from benchmarks import document, picture, tables, targets
from benchmarks.__main__ import _parser
from benchmarks.measuring import Row, Sample, UnavailableError
from benchmarks.results import GroupResult, Results, RowResult, Spread

PAGE = Path(__file__).parents[2] / "docs/performance.md"
IDLE = {"load at the start": "0.1", "processor": "2 x something"}


def row(title: str, unit: str = "MiB/s", **values: float) -> RowResult:
    result = RowResult.empty(Row(title, unit, None))
    for side, value in values.items():
        result.add(side.replace("_", "-"), Sample(value=value, cpu_seconds=0.5))
    return result


def run(*, load: str = "0.1") -> Results:
    limits = [
        row("sha256, one core", machine=1000),
        row("disk: one file written and fsynced", machine=2000),
    ]
    pushes = [row("push 1 GiB, one PUT", storagedriver=700, docker_registry=350)]
    groups = [
        GroupResult("limits", "Limits", ["machine"], limits),
        GroupResult("registry.push", "Pushes", ["storagedriver", "docker-registry"], pushes),
    ]
    return Results("python -m benchmarks", IDLE | {"load at the start": load}, groups)


def test_a_page_gets_what_was_measured_in_place_of_what_stood_there() -> None:
    page = f"before\n{document.BEGIN}\nold\n{document.END}\nafter\n"

    once = document.inserted(page, "new\n")

    assert f"before\n{document.BEGIN}\n\nnew\n\n{document.END}\nafter\n" == once
    assert once == document.inserted(once, "new\n")


@pytest.mark.parametrize(
    "page", ["", document.BEGIN, document.END + document.BEGIN, 2 * (document.BEGIN + document.END)]
)
def test_a_page_without_its_two_comments_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="measured: begin"):
        document.inserted(page, "new")


def test_the_page_has_a_place_for_what_is_measured() -> None:
    assert "new" in document.inserted(PAGE.read_text(), "new")


def test_the_page_tells_every_option() -> None:
    told = re.findall(r"^\| `(--\w+)", PAGE.read_text(), re.MULTILINE)

    known = {one for one in _parser()._option_string_actions if one.startswith("--")}
    assert known - {"--help"} == set(told)


def test_the_text_tells_command_machine_limits_targets_and_figures() -> None:
    text = document.text(run(), "performance.svg")

    assert "```sh\npython -m benchmarks\n```" in text
    assert "| processor | 2 x something |" in text
    assert "| sha256, one core | MiB/s | 1,000 |" in text
    assert "| push 1 GiB, one PUT | MiB/s | 700 | 350 | 2.00 |" in text
    assert "](performance.svg)" in text
    assert "busy" not in text


def test_a_busy_machine_is_told() -> None:
    assert "busy machine" in document.text(run(load="9.0"))


def test_a_target_stands_beside_what_was_reached() -> None:
    lines = {line[0]: line[1:] for line in targets.lines(run())}

    assert ["at least 0.8", "1 GiB, one PUT: 0.70", "**no**"] == lines[
        "push of large blobs, to the slower of sha256 and a fsynced write"
    ]
    assert ["under 80", "not measured", ""] == lines["memory at rest, MiB"]


@pytest.mark.parametrize(
    ("value", "text"), [(0.1234, "0.12"), (12.34, "12.3"), (1234.5, "1,234"), (99.96, "100.0")]
)
def test_numbers_have_three_digits_that_tell_something(value: float, text: str) -> None:
    assert text == tables.number(value)


@pytest.mark.parametrize(
    ("value", "text"), [(0.0000123, "12.3 µs"), (0.0123, "12.3 ms"), (1.23, "1.23 s")]
)
def test_times_are_told_in_the_unit_that_suits_them(value: float, text: str) -> None:
    assert text == tables.seconds(value)


def test_what_was_not_measured_is_a_dash() -> None:
    group = GroupResult("g", "G", ["ours", "peer"], [row("pull", ours=1.0)])

    assert "| pull | MiB/s | 1.00 | - | - |" in tables.group(group)


def test_a_picture_has_the_rows_that_both_were_asked() -> None:
    found = picture.ratios(run(), "docker-registry")

    assert {"push 1 GiB, one PUT": Spread(2.0, 2.0, 2.0)} == found


def test_there_is_no_picture_without_the_peer(tmp_path: object) -> None:
    with pytest.raises(UnavailableError, match="other was not measured"):
        picture.draw(run(), "other", tmp_path)
