"""Bringing entries to one endpoint, in order and one at a time, however often that takes."""

import asyncio
import json
import logging
import random
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from storagedriver.errors import StorageDriverError
from storagedriver.registry.configuration.events import Endpoint
from storagedriver.registry.notifications.counts import Counts
from storagedriver.registry.notifications.envelope import Event, envelope
from storagedriver.registry.notifications.queue import Queue
from storagedriver.registry.notifications.queues import Queues

_STORAGE_PAUSE = 1.0  # seconds before storage that failed is read again
_log = logging.getLogger(__name__)


class Outcome(NamedTuple):
    """What became of a request: the answer's status, or in words why there was no answer."""

    status: int | None
    problem: str = ""

    @property
    def is_delivered(self) -> bool:
        """Tell whether the endpoint took it. It did not where it leads elsewhere."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - what HTTP calls successful

    def __str__(self) -> str:
        return self.problem or f"it answers {self.status}"


Post = Callable[[Endpoint, bytes], Awaitable[Outcome]]


class Delivery:
    """What one endpoint gets. The waiting and the chance, from 0 to 1, are passed in by tests."""

    def __init__(
        self,
        endpoint: Endpoint,
        queues: Queues,
        counts: Counts,
        post: Post,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._endpoint = endpoint
        self._queues = queues
        self._counts = counts
        self._post = post
        self._sleep = sleep
        self._chance = chance
        self._failed = 0
        self._is_stopping = False
        self._is_sending = False

    def stop(self) -> bool:
        """Begin nothing more; tell whether a request is under way, after which `run` ends."""
        self._is_stopping = True
        return self._is_sending

    async def run(self) -> None:
        """Deliver until stopped or cancelled."""
        while not self._is_stopping:
            try:
                if not await self.step():
                    await self._queues.bell.wait()
            except StorageDriverError as error:
                _log.warning("events cannot be read, which is tried again: %s", error)
                await self._sleep(_STORAGE_PAUSE)
            except Exception:  # noqa: BLE001 - it goes on, whatever a driver raises
                _log.exception("events cannot be delivered, which is tried again")
                await self._sleep(_STORAGE_PAUSE)

    async def step(self) -> bool:
        """Deliver the next entry, however long that takes; tell whether there was one."""
        found = self._queues.next(self._endpoint.name)
        if found is not None:
            await self._deliver(*found)
        return found is not None

    async def _deliver(self, queue: Queue, number: int) -> None:
        """Send an entry until it is taken, dropped, or somebody else's."""
        content = await queue.read(number)
        events = wanted(content, self._endpoint)
        body = envelope(events)
        while events and queue.cursors.get(self._endpoint.name, number) < number:
            if await self._try(body):
                self._counts.delivered += len(events)
                break
            if self._is_stopping:
                return
            if self._failed >= self._endpoint.threshold:
                await self._sleep(self._endpoint.backoff * (0.5 + self._chance()))
        queue.advance(self._endpoint.name, number)

    async def _try(self, body: bytes) -> bool:
        """Send once; tell whether it was taken. The first of several failures is logged."""
        self._is_sending = True
        try:
            outcome = await self._post(self._endpoint, body)
        finally:
            self._is_sending = False
        if outcome.status is not None:
            self._counts.statuses[outcome.status] += 1
        if outcome.is_delivered:
            if self._failed:
                _log.info("the endpoint %s takes events again", self._endpoint.name)
            self._failed = 0
            return True
        self._failed += 1
        if outcome.status is None:
            self._counts.errors += 1
        else:
            self._counts.failures += 1
        if self._failed == 1:
            message = "the endpoint %s takes no events, which are kept and sent again: %s"
            _log.warning(message, self._endpoint.name, outcome)
        return False


def wanted(content: bytes | None, endpoint: Endpoint) -> list[Event]:
    """Return the events of an entry that an endpoint is to get; a gap in a queue has none."""
    if content is None:
        return []
    try:
        events = json.loads(content)
        return [
            each for each in events if endpoint.wants(each["action"], each["target"]["mediaType"])
        ]
    except (ValueError, KeyError, TypeError):
        # Where the storage has no atomic put, a crash leaves such; it was not acknowledged.
        _log.warning("an entry of the queue of events holds none, and is passed over")
        return []
