"""How many connections each of several processes has, in memory that all of them see."""

import mmap

GONE = 2**32 - 1
_BYTES = 4  # of one number


class Shares:
    """A number for each process; made before they are forked, and shared with all of them."""

    def __init__(self, count: int) -> None:
        self._numbers = memoryview(mmap.mmap(-1, count * _BYTES)).cast("I")
        for place in range(count):
            self._numbers[place] = GONE

    def of(self, place: int) -> "Share":
        """Return the share of a process."""
        return Share(self._numbers, place)


class Share:
    """What one process tells, and what it knows of the others. One that is gone has no number."""

    def __init__(self, numbers: memoryview, place: int) -> None:
        self._numbers = numbers
        self._place = place

    def tell(self, connections: int) -> None:
        """Say how many connections there are here."""
        self._numbers[self._place] = connections

    def is_ahead(self) -> bool:
        """Tell whether another process has fewer."""
        mine: int = self._numbers[self._place]
        return mine > min(self._numbers)

    def leave(self) -> None:
        """Leave new connections to the others."""
        self._numbers[self._place] = GONE
