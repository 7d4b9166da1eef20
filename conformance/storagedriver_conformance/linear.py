"""Whether a history of one file can be explained: each call took effect at once, in its interval.

Wing and Gong's search, with what was tried remembered: cheap for histories of some fifteen calls.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

# What is left, the file's value, and the order so far.
_Try = tuple[frozenset[int], str | None, tuple[int, ...]]


class Kind(StrEnum):
    """What a call does to the file."""

    GET = "get"
    PUT = "put"
    CREATE = "create"
    SWAP = "swap"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A call that was made, and its answer.

    `began` and `ended` are moments of one clock, of any kind. `value` is what a get found (None for
    nothing) or what a change wrote; `expected` is what a swap replaces. `done` is false where a
    create or a swap was refused, and where a delete found nothing.
    """

    client: int
    kind: Kind
    began: int
    ended: int
    value: str | None = None
    expected: str | None = None
    done: bool = True

    @property
    def call(self) -> str:
        """What was called, in words."""
        if self.kind is Kind.SWAP:
            return f"swap {self.expected} for {self.value}"
        return self.kind if self.kind in {Kind.GET, Kind.DELETE} else f"{self.kind} {self.value}"

    @property
    def answer(self) -> str:
        """What was answered, in words; nothing where a change was made."""
        if self.kind is Kind.GET:
            return "nothing" if self.value is None else self.value
        refused = "nothing there" if self.kind is Kind.DELETE else "refused"
        return "" if self.done else refused


def longest_order(events: Sequence[Event], start: str | None = None) -> list[int]:
    """Return the longest order of events, by their places, that gives the answers of all in it.

    Each event is in its interval. Where the order has all of them, the history is explained.
    """
    seen: set[tuple[frozenset[int], str | None]] = set()
    stack: list[_Try] = [(frozenset(range(len(events))), start, ())]
    longest: tuple[int, ...] = ()
    while stack:
        left, state, order = stack.pop()
        longest = max(longest, order, key=len)
        if not left:
            break
        if (left, state) in seen:
            continue
        seen.add((left, state))
        first_end = min(events[one].ended for one in left)
        for one in left:
            event = events[one]
            if event.began <= first_end and _fits(event, state):
                stack.append((left - {one}, _after(event, state), (*order, one)))
    return list(longest)


def odd_one_out(events: Sequence[Event]) -> tuple[list[int], int]:
    """Return the longest order for a history that has no explanation, and what fits nowhere in it.

    That is a call without which the others are explained, a get if possible: it changes nothing.
    If there is none, it is the call that had to come next.
    """
    places = range(len(events))
    for one in sorted(places, key=lambda at: (events[at].kind is not Kind.GET, -events[at].ended)):
        others = [place for place in places if place != one]
        order = longest_order([events[place] for place in others])
        if len(order) == len(others):
            return [others[place] for place in order], one
    order = longest_order(events)
    return order, min(set(places) - set(order), key=lambda place: events[place].ended)


def _fits(event: Event, state: str | None) -> bool:
    """Tell whether an event can have had its answer while the file was so."""
    match event.kind:
        case Kind.GET:
            return state == event.value
        case Kind.CREATE:
            return (state is None) == event.done
        case Kind.SWAP:
            return (state is not None and state == event.expected) == event.done
        case Kind.DELETE:
            # Of two deletes at once both may have done it: to look first is enough.
            return event.done or state is None
        case Kind.PUT:
            return True


def _after(event: Event, state: str | None) -> str | None:
    if event.kind is Kind.GET or not event.done:
        return state
    return None if event.kind is Kind.DELETE else event.value
