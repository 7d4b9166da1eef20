"""All metrics of one registry, and the page that tells them."""

from prometheus_client import (
    CollectorRegistry,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.types import ASGIApp

from storagedriver.middleware.measuring import MeasuredDriver
from storagedriver.protocol import StorageDriver
from storagedriver.registry.api.errors import Headers
from storagedriver.registry.health.checks import Health
from storagedriver.registry.metrics import events
from storagedriver.registry.metrics.requests import CountedRequests
from storagedriver.registry.metrics.storage import StorageMeter
from storagedriver.registry.metrics.tallies import Tallies
from storagedriver.registry.notifications.service import Notifications
from storagedriver.registry.store.cache import ManifestCache


class Metrics:
    """The metrics of one app: `tallies` is where whoever has more to count adds it.

    `registry` is what prometheus_client collects from. No other app of the process has a part in
    it, but for what is the process's own.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.tallies = Tallies(self.registry)
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)

    def measured(self, driver: StorageDriver) -> StorageDriver:
        """Return a driver that does what this one does, and is measured."""
        return MeasuredDriver(driver, StorageMeter(self.tallies, driver=driver.name))

    def counted(self, app: ASGIApp, *, prefix: str = "") -> ASGIApp:
        """Return an app that does what this one does, below a path, and is counted."""
        return CountedRequests(app, self.tallies, prefix=prefix)

    def watch(self, cache: ManifestCache, health: Health) -> None:
        """Tell how often the cache helped, and how many checks fail."""
        text = "Manifests that were looked for in memory, and"
        self.tallies.count("registry_manifest_cache_hits", f"{text} were there", lambda: cache.hits)
        self.tallies.count(
            "registry_manifest_cache_misses", f"{text} were not", lambda: cache.misses
        )
        self.tallies.gauge(
            "registry_health_failing", "Health checks that fail", lambda: len(health.failing)
        )

    def watch_events(self, notifications: Notifications) -> None:
        """Tell what becomes of the events for each endpoint, and how much waits for it."""
        self.tallies.add(lambda: events.events(notifications.counts))
        self.tallies.add(lambda: events.statuses(notifications.counts))
        self.tallies.add(lambda: events.pending(notifications.pending()))

    def page(self) -> tuple[int, Headers, bytes]:
        """Give them all, in the text format of Prometheus."""
        headers = [(b"content-type", CONTENT_TYPE_LATEST.encode())]
        return 200, headers, generate_latest(self.registry)
