"""Parts on their way: several are sent at once, and none is forgotten before it has arrived."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from storagedriver.drivers.objectstore.bodies import Bytes
from storagedriver.drivers.objectstore.concurrency import stop

Send = Callable[[int, Bytes], Awaitable[None]]


class Pipeline:
    """Sends at most so many parts at once, and holds no more of them than that.

    What could not be sent is kept, and sent again with the next call.
    """

    def __init__(self, send: Send, *, most: int) -> None:
        self._send = send
        self._most = most
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._bodies: dict[int, Bytes] = {}

    async def put(self, number: int, body: Bytes) -> None:
        """Take a part, as soon as there is room for it; nobody may change it from then on.

        If one before it cannot be sent, raises that error, and takes nothing.
        """
        while len(self._bodies) >= self._most or self._unsent():
            await self._turn()
        self._bodies[number] = body
        self._begin(number)

    async def drain(self) -> None:
        """Wait until all is sent; raises the error of what cannot be."""
        while self._bodies:
            await self._turn()

    async def stop(self) -> None:
        """Stop sending. What is on its way may arrive or not."""
        tasks = list(self._tasks.values())
        self._tasks.clear()
        await stop(tasks)

    async def _turn(self) -> None:
        """Wait for one part to arrive or to fail, those that failed before being sent again."""
        for number in self._unsent():
            self._begin(number)
        await asyncio.wait(self._tasks.values(), return_when=asyncio.FIRST_COMPLETED)
        failed: BaseException | None = None
        for number, task in list(self._tasks.items()):
            if task.done():
                del self._tasks[number]
                failed = failed or self._ended(number, task)
        if failed is not None:
            raise failed

    def _ended(self, number: int, task: "asyncio.Task[None]") -> BaseException | None:
        if task.cancelled():
            return None
        error = task.exception()
        if error is None:
            del self._bodies[number]
        return error

    def _unsent(self) -> list[int]:
        return [number for number in self._bodies if number not in self._tasks]

    def _begin(self, number: int) -> None:
        send = partial(self._send, number, self._bodies[number])
        self._tasks[number] = asyncio.ensure_future(send())
