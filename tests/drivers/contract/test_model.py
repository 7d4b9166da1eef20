"""Any sequence of calls: the driver answers as the model does.

`STORAGEDRIVER_EXPLORE=2000 pytest tests/drivers/contract/test_model.py` tries so many random
sequences instead of the same few each time.
"""

import asyncio
import os
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.drivers.backends import Backend
from tests.drivers.contract.side_by_side import SideBySide

EXPLORE = int(os.environ.get("STORAGEDRIVER_EXPLORE", "0"))

SETTINGS = settings(
    max_examples=EXPLORE or 60,
    derandomize=not EXPLORE,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

# So few that calls meet each other, and around `/` in the order of characters.
NAMES = st.sampled_from(["a", "a-", "a.b", "a0"])
PATHS = st.sampled_from(
    [
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
)
BODIES = st.sampled_from([b"", b"x", b"y", b"xy", b"longer than that"])
CHUNKS = st.sampled_from([b"1", b"22", b"a chunk of a writer"])
VERSIONS = st.sampled_from(["none", "current", "stale"])

# A path, or the number of a file that is there.
PLACES = PATHS | st.integers(0, 9)
DIRECTORIES = PATHS | st.just("/")
WRITERS = st.integers(0, 4)

STEPS = st.one_of(
    st.tuples(st.just("put"), PATHS, BODIES, st.just("none")),
    st.tuples(st.just("put"), PLACES, BODIES, VERSIONS | st.just("new")),
    st.tuples(st.just("get"), PLACES),
    st.tuples(st.just("read"), PLACES, st.integers(-1, 17), st.none() | st.integers(0, 17)),
    st.tuples(st.just("stat"), DIRECTORIES),
    st.tuples(st.just("children"), DIRECTORIES, st.none() | NAMES),
    st.tuples(st.just("walk"), DIRECTORIES, st.none() | PATHS),
    st.tuples(st.just("move"), PLACES, PLACES),
    st.tuples(st.just("delete"), PLACES, VERSIONS),
    st.tuples(st.just("writer"), PLACES, st.booleans()),
    st.tuples(st.just("writer_again"), WRITERS, st.booleans()),
    st.tuples(st.just("write"), WRITERS, CHUNKS),
    st.tuples(st.just("end"), WRITERS, st.sampled_from(["close", "commit", "cancel"])),
    st.tuples(st.just("unfinished"), DIRECTORIES),
    st.tuples(st.just("discard"), st.integers(0, 9)),
)


def test_any_sequence_of_calls_is_answered_as_the_model_does(
    backend: Backend, folder: Path
) -> None:
    with asyncio.Runner() as runner:
        opening = backend.open(folder)
        driver = runner.run(opening.__aenter__())

        @SETTINGS
        @given(st.lists(STEPS, min_size=1, max_size=60))
        def check(steps: list[tuple[Any, ...]]) -> None:
            sides = SideBySide(driver, runner)
            try:
                for name, *arguments in steps:
                    getattr(sides, name)(*arguments)
                sides.compare_all()
            finally:
                sides.clear()

        try:
            check()
        finally:
            runner.run(opening.__aexit__(None, None, None))
