"""Drivers beside the libraries that they could be replaced by, kind by kind.

All stores of a kind are open at the same time, over the same disk or server.
"""

import asyncio
import gc
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from benchmarks.drivers import requests, tables
from benchmarks.drivers.fields import FIELDS, Field, make_payload
from benchmarks.drivers.rows import DriverRow, Work
from benchmarks.drivers.store import Store
from benchmarks.measuring import turns
from benchmarks.results import GroupResult, RowResult
from benchmarks.running import Group, Run

_TITLES = {
    "memory": "Drivers: in memory",
    "filesystem": "Drivers: on files",
    "s3": "Drivers: S3, on SeaweedFS",
    "azure": "Drivers: Azure, on Azurite",
}


def _measure(kind: str, run: Run, result: GroupResult) -> None:
    sizes = run.scale.cloud_files if kind in {"s3", "azure"} else run.scale.local_files
    large = run.scale.emulated if kind == "azure" else run.scale.cloud
    work = Work(bytes(large), calls=1, files=sizes, list_seconds=0)
    # Rows need what the rows before them left: one is wanted with all others of its kind.
    if not run.selection.rows(result.name, work.rows() + work.listings()):
        return
    folder = run.folder / "drivers"
    folder.mkdir(exist_ok=True)
    payload = make_payload(folder, large)
    with FIELDS[kind](folder, payload, run.scale) as field, asyncio.Runner() as runner:
        if field.notes:
            result.notes.append(field.notes)
        work = _work(field, payload.content, run)
        runner.run(_compare(field, work, run.scale.rounds, result))
        result.tables.append(tables.per_call(result.sides, result.rows))
        if field.url:
            work = _work(field, payload.content, run)
            result.tables.append(runner.run(requests.count(field, work)))


def _work(field: Field, large: bytes, run: Run) -> Work:
    seconds = run.scale.list_seconds
    return Work(large, calls=field.calls, files=field.files, list_seconds=seconds)


async def _compare(field: Field, work: Work, rounds: int, result: GroupResult) -> None:
    """Run all rows in all rounds, and add what was measured to the result."""
    async with field.opened(field.url) as stores:
        result.sides.extend(store.name for store in stores)
        await _warm_up(stores)
        found: dict[str, RowResult] = {}
        for number in range(rounds):
            work.next_round()
            await _round(number, work.rows(), stores, found, is_on_disk=field.root is not None)
            for store in stores:
                await work.end_round(store)
        await _fill(field, work, stores)
        # What is there for good must not be looked through in every measurement.
        gc.collect()
        gc.freeze()
        for number in range(rounds):
            await _round(number, work.listings(), stores, found, is_on_disk=field.root is not None)
        gc.unfreeze()
        result.rows.extend(found.values())


async def _round(
    number: int,
    rows: list[DriverRow],
    stores: list[Store],
    found: dict[str, RowResult],
    *,
    is_on_disk: bool,
) -> None:
    """Ask each row once of each store."""
    for row, order in turns([number], rows, stores):
        for store in order:
            if is_on_disk:
                os.sync()
            try:
                sample = await row.run(store)
            except Exception as error:
                error.add_note(f"in the row {row.title!r} of {store.name}")
                raise
            found.setdefault(row.title, RowResult.empty(row)).add(store.name, sample)


async def _fill(field: Field, work: Work, stores: Sequence[Store]) -> None:
    """Write the files that are listed: directly where they are files, which takes no syncs."""
    if field.root is not None:
        _write(field.root, work.listed())
    # The last is the fastest at it, and where all see one root the others have nothing to do.
    for store in reversed(stores):
        await work.fill(store)


def _write(root: Path, paths: list[str]) -> None:
    made: set[str] = set()
    for path in paths:
        folder, name = os.path.split(f"{root}{path}")
        if folder not in made:
            Path(folder).mkdir(parents=True, exist_ok=True)
            made.add(folder)
        # Of no bytes: a disk may be slow at taking blocks back.
        os.close(os.open(f"{folder}/{name}", os.O_WRONLY | os.O_CREAT, 0o644))


async def _warm_up(stores: list[Store]) -> None:
    """Run a small round that nobody times: what is done once only is done then."""
    work = Work(b"", calls=4, files=[20], list_seconds=0)
    for store in stores:
        await work.fill(store)
        for row in work.calls() + work.listings():
            await row.run(store)
        await work.end_round(store)


GROUPS = [
    Group(f"drivers.{kind}", title, partial(_measure, kind)) for kind, title in _TITLES.items()
]
