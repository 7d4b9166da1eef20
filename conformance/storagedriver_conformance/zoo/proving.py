"""`storagedriver conformance zoo --matrix`: every animal, every property, and what that proves."""

import argparse
import sys
from collections.abc import Mapping

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from storagedriver_conformance.profiles import Profile
from storagedriver_conformance.zoo.animal import Crime
from storagedriver_conformance.zoo.animals import all_animals
from storagedriver_conformance.zoo.matrix import KILLED, Row, missing, rows, tried_in
from storagedriver_conformance.zoo.page import with_result
from storagedriver_conformance.zoo.proof import proof
from storagedriver_conformance.zoo.record import Record, Session
from storagedriver_conformance.zoo.summary import summary


def prove(given: argparse.Namespace, animals: Mapping[int, Crime]) -> int:
    """Complete the matrix in the given file, tell what it proves, and return the exit code."""
    profile = Profile.named(given.profile)
    record = Record(given.matrix, Session.now(given.profile, given.seed))
    _complete(record, animals, given)
    whole = len(animals) == len(all_animals())
    found = proof(record.rows, list(animals.values()), tried_in(profile), whole=whole)
    if given.page is not None:
        page = given.page.read_text(encoding="utf-8") if given.page.exists() else ""
        given.page.write_text(with_result(page, found, record.last), encoding="utf-8")
    print(*summary(found), sep="\n")  # noqa: T201 - a command
    return 0 if found.holds(profile) else 1


def _complete(record: Record, animals: Mapping[int, Crime], given: argparse.Namespace) -> None:
    wanted = missing(record.rows, animals, Profile.named(given.profile), first=given.first)
    pairs = sum(map(len, wanted.values()))
    print(  # noqa: T201 - a command
        f"{len(wanted)} of {len(animals)} animals to try, with {pairs} properties in all",
        file=sys.stderr,
        flush=True,
    )
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task("zoo", total=len(wanted))
        for some in rows(
            wanted,
            profile=given.profile,
            seed=given.seed,
            workers=max(1, given.workers),
            first=given.first,
        ):
            record.add(some)
            bar.update(task, advance=1, description=some[0].animal)
            if not console.is_terminal:
                print(_line(some), file=sys.stderr, flush=True)  # noqa: T201 - a command


def _line(some: list[Row]) -> str:
    killers = [row.property for row in some if row.status in KILLED]
    return f"{some[0].animal}: {len(some)} tried, killed by {', '.join(killers) or 'none'}"
