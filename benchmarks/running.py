"""One run: what it measures with, and which of the groups and rows are wanted."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from benchmarks.measuring import Row, UnavailableError
from benchmarks.results import GroupResult
from benchmarks.servers import Kind
from benchmarks.sizes import Scale

R = TypeVar("R")


class Selection:
    """What was asked for: names of groups, or parts of the titles of rows; without any, all.

    `registry` is the name of all groups that begin with `registry.`, too.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._words = [word.lower() for word in words]
        self._used: set[str] = set()

    def has_group(self, name: str) -> bool:
        """Tell whether all of a group is wanted."""
        found = [word for word in self._words if f"{name}.".startswith(f"{word}.")]
        self._used.update(found)
        return not self._words or bool(found)

    def rows(self, group: str, rows: Iterable[Row[R]]) -> list[Row[R]]:
        """Return the wanted rows of a group."""
        is_whole = self.has_group(group)
        return [row for row in rows if self._has_title(row.title) or is_whole]

    def unused(self) -> list[str]:
        """Return the words that nothing answered to."""
        return [word for word in self._words if word not in self._used]

    def _has_title(self, title: str) -> bool:
        found = [word for word in self._words if word in title.lower()]
        self._used.update(found)
        return bool(found)


@dataclass(frozen=True, slots=True)
class Run:
    """What all groups share: how much is done, where, and with which servers, ours the first."""

    scale: Scale
    folder: Path
    kinds: Sequence[Kind]
    selection: Selection


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that are measured together: `measure` fills the result in."""

    name: str
    title: str
    measure: Callable[[Run, GroupResult], None]

    def result(self, run: Run) -> GroupResult | None:
        """Measure what is wanted of it; None if nothing is."""
        result = GroupResult(self.name, self.title)
        try:
            self.measure(run, result)
        except UnavailableError as error:
            result.notes.append(f"Not measured: {error}.")
        return result if result.rows or result.tables or result.notes else None
