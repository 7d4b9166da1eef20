"""Whether the times of a directory tell of each change in it.

A file system of this machine writes the time of a change into the directory while it makes it, in
whatever way it is made, and no call sets that time to another one than that of the clock. So who
reads a directory that last changed some seconds before, by that clock, sees another time after each
later change: if only the clock has not been set back. That is watched.

The file systems of a network, and those that programs provide, may take times from elsewhere, or
from a while ago.
"""

import ctypes
import errno
import os
import sys
import time
import weakref
from pathlib import Path
from threading import Lock
from typing import Protocol

_TRUSTED = frozenset({"ext4", "tmpfs", "xfs"})
_MOUNTS = "/proc/self/mountinfo"
_CLOCK_REALTIME = 0
_CLOCK_REALTIME_COARSE = 5
_AT_A_TIME = 1
_CANCEL_ON_SET = 2


class Clock(Protocol):
    """The clock that a file system takes its times from."""

    def now(self) -> int:
        """Return the time that a change would have now, in nanoseconds, or an earlier one."""

    def times_set(self) -> int:
        """Return how often it was seen to have been set, forward or back."""

    def close(self) -> None:
        """End watching."""


class SystemClock:
    """The system's clock, watched by a timer that the kernel cancels when somebody sets it.

    It tells one process, not those forked from it. Raises `OSError` where there is no such timer.
    A leap second sets the clock back by one second, and may go unseen.
    """

    def __init__(self) -> None:
        library = ctypes.CDLL(None, use_errno=True)
        if not hasattr(library, "timerfd_create"):
            raise OSError(errno.ENOSYS, "no timerfd_create")
        self._timer = library.timerfd_create(_CLOCK_REALTIME, os.O_NONBLOCK | os.O_CLOEXEC)
        if self._timer < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        self.close = weakref.finalize(self, os.close, self._timer)
        # Two pairs of seconds and nanoseconds: never again, and at the end of time.
        times = (ctypes.c_long * 4)(0, 0, sys.maxsize, 0)
        if library.timerfd_settime(self._timer, _AT_A_TIME | _CANCEL_ON_SET, times, None):
            raise OSError(ctypes.get_errno(), "timerfd_settime")
        self._times_set = 0
        self._lock = Lock()

    def now(self) -> int:
        """Return the time of the kernel's last tick, in nanoseconds, which changes get."""
        return time.clock_gettime_ns(_CLOCK_REALTIME_COARSE)

    def times_set(self) -> int:
        """Return how often the clock was seen to have been set."""
        with self._lock:
            try:
                os.read(self._timer, 8)
            except BlockingIOError:
                pass
            except OSError as error:
                if error.errno != errno.ECANCELED:
                    raise
                self._times_set += 1
            return self._times_set


def clock_of(device: int) -> Clock | None:
    """Return the clock of a mounted file system; None where its times may not tell of all."""
    if _type_of(device) not in _TRUSTED:
        return None
    try:
        return SystemClock()
    except OSError:
        return None


def _type_of(device: int) -> str | None:
    """Return the type of a mounted file system, None if it is not known."""
    try:
        mounts = Path(_MOUNTS).read_text(errors="surrogateescape").splitlines()
    except OSError:
        return None
    for mount in mounts:
        # 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
        place, _, source = mount.partition(" - ")
        if place.split()[2] == f"{os.major(device)}:{os.minor(device)}":
            return source.split()[0]
    return None
