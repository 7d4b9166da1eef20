"""What a garbage collection shows: lines of text or of JSON, and a bar on a terminal."""

import json
import sys
from dataclasses import fields
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from storagedriver.registry.store.garbage import (
    Event,
    Kind,
    Looked,
    Marked,
    Problem,
    Removed,
    Summary,
)


class View:
    """Prints what was removed and the summary on standard output, the rest on standard error.

    With `as_json` each is an object on a line of its own, problems too. With `is_quiet` what was
    removed is not named, and there is no bar. `found` is the number of repositories, once it is
    known.
    """

    def __init__(
        self, *, as_json: bool = False, is_dry: bool = False, is_quiet: bool = False
    ) -> None:
        self._as_json = as_json
        self._is_dry = is_dry
        self._is_quiet = is_quiet
        self._bar = None if is_quiet else _bar()
        self._phase = ""
        self.found: int | None = None

    def heard(self, event: Event) -> None:
        """Show one more event."""
        if isinstance(event, Marked):
            self._progress("looking for what lives", event.done / event.total)
        elif isinstance(event, Looked):
            self._progress("sweeping", event.share)
        elif not (isinstance(event, Removed) and self._is_quiet):
            self._print(event)
        if isinstance(event, Summary):
            self.found = event.repositories

    def warn(self, message: str) -> None:
        """Say something to who runs it, on standard error."""
        print(f"storagedriver: {message}", file=sys.stderr)  # noqa: T201 - a command prints

    def _print(self, event: Problem | Removed | Summary) -> None:
        if self._as_json:
            values = {field.name: getattr(event, field.name) for field in fields(event)}
            named = {"event": type(event).__name__.lower()} | values
            print(json.dumps(named, default=str))  # noqa: T201 - a command prints
        elif isinstance(event, Problem):
            self.warn(f"{event.path}: {event.message}")
        else:
            print(self._line(event))  # noqa: T201 - the same

    def _line(self, event: Removed | Summary) -> str:
        done = "would remove" if self._is_dry else "removed"
        if isinstance(event, Removed):
            return f"{done} {_name(event)}"
        removed = [
            f"{_count(event.removed_blobs, 'blob')} ({_count(event.freed, 'byte')})",
            _count(event.removed_manifests, "manifest"),
            _count(event.removed_links, "link"),
        ]
        return (
            f"{done} {', '.join(removed)}\n"
            f"kept {_count(event.manifests, 'manifest')} and all that they name, "
            f"{_count(event.live, 'digest')}, and {_count(event.young, 'blob')} that are too young"
        )

    def _progress(self, phase: str, share: float) -> None:
        if self._bar is None:
            return
        if phase != self._phase:
            self._phase = phase
            for task in self._bar.task_ids:
                self._bar.remove_task(task)
            self._bar.add_task(phase, total=1)
        self._bar.update(self._bar.task_ids[0], completed=share)

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


def _bar() -> Progress | None:
    """Make a bar for standard error, where that is a terminal."""
    console = Console(file=sys.stderr)
    if not console.is_terminal:
        return None
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        # Else lines for a file or a pipe would land on the terminal.
        redirect_stdout=sys.stdout.isatty(),
    )


def _name(event: Removed) -> str:
    if event.kind is Kind.BLOB:
        return f"blob {event.digest} ({_count(event.size, 'byte')})"
    if event.kind is Kind.MANIFEST:
        return f"manifest {event.repository}@{event.digest}"
    return f"link {event.path}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
