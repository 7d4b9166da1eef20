"""What a process holds: tasks, threads, file descriptors; and what Python complains of."""

import asyncio
import gc
import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

DESCRIPTORS = Path("/proc/self/fd")

# Threads of a loop's own executor end with the loop, not with a driver.
OF_LOOPS = "asyncio_"

# Rounds in which nothing is waited for but time: for what may not have ended yet.
LONG = 300
SHORT = 50

COMPLAINTS = (ResourceWarning, RuntimeWarning)

# Whoever holds it has set aside what was there before: the collector has one place for that.
_SET_ASIDE = threading.Lock()


def tasks() -> set[str]:
    """Return the tasks of the running loop that are not done, described."""
    return {
        f"{task.get_name()} running {getattr(task.get_coro(), '__qualname__', task.get_coro())}"
        for task in asyncio.all_tasks()
    }


def threads() -> set[str]:
    """Return the threads that are alive, described."""
    return {
        f"{thread.name} ({thread.ident})"
        for thread in threading.enumerate()
        if not thread.name.startswith(OF_LOOPS)
    }


def descriptors() -> set[str]:
    """Return the open file descriptors, with what they are open on; none where that is not told."""
    found = set()
    with suppress(OSError):
        for name in os.listdir(DESCRIPTORS):  # noqa: PTH208 - names alone
            with suppress(OSError):
                found.add(f"{name} on {(DESCRIPTORS / name).readlink()}")
    return {one for one in found if f"on /proc/{os.getpid()}/fd" not in one}


async def settled(count: Callable[[], int], most: int, *, rounds: int = LONG) -> int:
    """Return how many there are, when there are no more than `most`, or else after a while.

    What is ending needs some turns of the loop, or another thread; what is leaked stays. Each round
    lasts until another thread has had its turn: so a while is longer where a machine is busy.
    """
    for _ in range(30):
        if count() <= most:
            return count()
        await asyncio.sleep(0)
    for _ in range(rounds):
        if count() <= most:
            break
        await asyncio.sleep(0.01)
        turn = threading.Thread(target=int)
        turn.start()
        turn.join()
    return count()


@contextmanager
def young_garbage() -> Iterator[None]:
    """Let collections in the block look only at what was made in it.

    That makes them cheap, and lets nobody else's garbage be noticed. In a block within another one
    it changes nothing: what the outer one has made would be set aside, and for good where blocks
    overlap all the time.
    """
    if not _SET_ASIDE.acquire(blocking=False):
        yield
        return
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        _SET_ASIDE.release()


@contextmanager
def complaints() -> Iterator[list[str]]:
    """Give a list that fills with what Python warns of in the block, when it has been collected.

    That is: resources that nobody closed, coroutines that nobody awaited, errors that nobody asked
    for. The running loop's handler of exceptions is replaced meanwhile.
    """
    found: list[str] = []
    loop = asyncio.get_running_loop()
    handler, hook = loop.get_exception_handler(), sys.unraisablehook
    loop.set_exception_handler(lambda _, context: found.append(_told(context)))
    sys.unraisablehook = lambda raised: found.append(f"{raised.exc_value!r} in {raised.object!r}")
    try:
        with warnings.catch_warnings(record=True) as noted:
            warnings.simplefilter("ignore")
            for kind in COMPLAINTS:
                warnings.simplefilter("always", kind)
            yield found
            gc.collect()
            found += [f"{one.category.__name__}: {one.message}" for one in noted]
    finally:
        loop.set_exception_handler(handler)
        sys.unraisablehook = hook


def _told(context: dict[str, object]) -> str:
    error = context.get("exception")
    return f"{context.get('message')}{f': {error!r}' if error else ''}"
