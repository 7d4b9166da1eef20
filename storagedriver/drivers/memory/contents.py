"""Bytes in pieces, so that no step over them takes long, however many they are."""

import asyncio
from collections.abc import Iterator, Sequence
from io import BytesIO

from storagedriver.protocol import Content

PIECE = 1 << 20


class Buffer:
    """Bytes that grow at their end.

    Small chunks are gathered into pieces, as each bytes object costs some 40 bytes of its own.
    """

    def __init__(self) -> None:
        self.size = 0
        self._pieces: list[bytes] = []
        self._tail = bytearray()

    def extend(self, pieces: Sequence[bytes]) -> None:
        """Add to the end."""
        for piece in pieces:
            self.size += len(piece)
            if len(piece) >= PIECE:
                self._seal()
                self._pieces.append(piece)
            else:
                self._tail += piece
                if len(self._tail) >= PIECE:
                    self._seal()

    def pieces(self) -> tuple[bytes, ...]:
        """Return all of it, which later additions do not change."""
        self._seal()
        return tuple(self._pieces)

    def _seal(self) -> None:
        """Make the gathered tail a piece."""
        if self._tail:
            self._pieces.append(bytes(self._tail))
            self._tail.clear()


async def copied(content: Content) -> tuple[bytes, ...]:
    """Return the content in pieces that nobody can change, letting the loop run meanwhile."""
    if isinstance(content, bytes):
        return (bytes(content),) if content else ()
    view = memoryview(content)
    pieces = []
    for start in range(0, len(view), PIECE):
        pieces.append(bytes(view[start : start + PIECE]))
        if len(pieces) > 1:
            await asyncio.sleep(0)
    return tuple(pieces)


async def joined(pieces: Sequence[bytes]) -> bytes:
    """Return the pieces as one, letting the loop run meanwhile."""
    if len(pieces) == 1:
        return pieces[0]
    # BytesIO grows in place, and its value is not copied again at the end.
    whole = BytesIO()
    for piece in pieces:
        whole.write(piece)
        await asyncio.sleep(0)
    return whole.getvalue()


def span(pieces: Sequence[bytes], start: int, stop: int) -> Iterator[bytes]:
    """Give the bytes from `start` up to `stop`, at most `PIECE` of them at a time."""
    begin = 0
    for piece in pieces:
        first, last = max(start - begin, 0), min(stop - begin, len(piece))
        for cut in range(first, last, PIECE):
            yield piece[cut : min(cut + PIECE, last)]
        begin += len(piece)
