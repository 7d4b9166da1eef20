"""The server in the test's own loop, with an app that the test gives."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from storagedriver.registry import tls
from storagedriver.registry.configuration.config import Config
from storagedriver.registry.connections import Connection
from storagedriver.registry.listening import listen
from storagedriver.registry.logs import Log
from storagedriver.registry.requestlog import App, Receive, RequestLog, Scope, Send
from storagedriver.registry.serving import uvicorn_config
from storagedriver.registry.stopping import Server, Stop
from tests.registry.server.lines import lines_of

PATIENCE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A raw connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, *texts: str | bytes) -> None:
        for text in texts:
            self.writer.write(text.encode("latin-1") if isinstance(text, str) else text)
        await self.writer.drain()

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Read one answer: status, headers, body."""
        async with asyncio.timeout(PATIENCE):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            status, *lines = head.split("\r\n")[:-2]
            headers = dict(line.split(": ", 1) for line in lines)
            body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return int(status.split()[1]), headers, body

    async def rest(self) -> bytes:
        """Read until the server closes; a reset is no bytes more."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await self.reader.read()
        except ConnectionError:
            return b""

    async def close(self) -> None:
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """A running server."""

    port: int
    stop: Stop
    server: Server
    task: asyncio.Task[None]
    log: Log
    log_file: Path

    @property
    def tasks(self) -> set[asyncio.Task[None]]:
        """The requests that are being served."""
        return self.server.server_state.tasks

    async def connection(self) -> Connection:
        """The server's side of its only connection."""
        await until(lambda: self.server.server_state.connections)
        (connection,) = self.server.server_state.connections
        assert isinstance(connection, Connection)
        return connection

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Client]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        client = Client(reader=reader, writer=writer)
        try:
            yield client
        finally:
            await client.close()

    async def stopped(self) -> None:
        """Wait until it has stopped."""
        async with asyncio.timeout(PATIENCE):
            await asyncio.shield(self.task)

    def lines(self, event: str) -> list[dict[str, str]]:
        """The log's lines of an event; ends the log."""
        self.log.close()
        return [line for line in lines_of(self.log_file) if line["event"] == event]


async def until(condition: Callable[[], object]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.01)


@asynccontextmanager
async def serving(
    app: App, log_file: Path, *, config: Config | None = None
) -> AsyncIterator[Serving]:
    """Serve an app on a free port of the loopback until the block is left."""
    config = config or Config()
    sockets = listen("127.0.0.1", 0)
    descriptor = os.open(log_file, os.O_WRONLY | os.O_CREAT)
    log = Log(descriptor, fields={})
    stop, ready = Stop(), asyncio.Event()
    server = Server(
        uvicorn_config(config, RequestLog(with_lifespan(app), log), tls.context(config), log),
        stop=stop,
        drain_seconds=config.drain_seconds,
        announce=ready.set,
        log=log,
    )
    task = asyncio.create_task(server.serve(sockets))
    port = sockets[0].getsockname()[1]
    try:
        await ready.wait()
        yield Serving(port=port, stop=stop, server=server, task=task, log=log, log_file=log_file)
    finally:
        stop.is_asked = stop.is_forced = True
        await task
        log.close()
        os.close(descriptor)


def with_lifespan(app: App) -> App:
    """Add the two answers that a server wants at its start and its end."""

    async def both(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await app(scope, receive, send)
            return
        for _ in range(2):
            message = await receive()
            await send({"type": f"{message['type']}.complete"})

    return both


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with method, path and body."""
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body += message["body"]
        more = message["more_body"]
    content = f"{scope['method']} {scope['path']} ".encode() + body
    headers = [(b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})
