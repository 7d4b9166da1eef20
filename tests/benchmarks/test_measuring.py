from benchmarks.measuring import Row, clock, repeated, turns


def test_each_round_asks_every_row_of_every_side_in_the_other_order() -> None:
    rows = [Row(title, "calls/s", None) for title in ("put", "get")]

    asked = [(row.title, list(order)) for row, order in turns(range(2), rows, ["ours", "peer"])]

    assert [
        ("put", ["ours", "peer"]),
        ("get", ["ours", "peer"]),
        ("put", ["peer", "ours"]),
        ("get", ["peer", "ours"]),
    ] == asked


def test_a_clock_tells_the_units_of_a_second() -> None:
    with clock(10) as sample:
        sum(range(1000))

    assert 0 < sample.value
    assert 10 == sample.units


def test_what_takes_long_is_done_twice_at_least() -> None:
    called = []

    sample = repeated(0, lambda: called.append(1))

    assert 2 == len(called) == sample.units
