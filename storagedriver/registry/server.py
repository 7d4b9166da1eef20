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
from storagedriver.registry.configuration.config import Config
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
        return await serve(config, sockets, encryption, log, stop=stop, ready=ready)
