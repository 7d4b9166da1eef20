"""The bytes of a fetch on their way into storage, for all who read along."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

ROOM = 4 * 2**20
"""About how many bytes of one fetch are held."""

PATIENCE = 30.0
"""How many seconds a fetch waits for whoever reads along to take a piece."""

_AT_THE_END = -1


@dataclass(slots=True, eq=False)
class Place:
    """How far somebody has read, in bytes."""

    at: int = 0


class Relay:
    """The last bytes of a fetch, about `room` of them.

    A fetch waits for its slowest reader, so that one that is alone gets all as it comes. It stops
    waiting as soon as somebody is too far behind, or came too late, to read along: who waits for
    its end is not to wait for another's slow line. Nor does it wait longer than `patience`
    seconds for one piece.
    """

    def __init__(self, *, room: int = ROOM, patience: float = PATIENCE) -> None:
        self._room = room
        self._patience = patience
        self._pieces: deque[bytes] = deque()
        self._first = 0
        self._end = 0
        self._is_over = False
        self._places: set[Place] = set()
        self._changed = asyncio.Event()

    @contextmanager
    def reading(self) -> Iterator[Place]:
        """Take a place, at the beginning, for as long as the block lasts."""
        place = Place()
        self._places.add(place)
        self._tell()
        try:
            yield place
        finally:
            self._places.discard(place)
            self._tell()

    def leave(self, place: Place) -> int:
        """Read along no more, but wait for the end; return how far that was."""
        at, place.at = place.at, _AT_THE_END
        self._tell()
        return at

    async def piece(self, place: Place) -> bytes | None:
        """Return the next bytes from a place on, once they came, without moving it.

        None where they are held no more, or no more come.
        """
        self._tell()
        while place.at >= self._end and not self._is_over:
            await self._changed.wait()
        if not self._first <= place.at < self._end:
            return None
        begin = self._end
        for piece in reversed(self._pieces):
            begin -= len(piece)
            if begin <= place.at:
                return piece[place.at - begin :]
        return None

    async def passing(self, chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
        """Give chunks on, and hold them for who reads along."""
        async for chunk in chunks:
            while self._pieces and self._end - self._first + len(chunk) > self._room:
                await self._taken(self._first + len(self._pieces[0]))
                self._first += len(self._pieces.popleft())
            self._pieces.append(chunk)
            self._end += len(chunk)
            self._tell()
            yield chunk

    def over(self) -> None:
        """Say that no more comes."""
        self._is_over = True
        self._pieces.clear()
        self._first = self._end
        self._tell()

    async def _taken(self, end: int) -> None:
        """Wait until nobody needs the held bytes before `end`, or is to be waited for."""
        try:
            async with asyncio.timeout(self._patience):
                while self._is_waited_for(end):
                    await self._changed.wait()
        except TimeoutError:
            return

    def _is_waited_for(self, end: int) -> bool:
        places = [place.at for place in self._places]
        return any(at < end for at in places) and all(at >= self._first for at in places)

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
