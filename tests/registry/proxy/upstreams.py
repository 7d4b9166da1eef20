"""A registry to be mirrored: our own app, behind a transport that stalls, spoils and fails."""

import asyncio
from collections.abc import AsyncIterator, Callable

import httpx
from starlette.types import ASGIApp

CHUNK = 64 * 1024
HOST = "upstream.test"

Answer = Callable[[httpx.Request], httpx.Response | None]


class Trickle(httpx.AsyncByteStream):
    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._chunks


class Upstream(httpx.AsyncBaseTransport):
    """What the mirror reaches, when `answers_now` is set.

    `answers` are asked first, `failure` is raised by all requests.

    A blob comes in chunks of 64 KiB: of the first `free` bytes at once, and of the others when
    `go_on` is set; `spoil` changes the chunks, and `breaks` ends them by an error.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._inner = httpx.ASGITransport(app)
        self.requests: list[httpx.Request] = []
        self.answers: list[Answer] = []
        self.failure: Exception | None = None
        self.answers_now = asyncio.Event()
        self.answers_now.set()
        self.free = 0
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.spoil: Callable[[bytes], bytes] = bytes
        self.breaks = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        await self.answers_now.wait()
        if self.failure is not None:
            raise self.failure
        for answer in self.answers:
            if (found := answer(request)) is not None:
                # As from the network: still to be received.
                content = httpx.ByteStream(found.content)
                return httpx.Response(found.status_code, headers=found.headers, stream=content)
        answered = await self._inner.handle_async_request(request)
        if request.method != "GET" or "/blobs/" not in request.url.path:
            return answered
        content = await answered.aread()
        return httpx.Response(
            answered.status_code,
            headers=answered.headers,
            stream=Trickle(self._chunks(content)),
        )

    async def _chunks(self, content: bytes) -> AsyncIterator[bytes]:
        for at in range(0, len(content), CHUNK):
            if at >= self.free:
                await self.go_on.wait()
                if self.breaks:
                    raise httpx.ReadError("broken")
            yield self.spoil(content[at : at + CHUNK])

    def asked(self, method: str = "", part: str = "") -> list[str]:
        """Name the requests that came, `GET /v2/...`, with this method and part of a path."""
        lines = [f"{each.method} {each.url.path}" for each in self.requests]
        return [line for line in lines if line.startswith(method) and part in line]
