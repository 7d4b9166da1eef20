"""What is done about queues each second: renewing claims, dropping, deleting, taking over."""

import asyncio
import logging
from collections.abc import Callable, Mapping

from storagedriver.errors import StorageDriverError
from storagedriver.registry.configuration.events import Settings
from storagedriver.registry.notifications.claims import QueueLostError, clock
from storagedriver.registry.notifications.counts import Counts
from storagedriver.registry.notifications.delivery import wanted
from storagedriver.registry.notifications.pulls import Pulls
from storagedriver.registry.notifications.queue import Queue
from storagedriver.registry.notifications.queues import RENEWED_SHARE, Queues

LONGEST_PAUSE = 1.0
"""How many seconds pass between two rounds at most; a crash repeats what was sent in one."""

_DROPPED = 64  # entries of an endpoint that are dropped before claims are looked after again
_log = logging.getLogger(__name__)


class Keeper:
    """Looks after all queues that are delivered here."""

    def __init__(
        self,
        queues: Queues,
        pulls: Pulls,
        settings: Settings,
        counts: Mapping[str, Counts],
        *,
        now: Callable[[], float] = clock,
    ) -> None:
        self._queues = queues
        self._pulls = pulls
        self._settings = settings
        self._counts = counts
        self._now = now
        self._looked = now() - settings.lease
        self._is_failing = False

    async def run(self) -> None:
        """Do a round now and then until cancelled; a failure is logged once until it is over."""
        pause = min(LONGEST_PAUSE, self._settings.lease * RENEWED_SHARE)
        while True:
            is_more = False
            try:
                is_more = await self.round()
                self._is_failing = False
            except StorageDriverError as error:
                if not self._is_failing:
                    _log.warning("the queues of events wait for the storage: %s", error)
                self._is_failing = True
            except Exception:  # noqa: BLE001 - it goes on, whatever a driver raises
                _log.exception("the queues of events could not be looked after")
            await asyncio.sleep(0 if is_more else pause)

    async def round(self) -> bool:
        """Look after everything once; tell whether there is more to do at once."""
        for queue in [*self._queues]:
            await self._save(queue)
        await self._pulls.flush()
        more = [await self._clean(queue) for queue in [*self._queues]]
        is_due = self._now() - self._looked >= self._settings.lease
        if is_due or not self._queues.is_settled:
            await self._queues.look_around()
            self._looked = self._now()
        return any(more)

    async def release(self) -> None:
        """Give all queues up, so that the next registry takes them over at once."""
        await self._pulls.flush()
        for queue in [*self._queues]:
            try:
                while await queue.sweep():
                    pass
                if queue.is_drained:
                    await self._queues.remove(queue)
                else:
                    await queue.renew(released=True)
            except QueueLostError:
                self._queues.forget(queue)

    async def _save(self, queue: Queue) -> None:
        try:
            await queue.save(within=self._settings.lease * RENEWED_SHARE)
        except QueueLostError:
            self._queues.forget(queue)

    async def _clean(self, queue: Queue) -> bool:
        """Drop and delete some of what has to go; tell whether there is more of that."""
        is_more = await self._trim(queue)
        is_more |= await queue.sweep()
        if queue.is_drained and not is_more and not self._queues.is_own(queue):
            await self._queues.remove(queue)
        return is_more

    async def _trim(self, queue: Queue) -> bool:
        """Drop what an endpoint has too much of, oldest first; tell whether it has still."""
        is_more = False
        for endpoint in self._settings.active:
            excess = queue.pending(endpoint.name) - self._settings.most
            dropped = 0
            for _ in range(min(excess, _DROPPED)):
                number = queue.cursors.get(endpoint.name, queue.last) + 1
                dropped += len(wanted(await queue.read(number), endpoint))
                queue.advance(endpoint.name, number)
            if dropped:
                self._counts[endpoint.name].dead += dropped
                message = "%d events are dropped: the endpoint %s has more than %d entries to take"
                _log.error(message, dropped, endpoint.name, self._settings.most)
            is_more |= excess > _DROPPED
        return is_more
