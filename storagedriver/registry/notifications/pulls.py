"""Pulls: gathered in memory, and queued together once a second."""

import logging

from storagedriver.errors import StorageFullError
from storagedriver.registry.notifications.queues import Queues

_MOST = 4096
_MOST_BYTES = 4 * 2**20
_AT_ONCE = 256
_log = logging.getLogger(__name__)


class Pulls:
    """Events of pulls, as JSON, that are not queued yet; at most 4096 of them and 4 MiB wait."""

    def __init__(self, queues: Queues) -> None:
        self._queues = queues
        self._waiting: list[str] = []
        self._size = 0
        self._lost = 0

    def add(self, event: str) -> None:
        """Take an event, unless too many wait."""
        if len(self._waiting) >= _MOST or self._size + len(event) > _MOST_BYTES:
            self._lost += 1
            return
        self._waiting.append(event)
        self._size += len(event)

    async def flush(self) -> None:
        """Queue what waits; what storage does not take now waits on."""
        while self._waiting:
            events = self._waiting[:_AT_ONCE]
            try:
                await self._queues.append(f"[{','.join(events)}]".encode())
            except StorageFullError:
                self._lost += len(events)
            del self._waiting[: len(events)]
            self._size -= sum(map(len, events))
        if self._lost:
            _log.warning("events of pulls are lost, as more came than can be kept: %d", self._lost)
            self._lost = 0
