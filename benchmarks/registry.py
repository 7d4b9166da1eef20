"""What our registry costs beside Debian's docker-registry: `python -m benchmarks.registry`.

Both run side by side over the same disk. Each row is asked of both in every round, in turns, with
the order reversed from round to round; dirty pages are written out before each timing. Medians are
printed, and the ratio of ours to the peer's. Nothing here passes or fails on time: an exit status
other than 0 means that an answer was wrong.
"""

import argparse
import os
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from benchmarks import limits, report, servers, syncs
from benchmarks.report import Sample
from benchmarks.rows import FULL, QUICK, Row, Scale, Work
from benchmarks.servers import Server


def main() -> None:
    """Run the comparison and print it as tables in Markdown."""
    options = _parser().parse_args()
    scale = QUICK if options.quick else FULL
    if options.rounds:
        scale = replace(scale, rounds=options.rounds)
    with tempfile.TemporaryDirectory(prefix="benchmark-", dir=options.folder) as name:
        _run(Path(name).resolve(), scale)


def _parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.registry", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes: all rows in 40 seconds")
    parser.add_argument("--rounds", type=int, help="how often each row is run on each server")
    parser.add_argument("--folder", default=".", help="on the disk that is used (default: here)")
    return parser


def _run(folder: Path, scale: Scale) -> None:
    """Start the servers, and print everything that is measured."""
    report.print_machine(scale.rounds)
    report.print_limits(limits.measure(folder, scale.large))
    with ExitStack() as stack:
        running = [stack.enter_context(servers.ours(folder / servers.OURS))]
        if servers.peer_version():
            running.append(stack.enter_context(servers.peer(folder / servers.PEER)))
        work = Work(scale, folder)
        for server in running:
            work.fill(server)
        _compare(running, work.rows(), scale.rounds)
        report.print_syncs(running, syncs.measure(running, folder))


def _compare(running: list[Server], rows: list[Row], rounds: int) -> None:
    """Run all rows in all rounds, and print the medians."""
    samples: report.Samples = {}
    for number in range(rounds):
        for row in rows:
            row.prepare()
            for server in running if number % 2 == 0 else reversed(running):
                sample = _measure(row, server)
                if sample is not None:
                    samples.setdefault((row.title, server.name), []).append(sample)
    report.print_rates(rows, samples)
    report.print_usage(rows, samples)


def _measure(row: Row, server: Server) -> Sample | None:
    """Run one row once on one server; None where a program is missing for it."""
    os.sync()
    server.reset_peak()
    used, loaded = server.cpu_seconds(), sum(os.times()[:4])
    done = row.run(server)
    if done is None:
        return None
    batches = done.units / row.batch
    return Sample(
        rate=done.units / done.seconds,
        cpu_seconds=(server.cpu_seconds() - used) / batches,
        load_cpu_seconds=(sum(os.times()[:4]) - loaded) / batches,
        peak_bytes=server.peak_bytes(),
    )


if __name__ == "__main__":
    main()
