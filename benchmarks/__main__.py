"""What the registry and its drivers cost, beside peers and the machine: `python -m benchmarks`.

Ours, docker-registry where it is on PATH and any other that is given are started, each with a
fresh folder on the same disk. Each row is asked of all of them in every round, in turns, with the
order reversed from round to round. Medians are shown with the range of single rounds, and ratios:
above 1, ours is better. Nothing here passes or fails on time: an exit status other than 0 means
that an answer was wrong.
"""

import argparse
import os
import shlex
import signal
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from benchmarks import document, limits, machine, picture, servers, tables
from benchmarks.drivers import comparing
from benchmarks.measuring import UnavailableError
from benchmarks.registry import buckets, lists, processes, pulls, pushes, requests, syncs
from benchmarks.results import Results
from benchmarks.running import Group, Run, Selection
from benchmarks.servers import Kind
from benchmarks.sizes import FULL, QUICK

GROUPS: list[Group] = [
    limits.GROUP,
    pushes.GROUP,
    pulls.GROUP,
    requests.GROUP,
    requests.WORKERS_GROUP,
    lists.GROUP,
    processes.GROUP,
    syncs.GROUP,
    buckets.GROUP,
    *comparing.GROUPS,
]


def main() -> None:
    """Run what is wanted, show it, and write it to files."""
    options = _parser().parse_args()
    # So that the servers are stopped, and their folders removed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    scale = QUICK if options.quick else FULL
    if options.rounds:
        scale = replace(scale, rounds=options.rounds)
    selection = Selection(options.only)
    kinds = servers.kinds(options.peer)
    with tempfile.TemporaryDirectory(prefix="benchmark-", dir=options.folder) as name:
        folder = Path(name).resolve()
        described = machine.described(folder, kinds) | {"rounds": str(scale.rounds)}
        command = shlex.join(["python", "-m", "benchmarks", *sys.argv[1:]])
        results = Results(command, described, [])
        _measure(Run(scale, folder, kinds, selection), results, options.out)
    if unused := selection.unused():
        names = ", ".join(group.name for group in GROUPS)
        sys.exit(f"nothing is called {', '.join(unused)}; the groups are {names}")
    _write(results, options.out)


def _parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes: to see that all runs")
    parser.add_argument("--rounds", type=int, help="how often each row is run on each side")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="ROW/GROUP",
        help="part of a title, a group (registry.push) or several (registry); may be repeated",
    )
    parser.add_argument("--folder", default=".", help="on the disk that is used (default: here)")
    parser.add_argument(
        "--peer",
        action="append",
        default=[],
        type=_peer,
        metavar="NAME=COMMAND",
        help="one more server; {folder}, {port} and {config} are filled in; may be repeated",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("benchmark-results"),
        metavar="FOLDER",
        help="for performance.md, performance.svg and results.json (default: %(default)s)",
    )
    return parser


def _peer(text: str) -> Kind:
    try:
        return Kind.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _measure(run: Run, results: Results, out: Path) -> None:
    """Run all groups; show each as soon as it is done, and keep it should the next one fail."""
    out.mkdir(parents=True, exist_ok=True)
    for group in GROUPS:
        begun = time.monotonic()
        result = group.result(run)
        if result is not None:
            print(tables.group(result), flush=True)
            print(f"{group.name}: {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
            results.groups.append(result)
            results.machine["load at the end"] = f"{os.getloadavg()[0]:.1f}"
            (out / document.RESULTS).write_text(results.to_json())


def _write(results: Results, folder: Path) -> None:
    """Write what people read, and say what could not be drawn."""
    drawn = folder / document.PICTURE
    drawn.unlink(missing_ok=True)
    try:
        picture.draw(results, servers.DOCKER, drawn)
    except UnavailableError as error:
        print(f"No picture: {error}.")
    text = document.text(results, document.PICTURE if drawn.exists() else "")
    (folder / "performance.md").write_text(text)
    print(f"Written to {folder}.")


if __name__ == "__main__":
    main()
