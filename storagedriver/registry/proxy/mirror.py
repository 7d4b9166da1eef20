"""A store that reads through to another registry, and keeps what it read."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from typing import Self

import httpx

from storagedriver.protocol import StorageDriver
from storagedriver.registry.proxy.asking import Asking
from storagedriver.registry.proxy.blobs import MirroredBlobs
from storagedriver.registry.proxy.expiry import Expiry
from storagedriver.registry.proxy.fetching import Fetches
from storagedriver.registry.proxy.manifests import MirroredManifests
from storagedriver.registry.proxy.referrers import MirroredReferrers
from storagedriver.registry.proxy.settings import Proxy
from storagedriver.registry.proxy.tags import MirroredTags
from storagedriver.registry.proxy.upstream import Upstream
from storagedriver.registry.proxy.uses import Uses
from storagedriver.registry.repeating import repeated
from storagedriver.registry.store import MIB, Store, utc_now

_SOONEST = timedelta(minutes=1)
_LATEST = timedelta(days=1)


class Mirror(Store):
    """A store of what another registry has. Nothing is to be pushed to it, or deleted.

    All is read through but for the catalog, which has what is kept. `transport` leads to the
    mirrored registry, in place of the network.

    As an async context manager it removes, now and then, what expired, unless another process does;
    `expire` does it once.
    """

    def __init__(
        self,
        driver: StorageDriver,
        proxy: Proxy,
        *,
        max_manifest: int = 4 * MIB,
        transport: httpx.AsyncBaseTransport | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        super().__init__(driver, max_manifest=max_manifest, now=now)
        self._uses = Uses(driver, ttl=timedelta(seconds=proxy.ttl), now=now)
        self._expiry = Expiry(driver, self._uses, now=now)
        self._removes = proxy.removes and proxy.ttl > 0
        self._running = AsyncExitStack()
        self._upstream = Upstream(Asking(proxy, transport=transport), most=max_manifest)
        kept = self.blobs
        self._fetches = Fetches(self._upstream, kept, self.uploads)
        self.blobs = MirroredBlobs(driver, self._upstream, self._fetches, self._uses)
        self.tags = MirroredTags(driver, self._upstream)
        self._mirrored = MirroredManifests(
            driver,
            kept,
            self.tags,
            self._threads,
            max_size=max_manifest,
            cache=self.cache,
            upstream=self._upstream,
            uses=self._uses,
        )
        self.referrers = MirroredReferrers(driver, self.manifests, self._mirrored, self._upstream)
        self.manifests = self._mirrored

    async def expire(self) -> None:
        """Remove what was neither fetched nor asked for in the time that is configured."""
        if self._uses.ttl:
            await self._expiry.run()

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        if self._removes:
            every = min(max(self._uses.grain, _SOONEST), _LATEST).total_seconds()
            expiring = repeated("the expiry of what is mirrored", self.expire, every=every)
            await self._running.enter_async_context(expiring)
        return self

    async def aclose(self) -> None:
        """Stop what is being fetched and removed, and end the connections and threads."""
        await self._running.aclose()
        await self._mirrored.aclose()
        await self._fetches.aclose()
        await self._upstream.aclose()
        await super().aclose()
