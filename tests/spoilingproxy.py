"""A proxy before a real server, which spoils the requests that a test chooses."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from io import BytesIO
from itertools import cycle
from typing import NamedTuple

import aiohttp
from aiohttp import web
from yarl import URL

_MOST = 1 << 28
_BETWEEN_HOPS = frozenset({"connection", "keep-alive", "transfer-encoding", "expect"})
_NOT_ADDED = ("Accept", "Accept-Encoding", "User-Agent", "Content-Type")
# What a query says of a request that its method does not.
_KINDS = {
    ("GET", "list-type"): "LIST",
    ("GET", "uploads"): "LIST UPLOADS",
    ("GET", "uploadId"): "LIST PARTS",
    ("POST", "uploads"): "BEGIN",
    ("PUT", "partNumber"): "PART",
    ("POST", "uploadId"): "COMPLETE",
    ("DELETE", "uploadId"): "ABORT",
    ("POST", "delete"): "DELETE MANY",
}


class Answer(NamedTuple):
    """What the server answered, or a test answers in its place."""

    status: int
    headers: dict[str, str]
    body: bytes


Forward = Callable[[], Awaitable[Answer]]
Fault = Callable[[Forward], Awaitable[Answer | None]]
"""Gives the answer to a request, None for a connection that is cut; it may forward the request."""


def refused(status: int, code: str, **headers: str) -> Fault:
    """Answer with an error, and let the server know nothing of the request."""
    body = f"<Error><Code>{code}</Code><Message>{code} it is</Message></Error>".encode()

    async def fault(_: Forward) -> Answer:
        about = {"Content-Type": "application/xml", "Content-Length": str(len(body)), **headers}
        return Answer(status, about, body)

    return fault


async def unheard(_: Forward) -> None:
    """Cut the connection before the server knows of the request."""


async def lost(forward: Forward) -> None:
    """Let the server act, and cut the connection in place of its answer."""
    await forward()


async def torn(forward: Forward) -> Answer:
    """Give half of the answer's body, and cut the connection."""
    answer = await forward()
    return answer._replace(body=answer.body[: len(answer.body) // 2])


class Proxy:
    """Forwards requests to a server, or to several in turn, one request to each.

    `seen` has the kinds of the requests that came since `watch`. `spoil` is asked before each
    request, with its place in `seen` and its kind, for a fault.
    """

    def __init__(self, *servers: str, kind_of: Callable[[web.Request], str] | None = None) -> None:
        self._servers = cycle(servers)
        self._kind_of = kind_of or s3_kind
        self._running = 0
        self._changed = asyncio.Condition()
        self.url = ""
        self.seen: list[str] = []
        self.spoil: Callable[[int, str], Fault | None] = lambda *_: None

    def watch(self, spoil: Callable[[int, str], Fault | None] = lambda *_: None) -> None:
        """Count anew, and spoil what is to be spoiled from now on."""
        self.seen = []
        self.spoil = spoil

    async def settled(self) -> None:
        """Wait until the server has answered all that was forwarded to it."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self._running)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["Proxy"]:
        """Take requests on a free port."""
        app = web.Application(client_max_size=_MOST)
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as session:

            async def handle(request: web.Request) -> web.StreamResponse:
                return await self._handled(session, request)

            app.router.add_route("*", "/{key:.*}", handle)
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=5)
            await runner.setup()
            try:
                site = web.TCPSite(runner, "127.0.0.1", 0)
                await site.start()
                self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
                yield self
            finally:
                await runner.cleanup()

    async def _handled(
        self, session: aiohttp.ClientSession, request: web.Request
    ) -> web.StreamResponse:
        kind = self._kind_of(request)
        self.seen.append(kind)
        fault = self.spoil(len(self.seen), kind)
        body = await request.read()

        async def forward() -> Answer:
            self._running += 1
            try:
                return await self._forwarded(session, request, body)
            finally:
                self._running -= 1
                async with self._changed:
                    self._changed.notify_all()

        answer = await (forward() if fault is None else fault(forward))
        return await self._given(request, answer)

    async def _forwarded(
        self, session: aiohttp.ClientSession, request: web.Request, body: bytes
    ) -> Answer:
        async with session.request(
            request.method,
            # The key as it was signed: not quoted in another way.
            URL(f"{next(self._servers)}{request.raw_path}", encoded=True),
            headers=_passed_on(request.headers),
            data=BytesIO(body) if body else None,
            skip_auto_headers=_NOT_ADDED,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=None),
        ) as answer:
            content = await answer.read()
            headers = _passed_on(answer.headers)
            if "Content-Length" not in answer.headers:
                # It came in chunks, which end here.
                headers["Content-Length"] = str(len(content))
            return Answer(answer.status, headers, content)

    async def _given(self, request: web.Request, answer: Answer | None) -> web.StreamResponse:
        told = int((answer.headers if answer else {}).get("Content-Length", 0))
        is_whole = answer is not None and (request.method == "HEAD" or told == len(answer.body))
        response = web.StreamResponse()
        if answer is not None:
            response = web.StreamResponse(status=answer.status, headers=answer.headers)
            await response.prepare(request)
            if request.method != "HEAD":
                await response.write(answer.body)
        if not is_whole and request.transport is not None:
            request.transport.abort()
        return response


def s3_kind(request: web.Request) -> str:
    """Tell what is asked for, as the table of requests in the documentation calls it."""
    if "x-amz-copy-source" in request.headers:
        return "COPY"
    for (method, word), kind in _KINDS.items():
        if method == request.method and word in request.query:
            return kind
    return request.method


def _passed_on(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: one for name, one in headers.items() if name.lower() not in _BETWEEN_HOPS}
