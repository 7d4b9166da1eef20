"""Digests: what content is named by."""

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache

from storagedriver.registry.store.errors import DigestInvalidError, shown

LENGTHS = {"sha256": 64, "sha512": 128}
"""The algorithms that are taken, each with the number of hexadecimal digits of its digests."""

CANONICAL = "sha256"

_UNSUPPORTED = f"this algorithm is not supported; {' and '.join(LENGTHS)} are"
_DIGEST = re.compile(r"[a-z0-9]+(?:[+._-][a-z0-9]+)*:[A-Za-z0-9=_-]+")
_HEX = re.compile(r"[0-9a-f]+")


@dataclass(frozen=True, slots=True, order=True)
class Digest:
    """An algorithm and the lower-case hexadecimal digits that it gave."""

    algorithm: str
    encoded: str

    @staticmethod
    @lru_cache(maxsize=1024)  # a link that is read names what was asked for a moment ago
    def parse(text: str) -> "Digest":
        """Read `algorithm:encoded`; raise `DigestInvalidError` where it is not that."""
        algorithm, _, encoded = text.partition(":")
        if len(encoded) != LENGTHS.get(algorithm) or not _HEX.fullmatch(encoded):
            raise DigestInvalidError(_mistake(text), detail={"digest": shown(text)})
        return Digest(algorithm, encoded)

    @staticmethod
    def of(content: bytes, algorithm: str = CANONICAL) -> "Digest":
        """Compute the digest of `content` by `algorithm`, one of `LENGTHS`."""
        return Digest(algorithm, hashlib.new(algorithm, content).hexdigest())

    def __hash__(self) -> int:
        return hash(self.encoded)

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.encoded}"


def check_algorithm(algorithm: str) -> None:
    """Raise `DigestInvalidError` unless this algorithm is one of `LENGTHS`."""
    if algorithm not in LENGTHS:
        raise DigestInvalidError(_UNSUPPORTED, detail={"algorithm": shown(algorithm)})


def _mistake(text: str) -> str:
    """Say what is wrong with a digest that is wrong."""
    if not _DIGEST.fullmatch(text):
        return "a digest is written algorithm:hex"
    algorithm = text.partition(":")[0]
    if algorithm not in LENGTHS:
        return _UNSUPPORTED
    return f"a {algorithm} digest has {LENGTHS[algorithm]} lower-case hexadecimal digits"
