"""The `Range` of a download and the `Content-Range` of an upload's chunk. All is pure."""

import re
from typing import NamedTuple

from storagedriver.registry.store.errors import UploadInvalidError

_UNIT = re.compile(r"bytes[ \t]*=(.*)", re.IGNORECASE | re.DOTALL)
_RANGE = re.compile(r"([0-9]*)-([0-9]*)")
_CHUNK = re.compile(r"(?:bytes[ \t]+)?([0-9]+)-([0-9]+)(?:/([0-9]+|\*))?", re.IGNORECASE)
_MOST_DIGITS = 18


class Span(NamedTuple):
    """A stretch of bytes: both ends belong to it."""

    first: int
    last: int

    @property
    def length(self) -> int:
        """How many bytes it has."""
        return self.last - self.first + 1


class RangeUnsatisfiableError(Exception):
    """The range has no byte of the content."""


def requested_range(text: str, size: int) -> Span | None:
    """Read a `Range` header for content of `size` bytes; None asks for the whole.

    A unit other than bytes, several ranges and what cannot be read ask for the whole, as RFC 9110
    allows. Raises `RangeUnsatisfiableError` for a range that begins at or after the end, that is
    backward, or that asks for the last 0 bytes.
    """
    unit = _UNIT.fullmatch(text)
    parts = [part for part in map(_stripped, unit[1].split(",")) if part] if unit else []
    match = _RANGE.fullmatch(parts[0]) if len(parts) == 1 else None
    if match is None or match[0] == "-":
        return None
    if not match[1]:
        return _suffix(_number(match[2]), size)
    first = _number(match[1])
    last = min(_number(match[2]), size - 1) if match[2] else size - 1
    if first > last:
        raise RangeUnsatisfiableError
    return Span(first, last)


def is_plain(text: str) -> bool:
    """Tell whether a `Range` header has one range with a beginning.

    Storages answer that alike. Some know none that counts from the end, and give the whole.
    """
    unit = _UNIT.fullmatch(text)
    match = _RANGE.fullmatch(_stripped(unit[1])) if unit else None
    return match is not None and bool(match[1])


def chunk_range(text: str) -> Span:
    """Read an upload's `Content-Range`: `a-b`, or the form of HTTP, `bytes a-b/size`.

    Raises `UploadInvalidError` where it is neither, or backward, or beyond its own size.
    """
    match = _CHUNK.fullmatch(_stripped(text))
    if match is None or max(len(match[1]), len(match[2])) > _MOST_DIGITS:
        raise UploadInvalidError("a Content-Range is written first-last, in bytes")
    span = Span(int(match[1]), int(match[2]))
    if span.first > span.last:
        raise UploadInvalidError("the Content-Range ends before it begins")
    if match[3] and match[3] != "*" and span.last >= _number(match[3]):
        raise UploadInvalidError("the Content-Range lies beyond its own size")
    return span


def _suffix(length: int, size: int) -> Span | None:
    """Return the last `length` bytes; an empty content has no span, and is given whole."""
    if length == 0:
        raise RangeUnsatisfiableError
    return Span(max(size - length, 0), size - 1) if size else None


def _number(digits: str) -> int:
    """Read a number; one that no content can have is as good as any other of its size."""
    digits = digits.lstrip("0")
    return int(digits or "0") if len(digits) <= _MOST_DIGITS else 10**_MOST_DIGITS


def _stripped(text: str) -> str:
    """Take off the white space that HTTP allows around a value."""
    return text.strip(" \t")
