"""Names in order, from any one on: those that a file system has just given, and those kept."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import islice
from sys import getsizeof

MANY = 1024
"""From so many names on, the first ones are found without sorting the others."""

# So many names, spread over all of them, tell about where the first 3 % end.
_SAMPLE = 256
_FIRST = 8
_BLOCK = 128
# No name has it, and it comes before all that a name has.
_BETWEEN = "\0"


class GivenNames:
    """The names in a directory, as they lie there."""

    __slots__ = ("_names",)

    def __init__(self, names: list[str]) -> None:
        self._names = names

    def starting(self, first: str) -> Iterator[str]:
        """Give them ascending, from `first` on; of many, few are sorted until more are wanted."""
        names = [name for name in self._names if name >= first] if first else self._names
        if len(names) >= MANY:
            # A sort of 100,000 takes 30 ms, in which no other thread runs; this takes 3 ms, however
            # the names lie.
            bound = sorted(names[:: len(names) // _SAMPLE])[_FIRST]
            yield from sorted([name for name in names if name <= bound])
            names = [name for name in names if name > bound]
        yield from sorted(names)


class KeptNames:
    """Names that are sorted already, in little memory: about a byte for each letter.

    `bytes_held` says how much.
    """

    __slots__ = ("_blocks", "bytes_held")

    def __init__(self, ascending: Sequence[str]) -> None:
        self._blocks = [
            _BETWEEN.join(ascending[start : start + _BLOCK])
            for start in range(0, len(ascending), _BLOCK)
        ]
        self.bytes_held = getsizeof(self._blocks) + sum(map(getsizeof, self._blocks))

    def starting(self, first: str) -> Iterator[str]:
        """Give them ascending, from `first` on."""
        # A block compares with a name as the block's first name does.
        block = max(0, bisect_right(self._blocks, first) - 1)
        for names in islice(self._blocks, block, None):
            yield from (name for name in names.split(_BETWEEN) if name >= first)
