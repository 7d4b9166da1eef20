"""A real server in the test's own loop, and clients that say exactly what goes over the wire."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple, Self

import uvicorn
from starlette.types import ASGIApp

PATIENCE = 60


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    content: bytes


class Wire:
    """One connection of a client."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    @asynccontextmanager
    async def open(cls, port: int) -> AsyncIterator[Self]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            yield cls(reader, writer)
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def send(self, content: bytes) -> None:
        self._writer.write(content)
        async with asyncio.timeout(PATIENCE):
            await self._writer.drain()

    async def ask(
        self, method: str, url: str, content: bytes | None = None, headers: str = ""
    ) -> None:
        if content is not None:
            headers += f"content-length: {len(content)}\r\n"
        head = f"{method} {url} HTTP/1.1\r\nhost: registry\r\n{headers}\r\n"
        await self.send(head.encode("latin-1") + (content or b""))

    async def answer(self, method: str = "GET") -> Answer:
        async with asyncio.timeout(PATIENCE):
            head = await self._reader.readuntil(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").split("\r\n")[:-2]
            headers = dict(line.lower().split(": ", 1) for line in lines)
            size = 0 if method == "HEAD" else int(headers.get("content-length", "0"))
            return Answer(int(first.split()[1]), headers, await self._reader.readexactly(size))

    async def asked(self, method: str, url: str, content: bytes = b"") -> Answer:
        await self.ask(method, url, content)
        return await self.answer(method)

    async def rest(self) -> bytes:
        """Read until the server closes the connection."""
        async with asyncio.timeout(PATIENCE):
            return await self._reader.read()

    async def read(self, size: int) -> bytes:
        async with asyncio.timeout(PATIENCE):
            return await self._reader.readexactly(size)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait for what the server does in its own time."""
    async with asyncio.timeout(PATIENCE):
        while not await condition():  # noqa: ASYNC110 - nothing tells when
            await asyncio.sleep(0.01)


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[int]:
    """Serve an app, and give the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(
            app, http="httptools", ws="none", log_config=None, timeout_graceful_shutdown=PATIENCE
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve([listener]))
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            await serving
