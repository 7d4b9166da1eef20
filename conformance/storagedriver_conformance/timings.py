"""How long calls took, by method, counted in classes: small, and two of them are added up."""

from collections import Counter
from math import log2

# A class is 19 % wide: four of them double.
PER_DOUBLING = 4
MICRO = 1e-6

Times = dict[str, Counter[int]]


def note(times: Times, method: str, seconds: float) -> None:
    """Count a call of a method that took so long."""
    times.setdefault(method, Counter())[int(PER_DOUBLING * log2(max(seconds / MICRO, 1)))] += 1


def add(times: Times, more: Times) -> None:
    """Count other calls too."""
    for method, counted in more.items():
        times.setdefault(method, Counter()).update(counted)


def quantile(counted: Counter[int], share: float) -> float:
    """Return the seconds in which this share of the calls was done, to 10 %."""
    wanted = share * counted.total()
    below = 0
    for step in sorted(counted):
        below += counted[step]
        if below >= wanted:
            break
    return float(MICRO * 2 ** ((step + 0.5) / PER_DOUBLING))
