"""A registry at work in this process, on sockets that listen already."""

import asyncio
import os
import ssl
from collections.abc import Callable
from functools import partial

import uvicorn

from storagedriver.errors import UnsupportedOperationError
from storagedriver.factory import open_driver
from storagedriver.middleware import wrapped
from storagedriver.protocol import StorageDriver
from storagedriver.registry.announcement import Storage
from storagedriver.registry.api.debug import debug_app
from storagedriver.registry.app import create_app
from storagedriver.registry.binding import Sockets
from storagedriver.registry.configuration.config import Config
from storagedriver.registry.connections import Connection
from storagedriver.registry.debugging import debugging
from storagedriver.registry.listening import BACKLOG
from storagedriver.registry.logs import Log
from storagedriver.registry.proxies import TrustedProxies
from storagedriver.registry.requestlog import App, RequestLog
from storagedriver.registry.shares import Share
from storagedriver.registry.stopping import Server, Stop
from storagedriver.registry.tracing.configured import tracing

STOPPED = 0
FAILED = 1

# Longer than clients keep idle connections (Go: 90 s), so that it is they who close them: a request
# sent on a connection that the server is closing fails.
KEEP_ALIVE_SECONDS = 120


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Choose the event loop: uvloop's, where there is one."""
    try:
        import uvloop  # noqa: PLC0415 - there is none for some platforms
    except ModuleNotFoundError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


async def serve(
    config: Config,
    sockets: Sockets,
    encryption: ssl.SSLContext | None,
    log: Log,
    *,
    stop: Stop,
    ready: Callable[[Storage], None],
    share: Share | None = None,
) -> int:
    """Serve until `stop` says so, and return the exit status; `ready` is called at the start.

    With a `share`, other processes serve on the same sockets.
    """
    async with (
        open_driver(config.driver, **config.parameters) as opened,
        tracing(os.environ) as traces,
    ):
        if share is not None:
            _check_shared(opened)
        driver = wrapped(opened, *config.middleware)
        level = "info" if config.log_requests else "debug"
        app = create_app(traces.measured(driver) if traces else driver, config)
        served = traces.traced(app, prefix=config.prefix) if traces else app
        logged: App = RequestLog(served, log, level=level)
        if config.proxies.networks:
            logged = TrustedProxies(logged, config.proxies)
        server = Server(
            uvicorn_config(config, logged, encryption, log),
            stop=stop,
            drain_seconds=config.drain_seconds,
            announce=partial(ready, Storage(driver.name, bool(driver.capabilities.writable))),
            log=log,
            share=share,
        )
        metrics = app.state.metrics
        pages = debug_app(
            app.state.health,
            is_serving=lambda: server.started and not stop.is_asked,
            pages={config.debug.metrics_path: metrics.page} if metrics else {},
        )
        async with debugging(pages, sockets.debug, log):
            await server.serve(sockets.registry)
    log.event("info", "stopped")
    return FAILED if stop.is_forced else STOPPED


def _check_shared(driver: StorageDriver) -> None:
    if not driver.capabilities.shared:
        message = "several workers need storage that all of them see (shared): serve with one"
        raise UnsupportedOperationError(message, driver=driver.name)


def uvicorn_config(
    config: Config, app: App, encryption: ssl.SSLContext | None, log: Log
) -> uvicorn.Config:
    """Say how uvicorn serves an app."""
    made = uvicorn.Config(
        app,
        http=_connections(config, log),
        ws="none",
        lifespan="on",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        headers=_headers(config),
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )
    made.load()
    made.ssl = encryption  # not every version takes one
    return made


def _connections(config: Config, log: Log) -> type[asyncio.Protocol]:
    # A factory serves as a class.
    limits = config.limits
    return partial(  # type: ignore[return-value]
        Connection, log=log, body_seconds=limits.body_seconds, answer_seconds=limits.answer_seconds
    )


def _headers(config: Config) -> list[tuple[str, str]]:
    """Give the configured headers but for the one that each answer has anyway."""
    return [each for each in config.headers if each[0].lower() != "x-content-type-options"]
