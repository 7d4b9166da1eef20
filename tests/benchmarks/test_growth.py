import pytest

from benchmarks import growth
from benchmarks.measuring import Row, Sample
from benchmarks.results import GroupResult, RowResult


def rows(cost_of: dict[int, float]) -> list[RowResult]:
    found = []
    for size, cost in cost_of.items():
        result = RowResult.empty(Row(f"{size}", "pages/s", None, series="page", size=size))
        result.add("ours", Sample(value=1 / cost))
        found.append(result)
    return found


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0, 2.0])
def test_the_exponent_is_that_of_the_cost(power: float) -> None:
    costs = {size: 3 * size**power for size in (10, 100, 1000)}

    assert power == pytest.approx(growth.exponent(costs), abs=1e-9)


def test_growth_is_told_of_what_was_measured_in_three_sizes() -> None:
    group = GroupResult("lists", "Lists", ["ours"], rows({1: 0.001, 10: 0.01, 100: 0.1}))

    found = growth.result([group])

    assert found is not None
    assert [
        ["page", "Lists", "ours", "1: 1.00 ms", "10: 10.00 ms", "100: 100.00 ms", "1.00"]
    ] == found.tables[0].lines


def test_growth_is_not_told_of_two_sizes() -> None:
    assert growth.result([GroupResult("lists", "Lists", ["ours"], rows({1: 1, 10: 1}))]) is None
