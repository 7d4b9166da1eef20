"""One request and its answer."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from storagedriver.errors import CorruptContentError
from storagedriver.registry.api.bodies import Body, announced_length
from storagedriver.registry.api.callers import Caller
from storagedriver.registry.api.errors import Failure, Headers, ParameterInvalidError
from storagedriver.registry.api.urls import Target, api_prefix
from storagedriver.registry.auth import NOBODY
from storagedriver.registry.listening import authority

_EVERYWHERE: Headers = [
    (b"docker-distribution-api-version", b"registry/2.0"),
    (b"x-content-type-options", b"nosniff"),
]
_CLOSE = (b"connection", b"close")
_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})
_WITHOUT_LENGTH = frozenset({204, 304})
_MOST_PARAMETERS = 100
_ANYBODY = Caller(None, NOBODY)
_SHORT = 2**18  # over before it is worth watching whether the client is still there


class Exchange:
    """What a request says, read when asked for, and the ways to answer it.

    `scope` and `method` are as sent, `target` is what the URL names, `caller` who sent it, and
    `started` tells whether an answer has begun.
    """

    __slots__ = (
        "_body",
        "_prefix",
        "_public_url",
        "_receive",
        "_send",
        "caller",
        "method",
        "scope",
        "started",
        "target",
    )

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        target: Target,
        *,
        public_url: str | None,
        prefix: str,
    ) -> None:
        self.scope = scope
        self._receive = receive
        self._send = send
        self._public_url = public_url
        self._prefix = prefix
        self._body: Body | None = None
        self.method: str = scope["method"]
        self.target = target
        self.caller = _ANYBODY
        self.started = False

    @property
    def raw_path(self) -> bytes | None:
        """The path before decoding, where the server tells it."""
        raw_path: bytes | None = self.scope.get("raw_path")
        return raw_path

    def header(self, name: bytes) -> str | None:
        """Return the value of the first header of this (lower-case) name."""
        for key, value in self.scope["headers"]:
            if key == name:
                text: str = value.decode("latin-1")
                return text
        return None

    def joined(self, name: bytes) -> str | None:
        """Return the values of all headers of this name, as the list that they stand for."""
        values = [value for key, value in self.scope["headers"] if key == name]
        return b", ".join(values).decode("latin-1") if values else None

    @property
    def client(self) -> str:
        """The address that the request came from, `host:port`; empty where it is not known."""
        client = self.scope.get("client")
        return authority(*client) if client else ""

    @property
    def base(self) -> str:
        """What absolute URLs of the API begin with."""
        if self._public_url is not None:
            return self.prefix
        return f"{self.scope.get('scheme', 'http')}://{self.header(b'host') or ''}{self.prefix}"

    @property
    def prefix(self) -> str:
        """What the URLs of the API begin with, for this client."""
        return api_prefix(self._public_url, self.scope.get("root_path", ""), self._prefix)

    def parameters(self) -> dict[str, str]:
        """Return the query's parameters; of several with one name, the last."""
        return dict(self.pairs())

    def pairs(self) -> list[tuple[str, str]]:
        """Return the query's parameters in order, each with its name."""
        query = self.scope.get("query_string", b"").decode("latin-1")
        if not query:
            return []
        try:
            return parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
        except ValueError:
            raise ParameterInvalidError("the query has too many parameters") from None

    @property
    def body(self) -> Body:
        """The request's body."""
        if self._body is None:
            self._body = Body(
                self._receive,
                length=announced_length(self.header(b"content-length")),
                held_back=self.header(b"expect") is not None,
            )
        return self._body

    @property
    def _is_multiplexed(self) -> bool:
        """Tell whether the connection is not this request's alone, so that nothing blocks it."""
        version: str = self.scope.get("http_version", "1.1")
        return not version.startswith("1")

    async def answer(self, status: int, headers: Headers, content: bytes = b"") -> None:
        """Answer with a whole body, which a `HEAD` is spared.

        What the client still sends is read to its end if it is little; otherwise the connection is
        closed once the answer had time to arrive.
        """
        if status not in _WITHOUT_LENGTH:
            headers = [*headers, (b"content-length", str(len(content)).encode())]
        if self.method == "HEAD":
            content = b""
        if self.method in _WITHOUT_BODY or self._is_multiplexed or self.body.complete:
            await self._give(status, headers, content)
            return
        await self.body.drain()
        if self.body.complete:
            await self._start(status, headers)
        else:
            await self._start(status, [*headers, _CLOSE])
            await self._emit({"type": "http.response.body", "body": content, "more_body": True})
            content = b""
            await self.body.linger()
        await self._emit({"type": "http.response.body", "body": content})

    async def answer_head(self, status: int, headers: Headers, size: int) -> None:
        """Answer a `HEAD` whose `GET` would give `size` bytes."""
        await self._give(status, [*headers, (b"content-length", str(size).encode())], b"")

    async def fail(self, failure: Failure, headers: Headers | None = None) -> None:
        """Answer with an error, and further headers."""
        await self.answer(failure.status, failure.headers + (headers or []), failure.content)

    async def stream(
        self, status: int, headers: Headers, length: int, chunks: AsyncIterable[bytes]
    ) -> None:
        """Answer with `length` bytes, and stop as soon as the client goes away.

        Raises `CorruptContentError` where there are more or fewer: the server then breaks the
        connection, so that no client takes what it got for the whole.
        """
        await self._start(status, [*headers, (b"content-length", str(length).encode())])
        left = length
        async with _until_disconnected(self._receive) if length > _SHORT else nullcontext():
            async for chunk in chunks:
                left -= len(chunk)
                if left < 0:
                    break
                await self._emit({"type": "http.response.body", "body": chunk, "more_body": True})
        if left:
            message = f"{length} bytes were announced, and {length - left} came"
            raise CorruptContentError(message)
        await self._emit({"type": "http.response.body", "body": b""})

    async def _give(self, status: int, headers: Headers, content: bytes) -> None:
        """Send a whole answer."""
        self.started = True
        headers = headers + _EVERYWHERE
        try:
            await self._send({"type": "http.response.start", "status": status, "headers": headers})
            await self._send({"type": "http.response.body", "body": content})
        except OSError as error:
            raise ClientDisconnect from error

    async def _start(self, status: int, headers: Headers) -> None:
        self.started = True
        headers = headers + _EVERYWHERE
        await self._emit({"type": "http.response.start", "status": status, "headers": headers})

    async def _emit(self, message: Message) -> None:
        """Send; a server that tells of a lost client does so by an OSError."""
        try:
            await self._send(message)
        except OSError as error:
            raise ClientDisconnect from error


@asynccontextmanager
async def _until_disconnected(receive: Receive) -> AsyncIterator[None]:
    """Cancel what runs in the block when the client goes away: a `ClientDisconnect` then."""
    try:
        async with asyncio.timeout(None) as limit:
            watcher = asyncio.create_task(_expire_at_disconnect(receive, limit))
            try:
                yield
            finally:
                watcher.cancel()
    except TimeoutError:
        if limit.expired():
            raise ClientDisconnect from None
        raise


async def _expire_at_disconnect(receive: Receive, limit: asyncio.Timeout) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    limit.reschedule(asyncio.get_running_loop().time())


Endpoint = Callable[[Exchange], Awaitable[None]]
"""Answers a request."""
