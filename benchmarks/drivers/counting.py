"""A proxy before a service that hands everything on, and counts the requests that pass."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_AT_ONCE = 1 << 16


@dataclass(slots=True)
class Counted:
    """Where the proxy listens, and the methods of the requests that passed."""

    url: str
    methods: list[str] = field(default_factory=list)


@asynccontextmanager
async def counting(url: str) -> AsyncIterator[Counted]:
    """Run a proxy before the service of a URL."""
    split = urlsplit(url)
    handling: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(_serve(reader, writer, split.hostname, split.port, counted))
        handling.add(task)
        task.add_done_callback(handling.discard)

    server = await asyncio.start_server(handle, "127.0.0.1", 0, limit=_AT_ONCE)
    port = server.sockets[0].getsockname()[1]
    counted = Counted(split._replace(netloc=f"127.0.0.1:{port}").geturl())
    try:
        yield counted
    finally:
        server.close()
        for task in tuple(handling):
            task.cancel()
        await asyncio.gather(*handling, return_exceptions=True)


async def _serve(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    host: str | None,
    port: int | None,
    counted: Counted,
) -> None:
    """Hand on one connection, until either side closes it."""
    answers, requests = await asyncio.open_connection(host, port)
    back = asyncio.create_task(_hand_on(answers, writer))
    try:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await _count(reader, requests, counted)
    finally:
        back.cancel()
        requests.close()
        writer.close()


async def _count(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, counted: Counted
) -> None:
    """Hand on one request after another. Every body has to tell its length."""
    while True:
        head = await reader.readuntil(b"\r\n\r\n")
        counted.methods.append(head.split(b" ", 1)[0].decode())
        found = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
        writer.write(head)
        left = int(found[1]) if found else 0
        while left:
            piece = await reader.read(min(left, _AT_ONCE))
            if not piece:
                return
            left -= len(piece)
            writer.write(piece)
            await writer.drain()


async def _hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Hand on answers as they come."""
    with suppress(ConnectionError):
        while piece := await reader.read(_AT_ONCE):
            writer.write(piece)
            await writer.drain()
    writer.close()
