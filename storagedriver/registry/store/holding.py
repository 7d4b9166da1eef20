"""Bodies that are held until it is known how large they are: small ones are stored at once."""

from collections import deque
from collections.abc import AsyncIterator
from typing import Self

from storagedriver.registry.store.intake import PIECE


class Held:
    """A body that can be had whole if it is small; as an iterator, it gives what was not given."""

    def __init__(self, body: AsyncIterator[bytes]) -> None:
        self._body = body
        self._chunks: deque[bytes] = deque()
        self._goes_on = True

    async def whole(self) -> bytes | None:
        """Receive the body and return it; None where it is larger than a piece.

        In either case, and also when the body breaks, what came is still there to be iterated.
        """
        self._goes_on = False
        size = 0
        async for chunk in self._body:
            self._chunks.append(chunk)
            size += len(chunk)
            if size > PIECE:
                self._goes_on = True
                return None
        return b"".join(self._chunks)

    # No generator: one that is left before its end would be closed later, by a task of its own.
    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._chunks:
            return self._chunks.popleft()
        if self._goes_on:
            return await anext(self._body)
        raise StopAsyncIteration
