"""What our drivers cost beside the libraries below them: `python -m benchmarks.drivers`.

All stores of a kind are open at the same time, over the same disk or server. Each row is asked of
each of them in every round, in turns, with the order reversed from round to round. Medians are
printed, and the ratio of ours to each peer's. Nothing here passes or fails on time: an exit status
other than 0 means that a store gave something else than was written.
"""

import argparse
import asyncio
import gc
import os
import platform
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks import limits, report
from benchmarks.drivers import requests, tables
from benchmarks.drivers.fields import FIELDS, Field, Payload, UnavailableError, make_payload
from benchmarks.drivers.rows import Row, Scale, Work
from benchmarks.drivers.store import MIB, Store
from benchmarks.drivers.tables import Samples
from benchmarks.limits import Limit

FULL = Scale(rounds=7, calls=100, entries=10_000, large=256 * MIB)
QUICK = Scale(rounds=2, calls=10, entries=200, large=16 * MIB)
MANY = 100_000


def main() -> None:
    """Run the comparison and print it as tables in Markdown."""
    options = _parser().parse_args()
    scale = QUICK if options.quick else FULL
    if options.rounds:
        scale = replace(scale, rounds=options.rounds)
    loop = _uvloop if options.uvloop else None
    print(f"Python {platform.python_version()}, {'uvloop' if loop else 'asyncio'}, ", end="")
    tables.print_versions()
    print(f"{os.cpu_count()} CPUs, {platform.system()} {platform.release()}, {scale.rounds} rounds")
    print(f"load {os.getloadavg()[0]:.1f} at the start\n")
    with tempfile.TemporaryDirectory(prefix="benchmark-", dir=options.folder) as name:
        folder = Path(name).resolve()
        report.print_limits(_limits(folder, scale.large))
        payload = make_payload(folder, scale.large)
        for title in options.only or FIELDS:
            with asyncio.Runner(loop_factory=loop) as runner:
                _run(runner, title, folder, payload, _scale_of(title, scale, is_full=options.full))
    print(f"load {os.getloadavg()[0]:.1f} at the end")


def _parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.drivers", description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument(
        "--quick", action="store_true", help="small sizes, to see that every row runs"
    )
    size.add_argument(
        "--full", action="store_true", help=f"list {MANY:,} files where they are ours"
    )
    parser.add_argument("--uvloop", action="store_true", help="as the registry's event loop")
    parser.add_argument("--rounds", type=int, help="how often each row is run on each store")
    parser.add_argument("--only", action="append", choices=FIELDS, help="one kind, or several")
    parser.add_argument("--folder", default=".", help="on the disk that is used (default: here)")
    return parser


def _uvloop() -> asyncio.AbstractEventLoop:
    """Make the event loop that the registry runs in."""
    import uvloop  # noqa: PLC0415  an extra brings it

    return uvloop.new_event_loop()


def _scale_of(title: str, scale: Scale, *, is_full: bool) -> Scale:
    """Return how much is done: with many files where they cost no requests."""
    return replace(scale, entries=MANY) if is_full and title in {"memory", "filesystem"} else scale


def _limits(folder: Path, size: int) -> Iterator[Limit]:
    """Measure what the disk can do at most."""
    yield Limit("disk: one file synced", size / MIB / limits.write_seconds(folder, size), "MiB/s")
    yield Limit(
        "disk: 4 KiB file, fsync, rename, fsync of folder",
        1 / limits.swap_seconds(folder),
        "per s",
    )


def _run(runner: asyncio.Runner, title: str, folder: Path, payload: Payload, scale: Scale) -> None:
    """Compare the stores of one kind, and print all that was measured."""
    try:
        with FIELDS[title](folder, payload, scale) as field:
            rows, names, samples = runner.run(_compare(field, payload.content))
            tables.print_field(field, rows, names, samples)
            if field.url:
                tables.print_requests(*runner.run(requests.count(field, payload.content)))
    except UnavailableError as error:
        print(f"### {title}\n\nNot compared: {error}\n")


async def _compare(field: Field, large: bytes) -> tuple[list[Row], list[str], Samples]:
    """Run all rows in all rounds; return the rows, the stores' names and what was measured."""
    samples: Samples = {}
    async with field.opened(field.url) as stores:
        await _warm_up(stores, large)
        work = Work(field.scale, large)
        for number in range(field.scale.rounds):
            work.next_round()
            await _round(number, field, work.rows(), stores, samples)
            for store in stores:
                await work.end_round(store)
        # The last is the fastest at it, and where all see one root the others have nothing to do.
        for store in reversed(stores):
            await work.fill(store)
        # What is there for good must not be looked through in every measurement.
        gc.collect()
        gc.freeze()
        for number in range(field.scale.rounds):
            await _round(number, field, work.listings(), stores, samples)
        gc.unfreeze()
        return work.rows() + work.listings(), [store.name for store in stores], samples


async def _round(
    number: int, field: Field, rows: list[Row], stores: list[Store], samples: Samples
) -> None:
    """Ask each row once of each store."""
    for row in rows:
        for store in stores if number % 2 == 0 else reversed(stores):
            if field.is_on_disk:
                os.sync()
            samples.setdefault((row.title, store.name), []).append(await row.run(store))


async def _warm_up(stores: list[Store], large: bytes) -> None:
    """Run a small round that nobody times: what is done once only is done then."""
    # The large file whole: s3fs and adlfs read it from the disk themselves.
    work = Work(replace(QUICK, large=len(large)), large)
    for store in stores:
        await work.fill(store)
        for row in work.rows() + work.listings():
            await row.run(store)
        await work.end_round(store)


if __name__ == "__main__":
    main()
