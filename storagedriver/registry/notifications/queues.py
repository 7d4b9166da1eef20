"""The queues that this process delivers: its own, and those of registries that ended or died."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import uuid4

from storagedriver.errors import PathNotFoundError
from storagedriver.paths import name_of
from storagedriver.protocol import StorageDriver
from storagedriver.registry.configuration.events import Settings
from storagedriver.registry.notifications.claims import (
    Claim,
    QueueLostError,
    Sight,
    clock,
    look,
)
from storagedriver.registry.notifications.queue import ROOT, Queue, numbers_in, owner_path

RENEWED_SHARE = 1 / 3
"""After which share of a lease it is renewed."""

_log = logging.getLogger(__name__)


class Bell:
    """Wakes everybody who waits for it."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Wake those who wait now."""
        self._event.set()
        self._event = asyncio.Event()

    async def wait(self) -> None:
        """Wait until it rings."""
        await self._event.wait()


class _Watch(NamedTuple):
    version: str | None
    since: float


class Queues:
    """All queues that are delivered here. `bell` rings when one of them may have a next entry.

    The own queue is made when it is first needed, and again when it was lost. It is delivered after
    the others, and not before it is known which of those that were there at the start belong to
    nobody: so a registry that is started again delivers what it left behind before what is new.
    """

    def __init__(
        self, driver: StorageDriver, settings: Settings, *, now: Callable[[], float] = clock
    ) -> None:
        self.bell = Bell()
        self._driver = driver
        self._endpoints = [endpoint.name for endpoint in settings.active]
        self._lease = settings.lease
        self._now = now
        self._token = uuid4().hex
        self._own: Queue | None = None
        self._own_name = ""
        self._opening = asyncio.Lock()
        self._taken: dict[str, Queue] = {}
        self._watched: dict[str, _Watch] = {}
        self._undecided: set[str] | None = None

    @property
    def is_settled(self) -> bool:
        """Tell whether it is known which of the queues found at the start belong to nobody."""
        return self._undecided is not None and not self._undecided

    def __iter__(self) -> Iterator[Queue]:
        """Give the queues in the order in which they are delivered."""
        yield from (self._taken[name] for name in sorted(self._taken))
        if self._own is not None:
            yield self._own

    def next(self, endpoint: str) -> tuple[Queue, int] | None:
        """Return the queue and number of the entry that an endpoint is to get next, if any is."""
        for queue in self:
            cursor = queue.cursors.get(endpoint, queue.settled)
            if cursor < queue.settled and (queue is not self._own or self.is_settled):
                return queue, cursor + 1
        return None

    async def append(self, content: bytes) -> None:
        """Add an entry to the own queue, durably."""
        while True:
            queue = await self._opened()
            try:
                await queue.append(content)
            except QueueLostError:
                # What was added to it is delivered by whoever has it now, or not: so once more.
                self.forget(queue)
            else:
                return
            finally:
                self.bell.ring()  # a failure, too, lets through what was added after it

    def forget(self, queue: Queue) -> None:
        """Leave a queue that was lost to whoever has it."""
        if any(queue is each for each in self):
            _log.warning("the queue of events %s was taken over by another registry", queue.name)
        self._drop(queue)

    async def remove(self, queue: Queue) -> None:
        """Remove a queue of another that has nothing left."""
        await queue.remove()
        self._drop(queue)

    def is_own(self, queue: Queue) -> bool:
        """Tell whether entries may still be added to it."""
        return queue is self._own

    async def look_around(self) -> None:
        """Look for queues of others, and take over those that belong to nobody."""
        names = await self._names()
        if self._undecided is None:
            self._undecided = set(names)
        self._undecided &= set(names)
        self._watched = {name: self._watched[name] for name in names if name in self._watched}
        for name in names:
            await self._look_at(name)
        if self.is_settled:
            self.bell.ring()

    async def _names(self) -> list[str]:
        try:
            names = [name_of(info.path) async for info in self._driver.list(ROOT) if info.is_dir]
        except PathNotFoundError:
            return []
        return [name for name in names if name != self._own_name and name not in self._taken]

    async def _look_at(self, name: str) -> None:
        """Take a queue over if its owner gave it up, or was not heard of for the whole lease."""
        seen = await look(self._driver, owner_path(name))
        watch = self._watched.get(name)
        # An own one, that is not held, is what failed to be made or taken over, and was after all.
        if not (seen.owner.released or seen.owner.owner == self._token):
            if watch is None or watch.version != seen.version:
                self._watched[name] = _Watch(seen.version, self._now())
                if watch is not None:
                    self._decide(name)  # somebody renews it
                return
            if self._now() - watch.since < max(self._lease, seen.owner.lease):
                return
        await self._take(name, seen)

    async def _take(self, name: str, seen: Sight) -> None:
        claim = self._claim(name)
        known = seen.owner.cursors
        # Without an owner's file nobody knows how far anyone is: all of it is delivered again.
        endpoints = [each for each in self._endpoints if not seen.owner.owner or each in known]
        cursors = {each: known.get(each, 0) for each in endpoints}
        if not await claim.take(seen, cursors):
            self._decide(name)  # somebody was faster
            return
        first, last = await numbers_in(self._driver, name)
        cursors = {each: max(cursor, first - 1) for each, cursor in cursors.items()}
        _log.info("the queue of events %s is taken over, up to entry %d", name, last)
        self._taken[name] = Queue(
            self._driver, name, claim, cursors=cursors, first=first, last=last
        )
        self._decide(name)
        self.bell.ring()

    async def _opened(self) -> Queue:
        async with self._opening:
            if self._own is None or self._own.is_lost:
                self._own = await self._made()
            return self._own

    async def _made(self) -> Queue:
        # By name, queues are in the order in which they were made.
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{uuid4().hex[:12]}"
        self._own_name = name  # before it is there, so that it is not taken for somebody else's
        claim = self._claim(name)
        cursors = dict.fromkeys(self._endpoints, 0)
        await claim.make(cursors)
        return Queue(self._driver, name, claim, cursors=cursors)

    def _claim(self, name: str) -> Claim:
        path = owner_path(name)
        return Claim(self._driver, path, token=self._token, lease=self._lease, now=self._now)

    def _decide(self, name: str) -> None:
        if self._undecided is not None:
            self._undecided.discard(name)

    def _drop(self, queue: Queue) -> None:
        self._taken.pop(queue.name, None)
        if queue is self._own:
            self._own, self._own_name = None, ""
        self.bell.ring()
