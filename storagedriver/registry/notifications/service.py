"""Notifications at work: events come in from requests, and go out to endpoints."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from uuid import uuid4

from storagedriver.errors import StorageDriverError
from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver
from storagedriver.registry import requestids
from storagedriver.registry.api.exchange import Exchange
from storagedriver.registry.api.happenings import Happening
from storagedriver.registry.configuration.events import Settings
from storagedriver.registry.notifications.counts import Counts
from storagedriver.registry.notifications.delivery import Delivery, Post
from storagedriver.registry.notifications.envelope import (
    Asked,
    Event,
    Source,
    event,
    references_in,
)
from storagedriver.registry.notifications.keeping import Keeper
from storagedriver.registry.notifications.pulls import Pulls
from storagedriver.registry.notifications.queues import Queues

_MEMORY = 16 * 2**20  # bytes of pulls that a read-only registry holds
_INLINE = 2**16  # bytes of a manifest that are read faster here than in a thread
_PATIENCE = 5.0  # seconds that the last requests, and then the storage, have at the end
_log = logging.getLogger(__name__)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Notifications:
    """A listener that queues events in the storage and posts them to endpoints.

    `address` is what events say that they come from. Where the storage is not `writable`, there are
    only pulls, and these are queued in memory. `counts` has what became of each endpoint's events.

    Nothing is queued or sent but while `running`.
    """

    def __init__(
        self,
        driver: StorageDriver,
        settings: Settings,
        *,
        address: str,
        writable: bool = True,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self.counts: Mapping[str, Counts] = {each.name: Counts() for each in settings.active}
        self._driver = driver
        self._settings = settings
        self._writable = writable
        self._now = now
        self._source = Source(address=address, instance=str(uuid4()))
        self._queues: Queues | None = None
        self._pulls: Pulls | None = None

    def pending(self) -> dict[str, int]:
        """Tell how many entries wait for each endpoint, in all queues that are delivered here."""
        queues = [] if self._queues is None else [*self._queues]
        return {name: sum(queue.pending(name) for queue in queues) for name in self.counts}

    async def changed(self, exchange: Exchange, happenings: Sequence[Happening]) -> None:
        """Queue what a request changed, as one entry, durably. Errors are the storage's."""
        events = await self._events(exchange, happenings)
        if not events:
            return
        if self._queues is None:
            message = "notifications are configured, and the app's lifespan does not run them"
            raise RuntimeError(message)
        await self._queues.append(json.dumps(events).encode())
        self._count(events)

    @property
    def hears_pulls(self) -> bool:
        """Whether they run."""
        return self._pulls is not None

    async def pulled(self, exchange: Exchange, happening: Happening) -> None:
        """Gather a pull, for the entry that is queued within a second."""
        if self._pulls is None:
            return
        events = await self._events(exchange, [happening])
        for each in events:
            self._pulls.add(json.dumps(each))
        self._count(events)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Queue and send while in the block; what is not delivered by its end stays queued."""
        from storagedriver.registry.notifications.sending import (  # noqa: PLC0415 - it brings httpx, a third of a start's time, which few need
            open_client,
            post,
        )

        async with AsyncExitStack() as stack:
            driver = self._driver
            if not self._writable:
                opened = open_driver("memory", max_bytes=_MEMORY)
                driver = await stack.enter_async_context(opened)
            client = await stack.enter_async_context(open_client())
            queues = Queues(driver, self._settings)
            pulls = Pulls(queues)
            keeper = Keeper(queues, pulls, self._settings, self.counts)
            self._queues, self._pulls = queues, pulls
            async with _tasks(keeper, self._deliveries(queues, partial(post, client))):
                try:
                    yield
                finally:
                    self._queues = self._pulls = None

    def _deliveries(self, queues: Queues, send: Post) -> list[Delivery]:
        return [
            Delivery(endpoint, queues, self.counts[endpoint.name], send)
            for endpoint in self._settings.active
        ]

    async def _events(self, exchange: Exchange, happenings: Sequence[Happening]) -> list[Event]:
        """Return the events that any endpoint wants of what a request did."""
        asked = Asked.by(exchange, requestids.current() or str(uuid4()))
        at = self._now()
        return [
            event(
                each,
                asked,
                self._source,
                identifier=str(uuid4()),
                at=at,
                references=await self._references(each),
            )
            for each in happenings
            if any(one.wants(each.action, each.media_type) for one in self._settings.active)
        ]

    async def _references(self, happening: Happening) -> list[object]:
        content = happening.content
        if content is None or not self._settings.references:
            return []
        if len(content) <= _INLINE:
            return references_in(content)
        return await asyncio.to_thread(references_in, content)

    def _count(self, events: Sequence[Event]) -> None:
        for endpoint in self._settings.active:
            self.counts[endpoint.name].events += sum(
                endpoint.wants(each["action"], each["target"]["mediaType"]) for each in events
            )


@asynccontextmanager
async def _tasks(keeper: Keeper, deliveries: Sequence[Delivery]) -> AsyncIterator[None]:
    """Run everything while in the block; then end it, and give the queues up."""
    keeping = asyncio.create_task(keeper.run())
    delivering = [asyncio.create_task(delivery.run()) for delivery in deliveries]
    try:
        yield
    finally:
        keeping.cancel()
        for delivery, task in zip(deliveries, delivering, strict=True):
            if not delivery.stop():
                task.cancel()
        # What is being sent would be sent again, so that its answer is worth a while.
        await asyncio.wait([keeping, *delivering], timeout=_PATIENCE)
        for task in delivering:
            task.cancel()
        await asyncio.wait([keeping, *delivering])
        try:
            async with asyncio.timeout(_PATIENCE):
                await keeper.release()
        except (StorageDriverError, TimeoutError) as error:
            _log.warning("the queues of events are taken over after a while: %s", error)
