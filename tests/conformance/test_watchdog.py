"""Work that is watched: it can hang nobody, and end no process."""

import threading
from time import monotonic

import pytest

from storagedriver_conformance.watchdog import Escaped, NothingHeard, watched

PATIENCE = 60.0


def test_what_the_work_gives_is_given() -> None:
    assert "given" == watched(lambda: "given", patience=PATIENCE)


def test_what_the_work_raises_is_raised() -> None:
    def fails() -> None:
        raise KeyError("its own")

    with pytest.raises(KeyError, match="its own"):
        watched(fails, patience=PATIENCE)


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt("now"), GeneratorExit()])
def test_what_would_end_the_process_is_told_instead(error: BaseException) -> None:
    def ends() -> None:
        raise error

    with pytest.raises(Escaped, match=type(error).__name__):
        watched(ends, patience=PATIENCE)


def test_work_of_which_nothing_is_heard_is_left_to_itself() -> None:
    let_go, has_ended = threading.Event(), threading.Event()

    def hangs() -> None:
        let_go.wait()
        has_ended.set()

    with pytest.raises(NothingHeard, match=r"nothing was heard for 0\.05 s"):
        watched(hangs, patience=0.05)

    assert not has_ended.is_set()
    let_go.set()
    assert has_ended.wait(PATIENCE)


def test_work_that_is_heard_of_may_take_longer_than_patience() -> None:
    looked = threading.Event()

    def takes_long() -> str:
        looked.wait()  # it goes on long after its patience would be over
        return "done"

    def last() -> float:
        nonlocal asked
        asked += 1
        if asked == 3:
            looked.set()
        return monotonic()

    asked = 0

    assert "done" == watched(takes_long, patience=0.05, last=last)
