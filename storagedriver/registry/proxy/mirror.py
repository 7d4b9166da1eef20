"""A store that reads through to another registry, and keeps what it read."""

import httpx

from storagedriver.protocol import StorageDriver
from storagedriver.registry.proxy.asking import Asking
from storagedriver.registry.proxy.blobs import MirroredBlobs
from storagedriver.registry.proxy.fetching import Fetches
from storagedriver.registry.proxy.manifests import MirroredManifests
from storagedriver.registry.proxy.referrers import MirroredReferrers
from storagedriver.registry.proxy.settings import Proxy
from storagedriver.registry.proxy.tags import MirroredTags
from storagedriver.registry.proxy.upstream import Upstream
from storagedriver.registry.store import MIB, Store


class Mirror(Store):
    """A store of what another registry has. Nothing is to be pushed to it, or deleted.

    All is read through but for the catalog, which has what is kept. `transport` leads to the
    mirrored registry, in place of the network.
    """

    def __init__(
        self,
        driver: StorageDriver,
        proxy: Proxy,
        *,
        max_manifest: int = 4 * MIB,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(driver, max_manifest=max_manifest)
        self._upstream = Upstream(Asking(proxy, transport=transport), most=max_manifest)
        kept = self.blobs
        self._fetches = Fetches(self._upstream, kept, self.uploads)
        self.blobs = MirroredBlobs(driver, self._upstream, self._fetches)
        self.tags = MirroredTags(driver, self._upstream)
        self._mirrored = MirroredManifests(
            driver,
            kept,
            self.tags,
            self._threads,
            max_size=max_manifest,
            cache=self.cache,
            upstream=self._upstream,
        )
        self.referrers = MirroredReferrers(driver, self.manifests, self._mirrored, self._upstream)
        self.manifests = self._mirrored

    async def aclose(self) -> None:
        """Stop what is being fetched, and end the connections and threads."""
        await self._mirrored.aclose()
        await self._fetches.aclose()
        await self._upstream.aclose()
        await super().aclose()
