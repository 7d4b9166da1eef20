"""The store: blobs, uploads, manifests, tags and the catalog, on any storage driver.

It knows no HTTP. What a client does wrong is a `StoreError`; what storage does wrong passes through
as an error of `storagedriver.errors`.

Writes are ordered so that a crash between any two leaves garbage at most: what a link leads to is
there before the link, and a tag goes before what it names.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from storagedriver.aio import Threads
from storagedriver.protocol import StorageDriver
from storagedriver.registry.store.blobs import Blobs
from storagedriver.registry.store.bounding import BoundedUploads
from storagedriver.registry.store.cache import ManifestCache
from storagedriver.registry.store.catalog import Catalog
from storagedriver.registry.store.digests import Digest
from storagedriver.registry.store.errors import StoreError
from storagedriver.registry.store.manifests import Manifests
from storagedriver.registry.store.records import Descriptor, Manifest, Page, Stored, Upload
from storagedriver.registry.store.referrers import Referrers
from storagedriver.registry.store.tags import Tags
from storagedriver.registry.store.uploads import Uploads
from storagedriver.registry.store.validation import Validation

__all__ = [
    "Descriptor",
    "Digest",
    "Manifest",
    "Page",
    "Store",
    "StoreError",
    "Stored",
    "Upload",
    "Validation",
]

MIB = 1024 * 1024
HASHING_THREADS = 4


def utc_now() -> datetime:
    """Tell the time."""
    return datetime.now(UTC)


class Store:
    """A registry's storage: `blobs`, `uploads`, `manifests`, `tags`, `referrers` and `catalog`.

    `cache` is what it remembers of manifests.

    `driver` is an open, guarded driver, which stays its owner's to close. `max_manifest` is how
    many bytes a pushed manifest may have, `cache_size` how many bytes of manifests are kept in
    memory, and `validation` how a pushed one is checked; with `schema_1`, signed ones of schema 1
    are taken too. `max_blob` is how many bytes a pushed blob may have, 0 for any number. `now`
    tells the time, aware and in UTC.

    Close it, by `aclose` or as an async context manager, to end its threads.
    """

    def __init__(
        self,
        driver: StorageDriver,
        *,
        max_manifest: int = 4 * MIB,
        cache_size: int = 16 * MIB,
        validation: Validation | None = None,
        schema_1: bool = False,
        max_blob: int = 0,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._threads = Threads("store", most=HASHING_THREADS)
        self.blobs = Blobs(driver)
        if max_blob:
            self.uploads: Uploads = BoundedUploads(
                driver, self.blobs, self._threads, now=now, most=max_blob
            )
        else:
            self.uploads = Uploads(driver, self.blobs, self._threads, now=now)
        self.tags = Tags(driver)
        self.cache = ManifestCache(cache_size)
        self.manifests = Manifests(
            driver,
            self.blobs,
            self.tags,
            self._threads,
            max_size=max_manifest,
            cache=self.cache,
            validation=validation or Validation(),
            schema_1=schema_1,
        )
        self.referrers = Referrers(driver, self.manifests)
        self.catalog = Catalog(driver)

    async def aclose(self) -> None:
        """End the threads; the driver stays open."""
        await self._threads.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()
