"""How many requests calls made to the backend, where a target counts them."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Counts = dict[str, Counter[int]]
"""How many calls of a method made how many requests."""


@dataclass(slots=True)
class Meter:
    """`counted` tells how many requests were made so far; it is None where nobody counts.

    `found` has what succeeded and ran alone: requests of calls at once cannot be told apart.
    """

    counted: Callable[[], int] | None = None
    found: Counts = field(default_factory=dict)
    _begun: int = 0
    _running: int = 0

    @contextmanager
    def call(self, method: str) -> Iterator[None]:
        """Count the requests made in this block for a call of a method."""
        if self.counted is None:
            yield
            return
        alone = self._running == 0
        self._begun += 1
        self._running += 1
        begun, before = self._begun, self.counted()
        try:
            yield
        finally:
            self._running -= 1
        if alone and begun == self._begun:
            self.found.setdefault(method, Counter())[self.counted() - before] += 1
