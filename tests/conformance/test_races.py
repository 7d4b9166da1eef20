"""What clients did at once: the order that explains it, and who did what when."""

import asyncio

import pytest

from storagedriver_conformance.calls import Calls
from storagedriver_conformance.clients import History
from storagedriver_conformance.findings import Race, Span, Violation
from storagedriver_conformance.linear import Event, Kind, longest_order, odd_one_out
from storagedriver_conformance.racing import MOST
from storagedriver_conformance.reporters import timelines
from storagedriver_conformance.timings import Times, add, note, quantile


def put(value: str, began: int, ended: int) -> Event:
    return Event(client=0, kind=Kind.PUT, began=began, ended=ended, value=value)


def get(value: str | None, began: int, ended: int) -> Event:
    return Event(client=1, kind=Kind.GET, began=began, ended=ended, value=value)


def swap(expected: str, value: str, began: int, ended: int) -> Event:
    return Event(client=0, kind=Kind.SWAP, began=began, ended=ended, value=value, expected=expected)


@pytest.mark.parametrize(
    "events",
    [
        [put("a", 1, 2), get("a", 3, 4)],
        [put("a", 1, 4), get(None, 2, 3)],
        [put("a", 1, 4), get("a", 2, 3)],
        [put("a", 1, 2), put("b", 3, 8), get("a", 4, 5), get("b", 6, 7)],
        [],
    ],
)
def test_a_history_that_can_be_explained_has_an_order_of_all(events: list[Event]) -> None:
    assert sorted(longest_order(events)) == [*range(len(events))]


@pytest.mark.parametrize(
    ("events", "order", "odd"),
    [
        ([put("a", 1, 2), get(None, 3, 4)], [0], 1),
        ([put("a", 1, 2), put("b", 3, 4), get("a", 5, 6)], [0, 1], 2),
        ([put("a", 1, 2), put("b", 3, 8), get("b", 4, 5), get("a", 6, 7)], [0, 1, 2], 3),
        # Both swaps of one version succeeded: without the later one all is well.
        ([put("a", 1, 2), swap("a", "b", 3, 5), swap("a", "c", 4, 6)], [0, 1], 2),
        # No single call is to blame: what had to come next is.
        ([put("a", 1, 2), get("x", 3, 4), get("y", 5, 6)], [0], 1),
    ],
)
def test_what_fits_nowhere_is_found(events: list[Event], order: list[int], odd: int) -> None:
    assert (order, odd) == odd_one_out(events)


def test_a_history_without_an_order_is_a_violation_that_shows_it() -> None:
    # The file is gone when the put has ended, and there again later.
    history = History(events=[get(None, 4, 5), put("a", 2, 3), get("a", 7, 8)])

    with pytest.raises(Violation, match="no order") as caught:
        history.explain()

    assert (
        Race(
            spans=(
                Span(client="client 1", call="put a", began=1, ended=2),
                Span(client="client 2", call="get", began=3, ended=4, answer="nothing"),
                Span(client="client 2", call="get", began=5, ended=6, answer="a"),
            ),
            order=(0, 2),
            misfit=1,
        )
        == caught.value.race
    )


async def answer(value: str) -> str:
    await asyncio.sleep(0)
    return value


async def never() -> None:
    await asyncio.Event().wait()


async def test_calls_one_after_the_other_are_no_race() -> None:
    calls = Calls(patience=60)

    await calls.make("one()", answer, "a")
    await asyncio.gather(calls.make("two()", answer, "b"))

    assert calls.race() is None


async def test_calls_at_once_are_told_by_the_task_that_made_them() -> None:
    calls = Calls(patience=60)

    await calls.make("before()", answer, "a")
    hung = asyncio.ensure_future(calls.make("hung()", never))
    await asyncio.gather(calls.make("one()", answer, "b"), calls.make("two()", answer, "c"))
    hung.cancel()
    await asyncio.gather(hung, return_exceptions=True)

    race = calls.race()
    assert race is not None
    assert [("suite", "before()"), ("client 1", "hung()"), ("client 2", "one()")] == [
        (span.client, span.call) for span in race.spans
    ][:3]
    assert [(1, 2), (3, None), (4, 6), (5, 7)] == [(span.began, span.ended) for span in race.spans]


async def test_a_reader_lasts_until_it_is_left() -> None:
    calls = Calls(patience=60)

    async def read() -> None:
        await calls.make("reader('/a')", answer, "a")
        await asyncio.sleep(0)
        await calls.make("leave the reader", answer, "a")

    await asyncio.gather(read(), calls.make("put_content('/a', 1 bytes)", answer, "a"))

    race = calls.race()
    assert race is not None
    assert ["reader('/a')", "put_content('/a', 1 bytes)"] == [span.call for span in race.spans]
    assert race.spans[0].ended == 4


async def test_of_a_long_race_the_last_calls_are_kept() -> None:
    calls = Calls(patience=60)

    async def work() -> None:
        for number in range(MOST):
            await calls.make(f"call({number})", answer, "a")

    await asyncio.gather(work(), work())

    race = calls.race()
    assert race is not None
    assert (MOST, MOST) == (len(race.spans), race.earlier)
    assert timelines.line(race).startswith(f"{2 * MOST - timelines.MOST} calls before these | cl")


def test_a_line_has_each_client_with_its_calls_and_their_moments() -> None:
    race = Race(
        spans=(
            Span(client="suite", call="put a", began=1, ended=2),
            Span(client="client 1", call="get", began=3, ended=5, answer="a"),
            Span(client="client 2", call="delete", began=4),
        )
    )

    assert "client 1: get [3-5] -> a | client 2: delete [4-?] | suite: put a [1-2]" == (
        timelines.line(race)
    )


def test_durations_are_told_to_a_tenth() -> None:
    times: Times = {}
    more: Times = {}
    for milliseconds in range(1, 101):
        note(times if milliseconds % 2 else more, "get", milliseconds / 1000)
    add(times, more)

    assert 0.050 == pytest.approx(quantile(times["get"], 0.5), rel=0.1)
    assert 0.095 == pytest.approx(quantile(times["get"], 0.95), rel=0.1)
    assert 100 == times["get"].total()


def test_what_took_no_time_is_a_microsecond() -> None:
    times: Times = {}

    note(times, "get", 0.0)

    assert 1e-6 == pytest.approx(quantile(times["get"], 0.5), rel=0.1)
