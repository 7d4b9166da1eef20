"""Any sequence of calls: the driver answers as the model does.

The same sequences each time, so that this never fails by chance. To look for more:
`STORAGEDRIVER_EXPLORE=5000 pytest tests/drivers/contract/test_model.py` tries that many others.

They are drawn evenly here and not by hypothesis, whose lists of calls were measured to repeat a few
kinds and to leave others out: 2 commits in 4,800 calls.
"""

import asyncio
import os
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from storagedriver.protocol import StorageDriver
from tests.drivers.backends import Backend
from tests.drivers.contract.side_by_side import SideBySide

# So few that calls meet each other, and around `/` in the order of characters.
NAMES = ["a", "a-", "a.b", "a0"]
PATHS = [
    "/a",
    "/a-",
    "/a.b",
    "/a/a",
    "/a/a-",
    "/a/a0",
    "/a-/a",
    "/a.b/a",
    "/a/a/a",
    "/a/a/a-",
    "/a/a-/a",
]
# Half of the places are whatever file is there.
PLACES = [*PATHS, *range(len(PATHS))]
DIRECTORIES = ["/", "/", "/a", "/a", "/a/a", "/a-", "/a.b", "/a/a-", "/a0"]
VERSIONS = ["none", "current", "stale"]
BODIES = [b"", b"x", b"y", b"xy", b"longer than that"]
WRITERS = range(4)

# What is called, and what each of its arguments is one of.
CALLS: list[tuple[str, *tuple[Sequence[object], ...]]] = [
    ("put", PATHS, BODIES, ["none"]),
    ("put", PLACES, BODIES, [*VERSIONS, "new"]),
    ("get", PLACES),
    ("read", PLACES, range(-1, 18), [None, *range(18)]),
    ("stat", DIRECTORIES),
    ("children", DIRECTORIES, [None, *NAMES]),
    ("walk", DIRECTORIES, [None, *PATHS]),
    ("move", PLACES, PLACES),
    ("delete", PLACES, VERSIONS),
    ("writer", PATHS, [False, False, True]),
    ("writer_again", WRITERS, [False, True]),
    ("write", WRITERS, [b"1", b"22", b"a chunk of a writer"]),
    ("write", WRITERS, [b"333"]),
    ("end", WRITERS, ["close", "commit", "cancel"]),
    ("end", WRITERS, ["close", "commit"]),
    ("unfinished", DIRECTORIES),
    ("discard", range(8)),
]

Call = tuple[object, ...]

EXPLORE = int(os.environ.get("STORAGEDRIVER_EXPLORE", "0"))


def drawn(seed: int) -> list[Call]:
    """A sequence of calls with their arguments."""
    chance = random.Random(seed)
    shapes = (chance.choice(CALLS) for _ in range(60))
    return [(name, *map(chance.choice, choices)) for name, *choices in shapes]


class Replay:
    """Sequences of calls, one after the other, on a driver that each leaves empty."""

    def __init__(self, driver: StorageDriver, runner: asyncio.Runner) -> None:
        self._driver = driver
        self._runner = runner

    def failure_of(self, calls: list[Call]) -> Exception | AssertionError | None:
        """What goes wrong in a sequence, if anything does."""
        sides = SideBySide(self._driver, self._runner)
        try:
            for name, *arguments in calls:
                getattr(sides, str(name))(*arguments)
            sides.compare_all()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is shown in the end
            return error
        finally:
            sides.clear()
        return None

    def shortened(self, calls: list[Call]) -> list[Call]:
        """A failing sequence without the calls that it fails without."""
        for index in reversed(range(len(calls))):
            fewer = calls[:index] + calls[index + 1 :]
            if self.failure_of(fewer):
                calls = fewer
        return calls

    def check(self, seed: int) -> None:
        """Raise `AssertionError` with a short sequence if that of the seed fails."""
        calls = drawn(seed)
        if self.failure_of(calls):
            calls = self.shortened(calls)
            shown = "\n".join(map(str, calls))
            raise AssertionError(f"of seed {seed}:\n{shown}") from self.failure_of(calls)


@contextmanager
def replaying(backend: Backend, folder: Path) -> Iterator[Replay]:
    with asyncio.Runner() as runner:
        opening = backend.open(folder)
        driver = runner.run(opening.__aenter__())
        try:
            yield Replay(driver, runner)
        finally:
            runner.run(opening.__aexit__(None, None, None))


def test_any_sequence_of_calls_is_answered_as_the_model_does(
    backend: Backend, folder: Path
) -> None:
    seeds = range(80)
    if EXPLORE:
        seeds = range(start := random.SystemRandom().randrange(1 << 40), start + EXPLORE)
    with replaying(backend, folder) as replay:
        for seed in seeds:
            replay.check(seed)
