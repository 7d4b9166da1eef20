"""The registry as an app that can be mounted in anyone's."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from storagedriver.errors import UnsupportedOperationError
from storagedriver.protocol import StorageDriver
from storagedriver.records import Capabilities
from storagedriver.registry.api.doors import Door, admitted, healthy
from storagedriver.registry.api.frame import Frame
from storagedriver.registry.api.happenings import NobodyListens
from storagedriver.registry.api.lists import Pages
from storagedriver.registry.api.places import Places
from storagedriver.registry.api.throttling import Rates, throttled
from storagedriver.registry.auth import AccessController
from storagedriver.registry.auth.opening import controller
from storagedriver.registry.configuration.config import Config
from storagedriver.registry.health.checks import Health
from storagedriver.registry.health.probes import health_of
from storagedriver.registry.listening import authority
from storagedriver.registry.maintenance import purging
from storagedriver.registry.notifications.service import Notifications
from storagedriver.registry.store import Store

if TYPE_CHECKING:
    import httpx

    from storagedriver.registry.metrics.collection import Metrics

_READ_ONLY = "the registry is read-only"
_MIRRORS = "this is a mirror: push to the registry that it mirrors, and delete there"


class _App(Starlette):
    """Starlette's app, which takes requests the short way to the frame while it has no other.

    What Starlette puts around its routes costs 4 µs, a twentieth of what a manifest's `GET` does.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the lifespan."""
        if scope["type"] != "http" or self.routes or self.user_middleware:
            await super().__call__(scope, receive, send)
        else:
            await self.router.default(scope, receive, send)


def create_app(
    driver: StorageDriver,
    config: Config | None = None,
    *,
    access: AccessController | None = None,
    upstream: "httpx.AsyncBaseTransport | None" = None,
) -> Starlette:
    """Return an ASGI app that serves the registry from `driver`, at `/v2/` below where it is put.

    `driver` is an open, guarded driver, which stays the caller's to close. In the app's lifespan
    abandoned uploads are purged and the checks of its health done, and its end is that of its
    threads; one that is mounted in another app has none: it purges and checks nothing, and ends its
    threads with itself. `access` decides who may do what, in place of what `config.auth` says, and
    is closed by whoever made it. `upstream` leads to the registry that `config.proxy` names, in
    place of the network.

    `app.state.health` tells what fails, a `Health`; `app.state.metrics` what is counted, `Metrics`
    or None; `app.state.notifications` is the `Notifications` where endpoints are configured, None
    otherwise. They need the lifespan: without it, changes are refused rather than told to nobody.

    Raises `UnsupportedOperationError` for a driver that lacks what a registry needs, `ConfigError`
    for files of `config.auth` that cannot be used.
    """
    if lacking := _lacking(driver.capabilities):
        message = f"a registry needs {' and '.join(lacking)}, which this driver lacks"
        raise UnsupportedOperationError(message, driver=driver.name)
    settings = config or Config()
    metrics = _metrics() if settings.debug.metrics else None
    if metrics is not None:
        driver = metrics.measured(driver)
    health = health_of(driver, settings.health)
    own = None if access is not None or settings.auth is None else controller(settings.auth)
    writable = bool(driver.capabilities.writable) and not settings.read_only
    store = _store(driver, settings, upstream, writable=writable)
    notifications = _notifications(driver, settings, writable=writable)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        purges = writable and settings.purge_uploads
        async with (
            own or nullcontext(),
            store,
            purging(driver, store.uploads, settings) if purges else nullcontext(),
            notifications.running() if notifications else nullcontext(),
            health.watched(),
        ):
            yield

    app = _App(lifespan=lifespan)
    app.state.notifications = notifications
    # The frame takes what no other route does, and reads paths by itself.
    app.router.redirect_slashes = False
    frame = _frame(
        settings,
        store,
        notifications,
        own if access is None else access,
        writable=writable,
        redirects=settings.redirect and bool(driver.capabilities.redirect),
    )
    if metrics is not None:
        metrics.watch(store.cache, health)
        if notifications is not None:
            metrics.watch_events(notifications)
    app.router.default = _guarded(frame, settings, health, metrics)
    app.state.health = health
    app.state.metrics = metrics
    return app


def _store(
    driver: StorageDriver,
    settings: Config,
    upstream: "httpx.AsyncBaseTransport | None",
    *,
    writable: bool,
) -> Store:
    most = settings.max_manifest_bytes
    if settings.proxy is None:
        return Store(
            driver,
            max_manifest=most,
            validation=settings.validation,
            schema_1=settings.schema_1,
            max_blob=settings.limits.blob_bytes,
        )
    if not writable:
        message = "a mirror keeps what it fetches, and this storage cannot be written to"
        raise UnsupportedOperationError(message, driver=driver.name)
    # It takes a while to import, and few need it.
    from storagedriver.registry.proxy.mirror import Mirror  # noqa: PLC0415

    return Mirror(driver, settings.proxy, max_manifest=most, transport=upstream)


def _notifications(
    driver: StorageDriver, settings: Config, *, writable: bool
) -> Notifications | None:
    if not settings.notifications.active:
        return None
    address = authority(socket.gethostname(), settings.port)
    return Notifications(driver, settings.notifications, address=address, writable=writable)


def _frame(
    settings: Config,
    store: Store,
    notifications: Notifications | None,
    access: AccessController | None,
    *,
    writable: bool,
    redirects: bool,
) -> Frame:
    return Frame(
        store,
        notifications or NobodyListens(),
        writable=writable and settings.proxy is None,
        delete_enabled=settings.delete_enabled,
        max_manifest=settings.max_manifest_bytes,
        most_uploads=settings.limits.uploads,
        redirects=redirects,
        public_url=None if settings.relative_urls else settings.public_url,
        access=access,
        prefix=settings.prefix,
        pages=Pages(catalog=settings.catalog_page, tags=settings.tags_page),
        places=Places(settings.secret),
        why_not=_MIRRORS if settings.proxy else _READ_ONLY,
    )


def _guarded(
    frame: ASGIApp, settings: Config, health: Health, metrics: "Metrics | None"
) -> ASGIApp:
    """Put around the frame what refuses requests, and around that what counts them."""
    doors: list[Door] = []
    if settings.limits.requests:
        doors.append(throttled(Rates(settings.limits.requests, settings.limits.burst)))
    if health.has_checks:
        doors.append(healthy(health))
    endpoint = admitted(frame, doors)
    return endpoint if metrics is None else metrics.counted(endpoint, prefix=settings.prefix)


def _metrics() -> "Metrics":
    from storagedriver.registry.metrics.collection import Metrics  # noqa: PLC0415 - slow to import

    return Metrics()


def _lacking(capabilities: Capabilities) -> list[str]:
    """Name the abilities without which pushes or pages would fail."""
    needed = {"start_after": capabilities.start_after}
    if capabilities.writable:
        needed["resumable_writer"] = capabilities.resumable_writer
    return [name for name, support in needed.items() if not support]
