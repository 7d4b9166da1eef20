"""What a run has found, as records, and as JSON to and fro."""

import json
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from benchmarks.measuring import Row, Sample

OURS = "storagedriver"


@dataclass(frozen=True, slots=True)
class Spread:
    """A median, and the least and the most that was found around it."""

    middle: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """Sum up some values, one at least."""
        return cls(statistics.median(values), min(values), max(values))


@dataclass(frozen=True, slots=True)
class RowResult:
    """All samples of a row, by the name of the side, in the order of the rounds."""

    title: str
    unit: str
    batch: int
    is_less_better: bool
    series: str
    size: int
    samples: dict[str, list[Sample]]

    @classmethod
    def empty(cls, row: Row[Any]) -> Self:
        """Make the result of a row that nothing is known of."""
        return cls(
            row.title, row.unit, row.batch, row.is_less_better, row.series, row.size, samples={}
        )

    def add(self, side: str, sample: Sample) -> None:
        """Keep one more sample."""
        self.samples.setdefault(side, []).append(sample)

    def values(self, side: str) -> Spread | None:
        """Sum up what was measured of a side, in the row's unit."""
        return self.spread(side, lambda one: one.value)

    def cpu_seconds(self, side: str) -> Spread | None:
        """Sum up the CPU seconds of a side for one batch."""
        return self.spread(side, lambda one: _scaled(one.cpu_seconds, self.batch / one.units))

    def load_cpu_seconds(self) -> Spread | None:
        """Sum up the CPU seconds of the client for one batch, whatever the side."""
        found = [
            one.load_cpu_seconds * self.batch / one.units
            for samples in self.samples.values()
            for one in samples
            if one.load_cpu_seconds is not None
        ]
        return Spread.of(found) if found else None

    def spread(self, side: str, of: Callable[[Sample], float | None]) -> Spread | None:
        """Sum up something of each sample of a side; None where nothing was measured."""
        found = [value for one in self.samples.get(side, []) if (value := of(one)) is not None]
        return Spread.of(found) if found else None

    def ratio(self, side: str, other: str) -> Spread | None:
        """Return how much better a side is: of the medians, and the range in single rounds."""
        pairs = list(zip(self.samples.get(side, []), self.samples.get(other, []), strict=False))
        if not pairs:
            return None
        ours = Spread.of([one.value for one, _ in pairs])
        peer = Spread.of([one.value for _, one in pairs])
        single = [self._better(one.value, two.value) for one, two in pairs]
        return Spread(self._better(ours.middle, peer.middle), min(single), max(single))

    def _better(self, ours: float, peer: float) -> float:
        above, below = (peer, ours) if self.is_less_better else (ours, peer)
        return above / below if below else float("inf")


def _scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


@dataclass(frozen=True, slots=True)
class Table:
    """A table of texts: what was counted, and not timed."""

    titles: list[str]
    lines: list[list[str]]


@dataclass(frozen=True, slots=True)
class GroupResult:
    """What one group has found: rows of figures, tables of counts, and what has to be said."""

    name: str
    title: str
    sides: list[str] = field(default_factory=list)
    rows: list[RowResult] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Results:
    """One run: the command, the machine it ran on, and what each group has found."""

    command: str
    machine: dict[str, str]
    groups: list[GroupResult]

    def rows(self) -> Iterator[RowResult]:
        """Give the rows of all groups."""
        for group in self.groups:
            yield from group.rows

    def row(self, title: str, group: str = "") -> RowResult | None:
        """Return the row of that title, of any group that does not begin otherwise."""
        for each in self.groups:
            for row in each.rows if each.name.startswith(group) else ():
                if row.title == title:
                    return row
        return None

    def to_json(self) -> str:
        """Return everything, the single samples too, as JSON."""
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` gave."""
        read = json.loads(text)
        return cls(read["command"], read["machine"], [_group(one) for one in read["groups"]])


def _group(read: dict[str, Any]) -> GroupResult:
    return GroupResult(
        **read
        | {
            "rows": [_row(one) for one in read["rows"]],
            "tables": [Table(**one) for one in read["tables"]],
        }
    )


def _row(read: dict[str, Any]) -> RowResult:
    samples = {side: [Sample(**one) for one in found] for side, found in read["samples"].items()}
    return RowResult(**read | {"samples": samples})
