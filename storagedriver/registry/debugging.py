"""The listener for operators and their machines, beside that for clients."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial

import uvicorn
from starlette.types import ASGIApp

from storagedriver.aio import to_the_end
from storagedriver.registry.connections import Connection
from storagedriver.registry.listening import BACKLOG
from storagedriver.registry.logs import Log

_GRACE_SECONDS = 1


@asynccontextmanager
async def debugging(app: ASGIApp, sockets: list[socket.socket], log: Log) -> AsyncIterator[None]:
    """Serve an app on sockets until the block is left; on none, do nothing."""
    if not sockets:
        yield
        return
    config = uvicorn.Config(
        app,
        http=partial(Connection, log=log),  # type: ignore[arg-type]  # a factory serves as a class
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets))
    try:
        yield
    finally:
        server.should_exit = True
        await to_the_end(_ended(serving))


async def _ended(serving: asyncio.Task[None]) -> None:
    await serving


class _Server(uvicorn.Server):
    """uvicorn's server, which leaves the signals to the one that serves the registry."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
