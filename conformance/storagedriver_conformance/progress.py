"""Progress while a run goes on: a bar on a terminal, a line per property elsewhere."""

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from storagedriver_conformance.findings import Result, Status
from storagedriver_conformance.reporters.terminal import line


class Progress:
    """Shows how far a run is, on standard error."""

    def __init__(self, most: int) -> None:
        console = Console(file=sys.stderr)
        self._bar: Bar | None = None
        if console.is_terminal:
            self._bar = Bar(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=console,
                transient=True,
            )
            self._task = self._bar.add_task("conformance", total=most)

    def heard(self, result: Result) -> None:
        """Show one more result."""
        if self._bar is None:
            print(line(result), file=sys.stderr, flush=True)  # noqa: T201 - a command
            return
        self._bar.update(self._task, advance=1, description=result.property.id)
        if result.status is not Status.PASSED:
            self._bar.console.print(line(result), markup=False, highlight=False)

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
