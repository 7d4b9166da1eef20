"""Serve a registry from a configuration, until a signal says to stop."""

import asyncio
import os
import ssl
import sys
from contextlib import ExitStack
from functools import partial

from storagedriver.registry import tls
from storagedriver.registry.allocator import keep_pieces
from storagedriver.registry.announcement import announce
from storagedriver.registry.auth.opening import controller
from storagedriver.registry.binding import CannotListenError, Sockets, bound
from storagedriver.registry.config import Config
from storagedriver.registry.logformats import FORMATS
from storagedriver.registry.logs import Log, opened_log
from storagedriver.registry.serving import FAILED, loop_factory, serve
from storagedriver.registry.stopping import Stop
from storagedriver.registry.tracing.configured import is_wanted
from storagedriver.registry.workers.running import run_workers


def run(config: Config) -> int:
    """Serve until SIGTERM or SIGINT, and return the exit status.

    Then new connections are refused, and running requests have `config.drain_seconds` to end; what
    runs longer is cut, and an upload that is cut can be resumed. The driver is closed last. A
    second signal cuts what runs at once, a third ends the process.

    The status is 0 when it stopped as told, and 1 when a second signal was needed, or when it could
    not listen, which is told on standard error. Raises `StorageDriverError` when the driver cannot
    be opened, and `ConfigError` when the files for TLS or of users cannot be used.
    """
    keep_pieces()
    encryption = tls.context(config)
    if config.auth is not None:
        controller(config.auth)  # so that a wrong file is told before anything is opened
    is_wanted(os.environ)
    with ExitStack() as closing:
        try:
            sockets = bound(config, closing)
        except CannotListenError as error:
            print(f"storagedriver: {error}", file=sys.stderr)  # noqa: T201 - there is no log yet
            return FAILED
        if config.workers > 1:
            return run_workers(config, sockets, encryption)
        log = closing.enter_context(
            opened_log(
                level=config.level, fields=config.log_fields, line=FORMATS[config.log_format]
            )
        )
        runner = closing.enter_context(asyncio.Runner(loop_factory=loop_factory()))
        return runner.run(_serve_alone(config, sockets, encryption, log))


async def _serve_alone(
    config: Config, sockets: Sockets, encryption: ssl.SSLContext | None, log: Log
) -> int:
    stop = Stop()
    ready = partial(announce, config, sockets, log)
    with stop.on_signals():
        async with (
            open_driver(config.driver, **config.parameters) as opened,
            tracing(os.environ) as traces,
        ):
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
                announce=partial(_announce, config, driver, sockets, log),
                log=log,
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


def _announce(config: Config, driver: StorageDriver, sockets: Sockets, log: Log) -> None:
    show(announcement(config, driver.name, sockets.registry))
    for note in config.notes:
        log.event("info", "ignored", [("message", note)])
    for each in sockets.debug:
        log.event("info", "debugging", [("address", authority(*each.getsockname()[:2]))])
    for each in sockets.registry:
        address = each.getsockname()
        is_path = isinstance(address, str)
        where = ("address", address if is_path else authority(*address[:2]))
        log.event("info", "listening", [where, ("driver", driver.name)])
        is_local = is_path or is_loopback(address[0])
        if not is_local and config.auth is None and not _knows_clients(config):
            message = (
                "whoever reaches this address may read and write: nobody is asked for a password"
            )
            log.event("warning", "open", [where, ("message", message)])
    if config.read_only or not driver.capabilities.writable:
        why = "it is configured so" if config.read_only else "the storage cannot be written to"
        message = f"{why}: pushes and deletes are refused"
        log.event("warning", "read-only", [("message", message)])


def _knows_clients(config: Config) -> bool:
    """Tell whether who connects has to show a certificate."""
    has_to = TLS_CLIENTS[config.tls_clients] is ssl.CERT_REQUIRED
    return has_to and bool(config.tls_client_authorities)


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
        return await serve(config, sockets, encryption, log, stop=stop, ready=ready)
