"""An endpoint that keeps what it is sent, and answers as a test wants."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from tests.waiting import PATIENCE

Event = dict[str, Any]


class Receiver:
    """`requests` has the headers, in lower case, and the body of each; `events` what was taken.

    `asked_for` has their first lines.

    What comes is answered with `status`, and with nothing at all while `is_silent`.
    """

    def __init__(self, *, scheme: str) -> None:
        self._scheme = scheme
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.events: list[Event] = []
        self.asked_for: set[str] = set()
        self.status = 200
        self.is_silent = False
        self.port = 0
        self._changed = asyncio.Condition()
        self._connections: dict[asyncio.Task[None] | None, asyncio.StreamWriter] = {}

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.port}/events"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection until it ends."""
        self._connections[asyncio.current_task()] = writer
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                await self._answer(reader, writer)
        writer.close()

    async def close(self) -> None:
        """End all connections."""
        for writer in self._connections.values():
            writer.close()
        await asyncio.gather(*self._connections)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        asked, *lines = head.split("\r\n")[:-2]
        self.asked_for.add(asked)
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        status = self.status
        await self._keep(headers, body, status)
        if not self.is_silent:
            away = "Location: /elsewhere\r\n" if status // 100 == 3 else ""
            writer.write(f"HTTP/1.1 {status} X\r\n{away}Content-Length: 2\r\n\r\nok".encode())

    async def _keep(self, headers: dict[str, str], body: bytes, status: int) -> None:
        async with self._changed:
            self.requests.append((headers, body))
            if status == 200 and not self.is_silent:
                self.events += json.loads(body)["events"]
            self._changed.notify_all()

    async def got(self, count: int) -> list[tuple[str, ...]]:
        """Wait for so many events that were taken, and tell all of them in short."""
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: len(self.events) >= count)
        return [told(event) for event in self.events]

    async def asked(self, count: int) -> None:
        """Wait for so many requests, however they were answered."""
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: len(self.requests) >= count)


@asynccontextmanager
async def receiving(encryption: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """Listen on a free port of the loopback."""
    receiver = Receiver(scheme="https" if encryption else "http")
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=encryption)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        await receiver.close()


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.01)


def told(event: Event) -> tuple[str, ...]:
    """Tell an event in short: what was done, where, and to what tag or digest."""
    target = event["target"]
    return event["action"], target["repository"], target.get("tag") or target["digest"]
