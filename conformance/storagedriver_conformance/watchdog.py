"""Work in a thread of its own, given up on when nothing is heard from it: it can hang nobody."""

import threading
from collections.abc import Callable
from time import monotonic
from typing import TypeVar

T = TypeVar("T")


class NothingHeard(Exception):  # noqa: N818 - it is no error of the suite
    """The work has not moved for longer than it may."""


class Escaped(Exception):  # noqa: N818 - it is no error of the suite
    """The work raised what is meant to end the process, SystemExit for instance."""


def watched(
    work: Callable[[], T], *, patience: float, last: Callable[[], float] | None = None
) -> T:
    """Call `work` in a daemon thread and return what it does.

    `last` tells when something was last heard from it (as `monotonic()` does); without it, that is
    the beginning. Raises `NothingHeard` when that is longer ago than `patience` seconds: the thread
    is then left to itself. Raises `Escaped` in place of what is no `Exception`.
    """
    answer: list[T] = []
    failure: list[Exception] = []

    def run() -> None:
        try:
            answer.append(work())
        except Exception as error:  # noqa: BLE001 - raised again in the caller's thread
            failure.append(error)
        except BaseException as error:  # noqa: BLE001 - the process ends by its own will alone
            failure.append(Escaped(f"{type(error).__name__}: {error}"))

    thread = threading.Thread(target=run, daemon=True, name="conformance")
    began = monotonic()
    thread.start()
    while thread.is_alive():
        thread.join(0.2)
        quiet = monotonic() - (last() if last is not None else began)
        if thread.is_alive() and quiet > patience:
            message = f"nothing was heard for {patience:g} s"
            raise NothingHeard(message)
    if failure:
        raise failure[0]
    return answer[0]
