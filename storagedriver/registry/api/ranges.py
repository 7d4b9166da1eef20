"""The `Range` of a download and the `Content-Range` of an upload's chunk. All is pure."""

import re
from typing import NamedTuple

from storagedriver.registry.api.errors import ParameterInvalidError
from storagedriver.registry.store.errors import UploadInvalidError

MOST = 1024
"""How many ranges a request has at most: what pulls parts of layers, podman, asks for so many."""

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


def requested_ranges(text: str, size: int) -> list[Span] | None:
    """Read a `Range` header for content of `size` bytes; None asks for the whole.

    The spans come in the order in which they are asked for. Of several, those without a byte of
    the content are left out. A unit other than bytes and what cannot be read ask for the whole, as
    RFC 9110 allows; so do several ranges that overlap so much that the whole has fewer bytes.

    Raises `ParameterInvalidError` for more than `MOST` ranges, `RangeUnsatisfiableError` where
    there is no byte of the content: each range begins at or after the end, is backward, or asks for
    the last 0 bytes.
    """
    ranges = _ranges(text)
    if len(ranges) > MOST:
        raise ParameterInvalidError(f"a request has at most {MOST} ranges here")
    matches = [match for each in ranges if (match := _RANGE.fullmatch(each)) and match[0] != "-"]
    if not ranges or len(matches) < len(ranges):
        return None
    if size == 0 and any(not match[1] and _number(match[2]) for match in matches):
        return None  # the end of nothing is all of it
    spans = [span for match in matches if (span := _span(match[1], match[2], size)) is not None]
    if not spans:
        raise RangeUnsatisfiableError
    return spans if sum(span.length for span in spans) <= size else None


def is_plain(text: str) -> bool:
    """Tell whether a `Range` header has one range with a beginning.

    Storages answer that alike. Some know none that counts from the end, and give the whole.
    """
    ranges = _ranges(text)
    match = _RANGE.fullmatch(ranges[0]) if len(ranges) == 1 else None
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


def _ranges(text: str) -> list[str]:
    """Return the ranges of a `Range` header, unread; none where its unit is not bytes."""
    unit = _UNIT.fullmatch(text)
    return [part for part in map(_stripped, unit[1].split(",")) if part] if unit else []


def _span(first: str, last: str, size: int) -> Span | None:
    """Return the bytes that a range names; None where it has none of the content's."""
    if not first:
        begin, end = max(size - _number(last), 0), size - 1
    else:
        begin, end = _number(first), min(_number(last), size - 1) if last else size - 1
    return Span(begin, end) if begin <= end else None


def _number(digits: str) -> int:
    """Read a number; one that no content can have is as good as any other of its size."""
    digits = digits.lstrip("0")
    return int(digits or "0") if len(digits) <= _MOST_DIGITS else 10**_MOST_DIGITS


def _stripped(text: str) -> str:
    """Take off the white space that HTTP allows around a value."""
    return text.strip(" \t")
