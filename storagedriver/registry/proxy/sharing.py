"""Questions that are asked once for all who want the answer at the same time."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from functools import partial
from typing import Any, Generic, TypeVar

from storagedriver.registry.proxy.errors import UpstreamUnavailableError

T = TypeVar("T")


class Shared(Generic[T]):
    """Work by keys; each runs to its end, even if all who wait for it are cancelled."""

    def __init__(self) -> None:
        self._running: dict[Hashable, asyncio.Task[T]] = {}

    async def result(self, key: Hashable, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Do work, or wait for the one with this key that runs; return or raise what it does.

        Raises `UpstreamUnavailableError` where `aclose` stopped it.
        """
        task = self._running.get(key)
        if task is None:
            task = asyncio.create_task(work())
            self._running[key] = task
            task.add_done_callback(partial(self._end, key))
        await asyncio.wait([task])
        if task.cancelled():
            raise UpstreamUnavailableError
        return task.result()

    async def aclose(self) -> None:
        """Stop all that runs."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _end(self, key: Hashable, task: asyncio.Task[T]) -> None:
        del self._running[key]
        if not task.cancelled():
            task.exception()  # seen, though nobody may be there to be told
