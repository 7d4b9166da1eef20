import pytest

from benchmarks.measuring import Row, Sample
from benchmarks.results import GroupResult, Results, RowResult, Spread, Table


def row(*, is_less_better: bool = False, **values: list[float]) -> RowResult:
    result = RowResult.empty(Row("pull", "MiB/s", None, batch=10, is_less_better=is_less_better))
    for side, found in values.items():
        for value in found:
            result.add(side, Sample(value=value, units=5, cpu_seconds=1.0))
    return result


def test_a_ratio_is_that_of_the_medians_with_the_range_of_single_rounds() -> None:
    found = row(ours=[10, 30, 20], peer=[10, 10, 5]).ratio("ours", "peer")

    assert Spread(2.0, 1.0, 4.0) == found


def test_a_ratio_above_1_says_that_less_is_better_where_it_is() -> None:
    found = row(ours=[10], peer=[40], is_less_better=True).ratio("ours", "peer")

    assert Spread(4.0, 4.0, 4.0) == found


def test_there_is_no_ratio_to_what_was_not_measured() -> None:
    assert row(ours=[10]).ratio("ours", "peer") is None


def test_cpu_time_is_told_for_a_batch() -> None:
    assert Spread(2.0, 2.0, 2.0) == row(ours=[10]).cpu_seconds("ours")


def test_results_are_read_from_json_as_they_were_written() -> None:
    group = GroupResult("registry.pull", "Pulls", ["ours"], [row(ours=[1, 2])], [], ["a note"])
    counted = GroupResult("registry.syncs", "Syncs", tables=[Table(["a"], [["1"]])])
    results = Results("python -m benchmarks", {"system": "Linux"}, [group, counted])

    assert results == Results.from_json(results.to_json())


@pytest.mark.parametrize(("group", "titles"), [("registry", ["pull"]), ("limits", [])])
def test_a_row_is_found_by_its_title_in_its_group(group: str, titles: list[str]) -> None:
    results = Results("", {}, [GroupResult("registry.pull", "Pulls", rows=[row(ours=[1])])])

    found = results.row("pull", group)

    assert titles == ([found.title] if found else [])
