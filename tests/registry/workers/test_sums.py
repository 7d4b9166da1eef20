"""The metrics of several processes, added up."""

from prometheus_client.parser import text_string_to_metric_families

from storagedriver.registry.workers.sums import Sums

PAGE = """\
# HELP requests_total Requests
# TYPE requests_total counter
requests_total{{code="2\\"00",method="GET"}} {count}
# HELP seconds How long
# TYPE seconds histogram
seconds_bucket{{le="0.1"}} {count}
seconds_bucket{{le="+Inf"}} {more}
seconds_count {more}
seconds_sum {more}
# HELP in_flight Running
# TYPE in_flight gauge
in_flight {count}
# HELP process_start_time_seconds Start
# TYPE process_start_time_seconds gauge
process_start_time_seconds {count}
"""


def page(count: int) -> str:
    return PAGE.format(count=count, more=count + 1)


def values(sums: Sums) -> dict[tuple[str, str], float]:
    """What the page says: by name, and by the value of `le` where there is one."""
    _, _, body = sums.page()
    return {
        (sample.name, sample.labels.get("le", "")): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


def test_what_several_count_is_added_and_what_is_no_part_of_a_whole_is_not() -> None:
    sums = Sums()
    sums.see("1.100", page(5))
    sums.see("2.200", page(7))

    expected = {
        ("requests_total", ""): 12,
        ("seconds_bucket", "0.1"): 12,
        ("seconds_bucket", "+Inf"): 14,
        ("seconds_count", ""): 14,
        ("seconds_sum", ""): 14,
        ("in_flight", ""): 12,
        ("process_start_time_seconds", ""): 7,
    }
    assert expected == values(sums)


def test_what_is_seen_later_replaces_what_was_seen_before() -> None:
    sums = Sums()
    sums.see("1.100", page(5))
    sums.see("1.100", page(6))

    assert 6 == values(sums)["requests_total", ""]


def test_no_counter_falls_when_a_process_goes_and_another_takes_its_place() -> None:
    sums = Sums()
    sums.see("1.100", page(5))
    sums.see("2.200", page(7))

    sums.keep(["2.200"])
    left = values(sums)
    sums.see("1.300", page(1))
    sums.keep(["1.300", "2.200"])
    again = values(sums)

    assert (12, 14) == (left["requests_total", ""], left["seconds_count", ""])
    assert (13, 16) == (again["requests_total", ""], again["seconds_count", ""])
    assert (7, 8) == (left["in_flight", ""], again["in_flight", ""])


def test_labels_and_the_kinds_of_metrics_are_as_they_were() -> None:
    sums = Sums()
    sums.see("1.100", page(5))

    status, _, body = sums.page()

    assert 200 == status
    assert 'requests_total{code="2\\"00",method="GET"} 5.0\n' in body.decode()
    assert "# TYPE seconds histogram\n" in body.decode()
