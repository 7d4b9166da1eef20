"""Requests to a service: at most so many at once, and again while they may succeed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

from storagedriver.errors import StorageUnavailableError
from storagedriver.retry import Retries

T = TypeVar("T")

SLOWEST = 1 << 17
"""How many bytes a second have to be sent, beside the time that an answer may take."""


class Calls:
    """The requests of one driver: at most `most` at once, and one more waits `pool_timeout`."""

    def __init__(self, retries: Retries, *, most: int, pool_timeout: float) -> None:
        self._retries = retries
        # aiohttp has no time-out of its own for waiting for a connection.
        self._slots = asyncio.Semaphore(most)
        self._most = most
        self._pool_timeout = pool_timeout

    async def run(
        self,
        call: Callable[[], Awaitable[T]],
        *,
        look: Callable[[], Awaitable[T | None]] | None = None,
    ) -> T:
        """Make a request, and again while it may succeed; `look` as in `Retries`."""

        async def once() -> T:
            async with self.slot():
                return await call()

        return await self._retries.run(once, look=look)

    async def again(self, call: Callable[[], Awaitable[T]]) -> T:
        """Await a call that takes a slot by itself, and again while it may succeed."""
        return await self._retries.run(call)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Hold one of the connections within the block."""
        try:
            async with asyncio.timeout(self._pool_timeout):
                await self._slots.acquire()
        except TimeoutError as error:
            raise StorageUnavailableError(
                f"all {self._most} connections are in use: close readers, or see maxconnections"
            ) from error
        try:
            yield
        finally:
            self._slots.release()


class Look(Generic[T]):
    """A look whether a request was done whose answer was lost, that knows whether it was needed."""

    def __init__(self, find: Callable[[], Awaitable[T | None]]) -> None:
        self._find = find
        self.was_needed = False

    async def __call__(self) -> T | None:
        """Look."""
        self.was_needed = True
        return await self._find()
