"""Who may change a path, among all threads and processes; and a clock that never repeats.

256 files are locked with `flock`, each for the paths whose hash it bears. A lock belongs to the
descriptor that took it, is dropped by the kernel when its process dies, and is not inherited by a
program that the process starts.
"""

import fcntl
import os
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass

COUNT = 256


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock while it is held. `step` is the finest difference of time, in nanoseconds."""

    descriptor: int
    step: int

    def tick(self) -> int:
        """Return the time in nanoseconds, but always one that comes after every earlier tick.

        Two contents of a path thus differ in their times, although the kernel's own clock ticks in
        milliseconds, the clock may be put back, and a deleted file's inode is used again. The last
        tick is kept as the lock file's own time.
        """
        now = max(time.time_ns(), os.fstat(self.descriptor).st_mtime_ns + self.step)
        # Only its owner may set a file's time: another user's process relies on the clock alone.
        with suppress(PermissionError):
            os.utime(self.descriptor, ns=(now, now))
        return now


class Locks:
    """The locks of one root, in the directory `folder`."""

    def __init__(self, folder: str, *, step: int) -> None:
        self._folder = folder
        self._step = step
        # Threads of one process queue here, without asking the kernel for a file each.
        self._threads = [threading.Lock() for _ in range(COUNT)]

    def hold(self, *paths: str) -> AbstractContextManager[Lock]:
        """Hold the locks of all the paths for a block; give the first.

        They are taken in the order of their numbers, so that no two holders wait for each other.
        """
        numbers = sorted({zlib.crc32(path.encode()) % COUNT for path in paths})
        return self._hold(*numbers) if len(numbers) == 1 else self._hold_all(numbers)

    @contextmanager
    def _hold_all(self, numbers: list[int]) -> Iterator[Lock]:
        with ExitStack() as stack:
            locks = [stack.enter_context(self._hold(number)) for number in numbers]
            yield locks[0]

    @contextmanager
    def _hold(self, number: int) -> Iterator[Lock]:
        file = f"{self._folder}/{number:02x}"
        with self._threads[number]:
            descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            try:
                with flocked(descriptor):
                    yield Lock(descriptor, self._step)
            finally:
                os.close(descriptor)


@contextmanager
def flocked(descriptor: int) -> Iterator[None]:
    """Lock an open file for a block, against every other descriptor of it."""
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        # Closing alone would leave it to a child that was forked meanwhile.
        fcntl.flock(descriptor, fcntl.LOCK_UN)
