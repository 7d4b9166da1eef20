"""What is known of an unfinished writer, outside the target: a small JSON document."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import takewhile
from typing import Any, Literal, NamedTuple, Self

from storagedriver.drivers.objectstore.service import Part

# A lost writer may still be sending parts of these numbers behind the last that is known.
_IN_FLIGHT_AT_MOST = 64


class Run(NamedTuple):
    """Parts that are kept, by their numbers: the first, and how many follow each other."""

    first: int
    length: int


class Tail(NamedTuple):
    """The bytes behind the parts, less than one, as an object of their own.

    It belongs behind `at` bytes of parts: once there are more, the parts have it.
    """

    name: str
    at: int
    size: int


class Waste(NamedTuple):
    """What an earlier writer held and this one has to drop."""

    kind: Literal["upload", "tail"]
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An unfinished writer. `generation` tells whose it is: each writer has its own.

    The upload has the parts of `runs`, and those from number `following` on, as many as the service
    has without a gap, each of `part_size` bytes. `is_starting`: there may be uploads whose ids are
    not known. `is_open`: nobody has closed it, so that parts may still be on their way.
    """

    generation: str
    part_size: int
    mark: str
    upload: str | None = None
    is_starting: bool = False
    is_open: bool = True
    runs: tuple[Run, ...] = ()
    following: int = 1
    tail: Tail | None = None
    waste: tuple[Waste, ...] = field(default=())

    @classmethod
    def new(cls, part_size: int, *, waste: tuple[Waste, ...] = ()) -> Self:
        """Return an empty draft of a writer to be."""
        return cls(generation=token(), part_size=part_size, mark=token(), waste=waste)

    @classmethod
    def parse(cls, content: bytes) -> Self:
        """Read a draft. One that cannot be read is empty, and all uploads of its path are its own.

        Nothing can be resumed of it, and it must be possible to drop it.
        """
        try:
            document: dict[str, Any] = json.loads(content)
            tail = document.pop("tail")
            runs = tuple(Run(*run) for run in document.pop("runs"))
            waste = tuple(Waste(*waste) for waste in document.pop("waste"))
            tail = None if tail is None else Tail(*tail)
            return cls(runs=runs, waste=waste, tail=tail, **document)
        except (ValueError, TypeError, KeyError, AttributeError):
            return cls(generation="unreadable", part_size=1, mark="", is_starting=True)

    def document(self) -> bytes:
        """Return what `parse` reads."""
        return json.dumps(asdict(self), separators=(",", ":")).encode()

    def kept(self, parts: Sequence[Part]) -> list[Part]:
        """Return the parts that can be relied on, of those that the service has."""
        there = {part.number: part for part in parts if part.size == self.part_size}
        closed = [number for run in self.runs for number in range(run.first, sum(run))]
        wanted = [*closed, *range(self.following, self.following + len(there))]
        return [there[number] for number in takewhile(there.__contains__, wanted)]

    def tail_behind(self, parts: Sequence[Part]) -> Tail | None:
        """Return the tail, if the parts do not have it yet."""
        sent = sum(part.size for part in parts)
        return self.tail if self.tail is not None and self.tail.at == sent else None

    def replaced(self, part_size: int) -> "Draft":
        """Return the draft of a writer that begins anew, and drops what this one holds."""
        new = Draft.new(part_size, waste=self.holdings())
        return replace(new, is_starting=self.is_starting)

    def taken_over(self, parts: Sequence[Part], max_parts: int) -> Self:
        """Return the draft of a writer that goes on behind the parts that are kept."""
        kept = self.kept(parts)
        highest = max((part.number for part in parts), default=0)
        following = highest + 1
        if self.is_open and self.upload is not None and following + _IN_FLIGHT_AT_MOST < max_parts:
            following += _IN_FLIGHT_AT_MOST
        return replace(
            self,
            generation=token(),
            is_open=True,
            runs=runs_of(kept),
            following=following,
            tail=self.tail_behind(kept),
        )

    def holdings(self) -> tuple[Waste, ...]:
        """Return all that it holds in the service."""
        held = list(self.waste)
        if self.upload is not None:
            held.append(Waste("upload", self.upload))
        if self.tail is not None:
            held.append(Waste("tail", self.tail.name))
        return tuple(held)


def runs_of(parts: Sequence[Part]) -> tuple[Run, ...]:
    """Return the runs that the numbers of parts make."""
    runs: list[Run] = []
    for part in parts:
        if runs and part.number == sum(runs[-1]):
            runs[-1] = Run(runs[-1].first, runs[-1].length + 1)
        else:
            runs.append(Run(part.number, 1))
    return tuple(runs)


def token() -> str:
    """Return a name that nothing else has: 16 characters."""
    return secrets.token_hex(8)
