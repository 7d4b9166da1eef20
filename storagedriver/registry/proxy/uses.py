"""What is asked for of a mirror, and when: the times at which links were written tell it."""

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from storagedriver.errors import PathNotFoundError, PreconditionFailedError, StorageDriverError
from storagedriver.protocol import StorageDriver
from storagedriver.registry.store.digests import Digest
from storagedriver.registry.store.garbage.digestset import DigestSet

MOST_LINKS = 10_000

_SHARE = 10
_log = logging.getLogger(__name__)


class Uses:
    """Writes links anew that are asked for, so that none that was in the last `ttl` is older.

    It is that and `grain`, a tenth of it: a link that was written within the latter is left as it
    is. Both are zero where nothing expires, and nothing is written. When the `most` links that were
    asked for last were written is remembered. `now` tells the time, aware.
    """

    def __init__(
        self,
        driver: StorageDriver,
        *,
        ttl: timedelta,
        now: Callable[[], datetime],
        most: int = MOST_LINKS,
    ) -> None:
        self.ttl = ttl
        self.grain = ttl / _SHARE
        self._driver = driver
        self._now = now
        self._most = most
        self._written: OrderedDict[str, datetime] = OrderedDict()
        self._spared: DigestSet | None = None

    async def note(self, *links: str) -> None:
        """Take note that links are asked for. What the storage does not take is only logged."""
        for link in links:
            if not self.ttl or self.is_new(link):
                continue
            self._written[link] = self._now()  # before anything is awaited: once for all who ask
            try:
                self._written[link] = await self._renewed(link)
            except StorageDriverError as error:
                _log.warning("that %s was asked for cannot be written down: %s", link, error)
            self._written.move_to_end(link)
            while len(self._written) > self._most:
                self._written.popitem(last=False)

    def is_new(self, link: str) -> bool:
        """Tell whether a link is known to have been written lately."""
        written = self._written.get(link)
        return written is not None and self._now() - written < self.grain

    @contextmanager
    def sparing(self) -> Iterator[Callable[[Digest], bool]]:
        """Give what tells, in this block, whether a digest was asked for since it began."""
        self._spared = DigestSet()
        try:
            yield self._spared.__contains__
        finally:
            self._spared = None

    @property
    def is_sparing(self) -> bool:
        """Whether there is such a block now."""
        return self._spared is not None

    def spare(self, digests: Iterable[Digest]) -> None:
        """Say in such a block that digests are asked for."""
        if self._spared is not None:
            self._spared.update(digests)

    async def _renewed(self, link: str) -> datetime:
        """Write a link anew if it is time, and return when it was written."""
        now = self._now()
        is_conditional = bool(self._driver.capabilities.conditional_put)
        try:
            info = await self._driver.stat(link)
            if info.modified is None or now - info.modified < self.grain:
                return info.modified or now
            content = await self._driver.get_content(link)
            version = info.version if is_conditional else None
            await self._driver.put_content(link, content, if_match=version)
        except (PathNotFoundError, PreconditionFailedError):
            pass  # removed, or written by somebody else
        return now
