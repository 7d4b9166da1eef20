"""`storagedriver conformance`: run the suite, read what it knows, see a failure again."""

import argparse
import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from storagedriver_conformance import comparing, quirks
from storagedriver_conformance.groups import all_properties
from storagedriver_conformance.opening import named_target, without_secrets
from storagedriver_conformance.profiles import PROFILES, Profile
from storagedriver_conformance.progress import Progress
from storagedriver_conformance.replaying import replay
from storagedriver_conformance.reporters import as_html, as_json, as_junit, terminal
from storagedriver_conformance.runner import check_now
from storagedriver_conformance.selecting import select
from storagedriver_conformance.target import Target
from storagedriver_conformance.zoo import command as zoo

COULD_NOT_RUN = 2
_PROFILES = (
    "how much is tried: smoke for a first look, quick (the default) for every commit, standard "
    "before a release, deep for a night, remote for storage that is far away"
)
EPILOG = """\
exit codes: 0 conforms, 1 does not, 2 could not run, 3 inconclusive (storage did not answer)

examples:
  storagedriver conformance run filesystem -o rootdirectory=/tmp/scratch
  storagedriver conformance run mydriver -o bucket=ci --profile standard --json report.json
  storagedriver conformance run memory --only 'writers.*' --seed 7
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and return the exit code."""
    given = parser().parse_args(arguments)
    try:
        return int(given.call(given))
    except (ValueError, OSError) as error:
        print(f"storagedriver conformance: {error}", file=sys.stderr)  # noqa: T201 - a command
        return COULD_NOT_RUN


def parser() -> argparse.ArgumentParser:
    """Return what reads the command's arguments."""
    whole = argparse.ArgumentParser(
        prog="storagedriver conformance",
        description="Try whether a storage driver keeps the contract.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = whole.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser(
        "run",
        help="run the suite against a driver",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _take_driver(run)
    run.add_argument("--profile", choices=[*PROFILES], default="quick", help=_PROFILES)
    run.add_argument("--only", metavar="GLOB", default="*", help="property ids, parted by commas")
    run.add_argument("--seed", type=int, default=1, help="the same seed gives the same run")
    run.add_argument(
        "--quirks", type=Path, metavar="FILE", help="failures that are known, as a TOML file"
    )
    run.add_argument("--html", type=Path, metavar="FILE", help="write the report for people")
    run.add_argument("--json", type=Path, metavar="FILE", help="write the report as JSON")
    run.add_argument("--junit", type=Path, metavar="FILE", help="write the report for a CI system")
    run.set_defaults(call=_run)
    listing = commands.add_parser("list", help="list the properties, with their sentences")
    listing.add_argument("--only", metavar="GLOB", default="*")
    listing.set_defaults(call=_list)
    explain = commands.add_parser("explain", help="tell all about a property")
    explain.add_argument("id", metavar="ID")
    explain.set_defaults(call=_explain)
    again = commands.add_parser("replay", help="run a failing case of a JSON report again")
    again.add_argument("case", type=Path, metavar="FILE", help="a report, or a case cut out of one")
    _take_driver(again)
    again.add_argument("--only", metavar="ID", help="which case of the report")
    again.set_defaults(call=_replay)
    comparing.add(commands)
    zoo.add(commands)
    return whole


def _take_driver(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("driver", metavar="NAME_OR_URL", help="as `storagedriver drivers` lists it")
    parser.add_argument(
        "-o",
        dest="options",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="a parameter of the driver; may be repeated",
    )
    parser.add_argument(
        "--disposable",
        action="store_true",
        help="nothing in the storage matters: try what would delete it all if the driver is wrong",
    )
    parser.add_argument(
        "--faults",
        choices=["os"],
        help="let system calls of the driver fail: for one that keeps its files on this machine",
    )
    parser.add_argument(
        "--patience",
        type=float,
        metavar="SECONDS",
        help="how long a call may take before it counts as hanging; default: 30",
    )


def _target(given: argparse.Namespace) -> Target:
    target = named_target(
        given.driver,
        given.options,
        disposable=given.disposable,
        os_faults=given.faults is not None,
    )
    if given.patience is None:
        return target
    if not given.patience > 0:
        message = f"--patience is a number of seconds above 0, not {given.patience:g}"
        raise ValueError(message)
    return replace(target, patience=given.patience)


def _run(given: argparse.Namespace) -> int:
    target = _target(given)
    if given.quirks is not None:
        target = replace(target, quirks=quirks.read(given.quirks))
    chosen = select(all_properties(), given.only)
    tried = [one for one in chosen if Profile.named(given.profile).includes(one)]
    with Progress(len(tried)) as progress:
        report = check_now(
            target, profile=given.profile, only=given.only, seed=given.seed, heard=progress.heard
        )
    if given.json is not None:
        given.json.write_text(as_json.text(report), encoding="utf-8")
    if given.junit is not None:
        given.junit.write_text(as_junit.text(report), encoding="utf-8")
    command = _command(given)
    if given.html is not None:
        given.html.write_text(as_html.text(report, command=command), encoding="utf-8")
    print(terminal.text(report, command=command))  # noqa: T201 - a command
    return report.exit_code


def _command(given: argparse.Namespace) -> str:
    words = [given.driver]
    for option in without_secrets(given.driver, given.options):
        words += ["-o", option]
    if given.faults is not None:
        words += ["--faults", given.faults]
    if given.disposable:
        words += ["--disposable"]
    if given.patience is not None:
        words += ["--patience", f"{given.patience:g}"]
    return f"storagedriver conformance run {shlex.join(words)} --profile {given.profile}"


def _list(given: argparse.Namespace) -> int:
    for one in select(all_properties(), given.only):
        print(f"{one.id:<36} {one.tier:<9} {one.sentence}")  # noqa: T201 - a command
    return 0


def _explain(given: argparse.Namespace) -> int:
    known = {one.id: one for one in all_properties()}
    if given.id not in known:
        message = f"no property is called {given.id!r}: `storagedriver conformance list` has them"
        raise ValueError(message)
    one = known[given.id]
    needs = [*one.needs, *(f"no {name}" for name in one.absent)]
    print(one.id, one.sentence, f"tier: {one.tier}", sep="\n")  # noqa: T201 - a command
    print(f"needs: {', '.join(needs) or 'nothing'}")  # noqa: T201 - a command
    if one.reason:
        print(f"reason: {one.reason}")  # noqa: T201 - a command
    return 0


def _replay(given: argparse.Namespace) -> int:
    target = _target(given)
    report = replay(given.case, target, only=given.only)
    print(terminal.text(report, command=f"storagedriver conformance run {given.driver}"))  # noqa: T201 - a command
    return report.exit_code
