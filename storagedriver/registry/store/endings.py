"""The ends of uploads that are under way: a client that asks for one again waits for the same.

Verifying and copying can take longer than a client waits. It then asks once more, and what it asks
for goes on, whoever has gone away: it ends when nobody waits for it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, Self

from storagedriver.aio import to_the_end
from storagedriver.registry.store.digests import Digest
from storagedriver.registry.store.records import Descriptor
from storagedriver.registry.store.sessions import Key, occupied_error

Work = Callable[[AsyncIterator[bytes]], Coroutine[Any, Any, Descriptor]]


class Endings:
    """The ends under way in this process, one at most of each upload."""

    def __init__(self) -> None:
        self._running: dict[Key, _Ending] = {}

    async def reach(
        self, key: Key, digest: Digest, body: AsyncIterator[bytes], work: Work
    ) -> Descriptor:
        """Do `work` with a body and return what it does; or wait for the end that is under way.

        That is waited for if it is for the same digest, has its whole body, and this one is empty.

        Raises `UploadInvalidError` where it is not.
        """
        running = self._running.get(key)
        if running is None:
            running = self._begun(key, digest, body, work)
        elif not running.takes_in(digest) or await _has_any(body) or not running.takes_in(digest):
            raise occupied_error()
        return await running.outcome()

    def _begun(self, key: Key, digest: Digest, body: AsyncIterator[bytes], work: Work) -> "_Ending":
        ending = self._running[key] = _Ending(digest, body, work)
        ending.task.add_done_callback(lambda _: self._running.pop(key))
        return ending


class _Ending:
    """One end under way, and how many wait for it."""

    def __init__(self, digest: Digest, body: AsyncIterator[bytes], work: Work) -> None:
        self._digest = digest
        self._body = _Taken(body)
        self._waiting = 0
        self._is_left = False
        self.task = asyncio.create_task(work(self._body))

    def takes_in(self, digest: Digest) -> bool:
        """Tell whether one more may wait for it."""
        return self._body.is_whole and not self._is_left and digest == self._digest

    async def outcome(self) -> Descriptor:
        """Wait for it; the last one who is cancelled ends it."""
        self._waiting += 1
        try:
            await asyncio.wait([self.task])
        finally:
            self._waiting -= 1
            if not self._waiting and not self.task.done():
                self._is_left = True
                self.task.cancel()
                await to_the_end(_ended(self.task))
        return self.task.result()


class _Taken:
    """A body that tells whether all of it came."""

    def __init__(self, body: AsyncIterator[bytes]) -> None:
        self._body = body
        self.is_whole = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        try:
            return await anext(self._body)
        except StopAsyncIteration:
            self.is_whole = True
            raise


async def _has_any(body: AsyncIterator[bytes]) -> bool:
    async for chunk in body:
        if chunk:
            return True
    return False


async def _ended(task: "asyncio.Task[Descriptor]") -> None:
    """Wait for a task; what it raises is dropped."""
    await asyncio.wait([task])
    if not task.cancelled():
        task.exception()
