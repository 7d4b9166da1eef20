"""Rows that are asked of servers, and what each server used for them."""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol

from benchmarks.measuring import Row, Sample, turns
from benchmarks.results import GroupResult, RowResult
from benchmarks.running import Run
from benchmarks.servers import Kind, Server


class Side(Protocol):
    """Whatever is asked: its name is the title of its column."""

    @property
    def name(self) -> str:
        """What the tables call it."""


ServerRow = Row[Callable[[Server], Sample | None]]
"""A row of servers; None where one of them cannot be asked."""


@contextmanager
def servers(
    run: Run,
    folder: str,
    kinds: Sequence[Kind] | None = None,
    *,
    storages: Callable[[Kind], dict[str, object]] | None = None,
    is_shared: bool = False,
) -> Iterator[list[Server]]:
    """Start the servers that are compared, or those of `kinds`, each on a fresh folder.

    They have one between them where `is_shared`, and what `storages` gives in place of folders. At
    the end, everything that they have stored is removed.
    """
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, run.folder / folder)
        root = run.folder / folder
        data = root / "shared" if is_shared else None
        yield [
            stack.enter_context(
                kind.started(root, data=data, storage=storages(kind) if storages else None)
            )
            for kind in (run.kinds if kinds is None else kinds)
        ]


def compare(run: Run, result: GroupResult, rows: Iterable[Row[Any]], sides: Sequence[Side]) -> None:
    """Run all rows in all rounds, and add what was measured to the result."""
    rows = list(rows)
    os.sync()
    found = {row.title: RowResult.empty(row) for row in rows}
    for row, order in turns(range(run.scale.rounds), rows, sides):
        row.prepare()
        for side in order:
            try:
                sample = _measured(row, side)
            except Exception as error:
                error.add_note(f"in the row {row.title!r} of {side.name}")
                raise
            if sample is not None:
                found[row.title].add(side.name, sample)
    result.rows.extend(found.values())
    result.sides.extend(side.name for side in sides if side.name not in result.sides)


def used(server: Server, run: Callable[[Server], Sample | None]) -> Sample | None:
    """Ask a server, and add to the sample what it and its client have used for it."""
    server.reset_peak()
    used, loaded = server.cpu_seconds(), sum(os.times()[:4])
    sample = run(server)
    if sample is not None:
        sample.load_cpu_seconds = sum(os.times()[:4]) - loaded
        sample.cpu_seconds = server.cpu_seconds() - used
        sample.peak_bytes = server.peak_bytes()
    return sample


def _measured(row: Row[Any], side: Side) -> Sample | None:
    """Run one row once."""
    if row.writes:
        os.sync()
    if isinstance(side, Server):
        return used(side, row.run)
    sample: Sample | None = row.run(side)
    return sample
