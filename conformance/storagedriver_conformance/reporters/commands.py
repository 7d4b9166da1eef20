"""What to type: the command of a run, one that shows a failure again, and a test that does."""

import re
import shlex
from itertools import pairwise

from storagedriver_conformance.findings import Report, Result

SNIPPET = """\
from storagedriver import open_driver
from storagedriver_conformance import DriverConformance, Target


class {name}(DriverConformance):
    target = Target(open=lambda: open_driver({arguments}))
    profile = {profile!r}
    only = {id!r}
    seed = {seed}
"""


def exact(report: Report, command: str) -> str:
    """Return the command of the whole run, with what a reader would have to guess."""
    only = "" if report.only == "*" else f" --only {shlex.quote(report.only)}"
    return f"{command}{only} --seed {report.seed}"


def rerun(report: Report, command: str, result: Result) -> str:
    """Return the command that tries one property again."""
    return f"{command} --only {result.property.id} --seed {report.seed}"


def replay(command: str) -> str:
    """Return the command that replays a case on the driver that a run's command names."""
    return command.partition(" --profile")[0].replace(" run ", " replay case.json ", 1)


def options(command: str) -> dict[str, str]:
    """Return the parameters that a command gives to the driver."""
    try:
        words = shlex.split(command)
    except ValueError:
        return {}  # it is no command of a shell
    given = [word.partition("=") for flag, word in pairwise(words) if flag == "-o"]
    return {key: value for key, _, value in given}


def snippet(report: Report, command: str, result: Result) -> str:
    """Return a test for pytest that tries one property."""
    words = re.findall("[a-z0-9]+", result.property.id)
    given = [f"{key}={value!r}" for key, value in options(command).items()]
    return SNIPPET.format(
        name="Test" + "".join(word.capitalize() for word in words),
        arguments=", ".join([repr(report.target), *given]),
        profile=report.profile,
        id=result.property.id,
        seed=report.seed,
    )
