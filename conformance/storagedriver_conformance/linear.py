"""Whether a history of one file can be explained: each call took effect at once, in its interval.

Wing and Gong's search, with what was tried remembered: cheap for histories of some fifteen calls.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


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

    def __str__(self) -> str:
        words = {
            Kind.GET: f"get found {self.value}",
            Kind.SWAP: f"swap of {self.expected} for {self.value}",
        }
        text = words.get(self.kind, f"{self.kind} {self.value or ''}".rstrip())
        outcome = "" if self.done else " (refused)"
        return f"client {self.client}, {self.began}-{self.ended}: {text}{outcome}"


def is_explained(events: Sequence[Event], start: str | None = None) -> bool:
    """Tell whether some order of the events, each within its interval, gives all their answers."""
    seen: set[tuple[frozenset[int], str | None]] = set()
    stack: list[tuple[frozenset[int], str | None]] = [(frozenset(range(len(events))), start)]
    while stack:
        left, state = stack.pop()
        if not left:
            return True
        if (left, state) in seen:
            continue
        seen.add((left, state))
        first_end = min(events[one].ended for one in left)
        for one in left:
            event = events[one]
            if event.began <= first_end and _fits(event, state):
                stack.append((left - {one}, _after(event, state)))
    return False


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


def timeline(events: Sequence[Event]) -> str:
    """Write a history down, a line per call, in the order in which they began."""
    return "\n".join(str(event) for event in sorted(events, key=lambda event: event.began))
