"""The names of large directories, remembered in order from one page of a listing to the next.

A directory's names are remembered if it had not changed for some seconds when they were read, and
are given if it is still as it was right before: then nothing has changed since, for each later
change, also one while they were read, would have left another time.
"""

import os
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from storagedriver.drivers.filesystem.changetimes import Clock
from storagedriver.drivers.filesystem.ordering import MANY, GivenNames, KeptNames

MOST_BYTES = 8 * 1024 * 1024
"""How much memory all remembered names take at most."""

# Two changes within one step of the clock leave the same time. The coarsest step is a second, of
# file systems that were made by old tools; a leap second sets the clock back by one more.
_SAFE_AGE = 3_000_000_000

_State = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    """Names, what their directory was like, and how often the clock had been set by then."""

    names: KeptNames
    state: _State
    times_set: int


class NamesMemory:
    """The names of directories of one file system, those that were listed last.

    May be called from any thread. Names are kept of directories with at least `least` of them that
    had not changed for `safe_age` nanoseconds, in at most `most_bytes`.
    """

    def __init__(
        self,
        device: int,
        clock: Clock,
        *,
        least: int = MANY,
        most_bytes: int = MOST_BYTES,
        safe_age: int = _SAFE_AGE,
    ) -> None:
        self._device = device
        self._clock = clock
        self._least = least
        self._most_bytes = most_bytes
        self._safe_age = safe_age
        self._kept: OrderedDict[int, _Kept] = OrderedDict()
        self._lock = Lock()

    def names_in(self, folder: int) -> GivenNames | KeptNames:
        """Return the names in an open directory, as they are now. Raises `OSError`."""
        # In this order: if the clock is set meanwhile, what is kept does not count.
        times_set = self._clock.times_set()
        now = self._clock.now()
        status = os.fstat(folder)
        if status.st_dev != self._device:
            return GivenNames(os.listdir(folder))
        kept = self._recalled(status)
        if kept is not None:
            return kept
        names = os.listdir(folder)
        if len(names) < self._least or status.st_ctime_ns + self._safe_age > now:
            return GivenNames(names)
        kept = KeptNames(sorted(names))
        self._keep(status.st_ino, _Kept(kept, _state(status), times_set))
        return kept

    def close(self) -> None:
        """Forget all, and end watching the clock."""
        with self._lock:
            self._kept.clear()
        self._clock.close()

    def _recalled(self, status: os.stat_result) -> KeptNames | None:
        """Return what is remembered of a directory, if that has not changed since."""
        if status.st_ino not in self._kept:
            return None
        # Asked after the directory was looked at: a clock that is set back later hides no change
        # that was made by then.
        times_set = self._clock.times_set()
        with self._lock:
            kept = self._kept.pop(status.st_ino, None)
            if kept is None or kept.state != _state(status) or kept.times_set != times_set:
                return None
            self._kept[status.st_ino] = kept
            return kept.names

    def _keep(self, number: int, kept: _Kept) -> None:
        with self._lock:
            self._kept.pop(number, None)
            self._kept[number] = kept
            held = sum(each.names.bytes_held for each in self._kept.values())
            while held > self._most_bytes:
                _, dropped = self._kept.popitem(last=False)
                held -= dropped.names.bytes_held


def _state(status: os.stat_result) -> _State:
    """Return what the time of the last change tells, and what else may tell of one."""
    return (
        status.st_ino,
        status.st_ctime_ns,
        status.st_mtime_ns,
        status.st_nlink,
        status.st_size,
    )
