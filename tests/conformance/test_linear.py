"""The checker of histories, against one that tries every order."""

from collections.abc import Iterator, Sequence
from itertools import combinations, permutations

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from storagedriver_conformance.linear import Event, Kind, longest_order

VALUES = st.sampled_from(["a", "b"])
SEARCH = settings(max_examples=300, deadline=None, database=None, derandomize=True)


@st.composite
def histories(draw: DrawFn) -> list[Event]:
    number = draw(st.integers(1, 5))
    moments = draw(st.permutations(range(2 * number)))
    pairs = [sorted(moments[2 * one : 2 * one + 2]) for one in range(number)]
    return [draw(events(began, ended)) for began, ended in pairs]


@st.composite
def events(draw: DrawFn, began: int, ended: int) -> Event:
    kind = draw(st.sampled_from([Kind.GET, Kind.GET, *Kind]))
    value = draw(st.one_of(st.none(), VALUES) if kind is Kind.GET else VALUES)
    return Event(
        client=0,
        kind=kind,
        began=began,
        ended=ended,
        value=None if kind is Kind.DELETE else value,
        expected=draw(VALUES) if kind is Kind.SWAP else None,
        done=draw(st.booleans()) if kind in {Kind.CREATE, Kind.SWAP, Kind.DELETE} else True,
    )


def is_in_time(order: Sequence[Event]) -> bool:
    return all(second.ended >= first.began for first, second in combinations(order, 2))


def contents(order: Sequence[Event]) -> Iterator[str | None]:
    """Give what the file is before each event, and in the end; stop where an answer is wrong."""
    content: str | None = None
    for event in order:
        yield content
        answers = {
            Kind.GET: content == event.value,
            Kind.PUT: True,
            Kind.CREATE: event.done is (content is None),
            Kind.SWAP: event.done is (content == event.expected),
            Kind.DELETE: event.done or content is None,
        }
        if not answers[event.kind]:
            return
        if event.kind is not Kind.GET and event.done:
            content = event.value
    yield content


def fits(order: Sequence[Event]) -> bool:
    return len(order) + 1 == len(list(contents(order)))


def test_it_agrees_with_one_that_tries_every_order() -> None:
    verdicts: list[bool] = []

    @SEARCH
    @given(histories())
    def agrees(history: list[Event]) -> None:
        expected = any(is_in_time(order) and fits(order) for order in permutations(history))
        verdicts.append(expected)
        assert expected is (len(longest_order(history)) == len(history))

    agrees()

    assert verdicts.count(True) > 50
    assert verdicts.count(False) > 50


@SEARCH
@given(histories())
def test_the_order_that_it_gives_is_a_right_one_and_none_is_longer(history: list[Event]) -> None:
    order = longest_order(history)

    chosen = [history[place] for place in order]
    left = [event for place, event in enumerate(history) if place not in order]
    assert len(order) == len(set(order))
    assert is_in_time([*chosen, *left[:1]])
    assert fits(chosen)
    assert not [
        longer
        for longer in permutations(history, len(order) + 1)
        if fits(longer) and begins(longer, history)
    ]


def begins(order: Sequence[Event], history: list[Event]) -> bool:
    """Tell whether nothing that ended before one of these is missing before it."""
    return all(
        earlier in order[:place]
        for place, one in enumerate(order)
        for earlier in history
        if earlier.ended < one.began
    )


def test_a_history_of_many_calls_is_judged_soon() -> None:
    puts = [
        Event(client=one, kind=Kind.PUT, began=one, ended=100 + one, value=f"{one}")
        for one in range(10)
    ]
    stale = Event(client=0, kind=Kind.GET, began=201, ended=202, value="never")

    assert 10 == len(longest_order([*puts, stale]))
