"""Contents to store: bytes that tell where they are from, so that no mixture goes unseen."""

import re
from functools import lru_cache
from random import Random

KEPT = 1024 * 1024


def body(size: int, seed: int = 0) -> bytes:
    """Return `size` bytes that depend on the seed and the position, the same ones each time."""
    return _cached(size, seed) if size <= KEPT else _made(size, seed)


def _made(size: int, seed: int) -> bytes:
    return Random(f"body {seed}").randbytes(size)  # noqa: S311 - to be told apart, not to be secret


@lru_cache(maxsize=64)
def _cached(size: int, seed: int) -> bytes:
    return _made(size, seed)


def described(content: bytes) -> str:
    """Say what a content is, in a few words."""
    if len(content) <= 24:  # noqa: PLR2004 - what fits a line
        return repr(content)
    return f"{len(content):,} bytes beginning with {content[:8]!r}"


# How `difference` tells of the bytes around a place: whoever shows them reads them so.
RULER = re.compile(
    r"they part at byte (?P<at>[\d,]+) of [\d,]+ and [\d,]+: "
    r"expected (?P<expected>[0-9a-f ]*), got (?P<actual>[0-9a-f ]*)"
)
BEFORE = 4


def difference(expected: bytes, actual: bytes) -> str:
    """Say where two contents part, with a ruler of bytes around the place."""
    shorter = min(len(expected), len(actual))
    at = next((i for i in range(shorter) if expected[i] != actual[i]), shorter)
    start = max(0, at - BEFORE)
    return (
        f"they part at byte {at:,} of {len(expected):,} and {len(actual):,}: "
        f"expected {expected[start : at + 8].hex(' ')}, got {actual[start : at + 8].hex(' ')}"
    )
