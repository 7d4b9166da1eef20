"""What is measured of whom, in which order: the same for servers, drivers and the machine.

Every row is asked of each side in every round, in turns, and the order of the sides is reversed
from round to round, so that what changes slowly on the machine hits all of them alike.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

R = TypeVar("R")
S = TypeVar("S")


class WrongAnswerError(Exception):
    """A side gave something else than what is right: a failure is never timed as a success."""


class UnavailableError(Exception):
    """A program or a library is missing, and so is what it would have measured."""


@dataclass(slots=True)
class Sample:
    """One row, once, on one side.

    `value` is in the row's unit, and `units` tells how much work it was. `cpu_seconds` are those
    of the side, `load_cpu_seconds` those of the client beside it, both for all units. `percentiles`
    are seconds by per cent.
    """

    value: float = 0.0
    units: float = 1.0
    cpu_seconds: float | None = None
    load_cpu_seconds: float | None = None
    peak_bytes: int | None = None
    percentiles: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row(Generic[R]):
    """One row: `prepare` makes the work of a round, `run` asks it of a side.

    CPU time is told for `batch` units. Before a row that `writes`, dirty pages are written out, so
    that nobody pays for another's. A row of `series` is one size of a cost that may grow: its value
    counts how often a second the whole of it is done.
    """

    title: str
    unit: str
    run: R
    batch: int = 1
    prepare: Callable[[], None] = lambda: None
    writes: bool = False
    is_less_better: bool = False
    series: str = ""
    size: int = 0


@contextmanager
def clock(units: float) -> Iterator[Sample]:
    """Fill in, at the end of the block, how many units a second were done, and with what CPU."""
    sample = Sample(units=units)
    used, begun = time.process_time(), time.perf_counter()
    yield sample
    sample.value = units / (time.perf_counter() - begun)
    sample.cpu_seconds = time.process_time() - used


def repeated(seconds: float, call: Callable[[], object]) -> Sample:
    """Make a call again and again for some seconds, at least twice; tell how often a second."""
    count, begun = 0, time.perf_counter()
    with clock(0) as sample:
        while count < 2 or time.perf_counter() < begun + seconds:
            call()
            count += 1
    sample.value, sample.units = count / (time.perf_counter() - begun), count
    return sample


def turns(
    rounds: Iterable[int], rows: Sequence[Row[R]], sides: Sequence[S]
) -> Iterator[tuple[Row[R], Sequence[S]]]:
    """Give every row of the rounds of these numbers, with the sides in the order of the round."""
    for number in rounds:
        for row in rows:
            yield row, sides if number % 2 == 0 else sides[::-1]
