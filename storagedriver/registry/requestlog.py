"""One line for each request: an ASGI middleware, the outermost."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any, Protocol

from starlette.requests import ClientDisconnect

from storagedriver.registry import requestids
from storagedriver.registry.auth.access import PRINCIPAL
from storagedriver.registry.listening import authority
from storagedriver.registry.logs import Log, traceback_of

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

PEER = "storagedriver.peer"
"""Under this key of the scope the server may leave a `Peer`."""

_LONGEST = 1000
_CLIENT_CLOSED = 499  # nginx's: no answer was sent, or only a part
_SERVER_ERROR = 500


class ClientGoneError(ConnectionResetError):
    """The client went away before its answer was complete."""


class Peer(Protocol):
    """Tells whether a client went away before its answer was complete."""

    disconnected: bool


class RequestLog:
    """Logs user, method, path, status, bytes of the answer's body, duration, agent and request id.

    The id is taken over from the client, or made, and put on the answer: see `requestids`.

    Never the query, nor any other header: they may carry secrets. An answer that a client broke off
    is the event `aborted` with the status 499. An error is told once, with its traceback in the
    request's own line, and answered if nothing was answered yet; so is a request that was cut
    because the server stops.

    What went well is logged at `level`, what failed at "error".

    With a `Peer` in the scope, sending to a client that went away is an `OSError`, so that the app
    stops working for it.
    """

    def __init__(
        self,
        app: App,
        log: Log,
        *,
        level: str = "info",
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._app = app
        self._log = log
        self._level = level
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = self._clock()
        identifier = requestids.request_id(scope["headers"])
        # Taken out, as scope and peer would otherwise hold each other until the next collection.
        answer = _Answer(send, scope.pop(PEER, None), identifier)
        with requestids.Serving(identifier):
            await self._serve(scope, receive, answer, began)

    async def _serve(self, scope: Scope, receive: Receive, answer: "_Answer", began: float) -> None:
        error: BaseException | None = None
        try:
            await self._app(scope, receive, answer.send)
        except asyncio.CancelledError as cancelled:
            error = cancelled
            await answer.fail(503, "UNAVAILABLE", "the registry stops: try again")
        except Exception as raised:  # noqa: BLE001 - told in the log, and raised again if answered in part
            error = raised
            await answer.fail(
                _SERVER_ERROR, "UNKNOWN", "the registry failed; its log has the reason"
            )
        finally:
            self._tell(scope, answer, error, self._clock() - began)
        if error is not None and not answer.is_complete and not answer.is_aborted:
            raise error  # the server then breaks the connection

    def _tell(
        self, scope: Scope, answer: "_Answer", error: BaseException | None, seconds: float
    ) -> None:
        event, status = "request", answer.status
        if answer.is_aborted or (status is None and error is None):
            event, status = "aborted", _CLIENT_CLOSED
            error = None if isinstance(error, ClientGoneError | ClientDisconnect) else error
        is_failed = error is not None or (status or 0) >= _SERVER_ERROR
        fields = [
            ("client", _client(scope.get("client"))),
            ("user", getattr(scope.get(PRINCIPAL), "name", None)),
            ("method", scope["method"]),
            ("path", _text(scope.get("raw_path") or scope["path"].encode())),
            ("status", status),
            ("bytes", answer.size),
            ("milliseconds", round(seconds * 1000, 1)),
            ("agent", _agent(scope["headers"])),
            ("request_id", answer.identifier),
        ]
        if isinstance(error, asyncio.CancelledError):
            fields.append(("error", "cut, as the server stops"))
        elif error is not None:
            fields.append(("error", traceback_of(error)))
        self._log.event("error" if is_failed else self._level, event, fields)


class _Answer:
    """Watches what an app answers, and puts the request's id on it."""

    __slots__ = ("_peer", "_send", "identifier", "is_complete", "size", "status")

    def __init__(self, send: Send, peer: Peer | None, identifier: str) -> None:
        self._send = send
        self._peer = peer
        self.identifier = identifier
        self.status: int | None = None
        self.size = 0
        self.is_complete = False

    @property
    def is_aborted(self) -> bool:
        """Tell whether the client went away before it had the whole answer."""
        return not self.is_complete and self._peer is not None and self._peer.disconnected

    async def send(self, message: Message) -> None:
        """Send, and notice a client that is gone."""
        kind = message["type"]
        if kind == "http.response.start":
            header = (requestids.HEADER, self.identifier.encode())
            message = {**message, "headers": [*message.get("headers", ()), header]}
        await self._send(message)
        if self._peer is not None and self._peer.disconnected:
            raise ClientGoneError("the client went away")
        if kind == "http.response.start":
            self.status = message["status"]
        elif kind == "http.response.body":
            self.size += len(message.get("body", b""))
            self.is_complete = not message.get("more_body", False)

    async def fail(self, status: int, code: str, message: str) -> None:
        """Answer with an error, if nothing was answered and somebody is there."""
        if self.status is not None or self.is_aborted:
            return
        body = json.dumps({"errors": [{"code": code, "message": message}]}).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        with suppress(ClientGoneError):
            await self.send({"type": "http.response.start", "status": status, "headers": headers})
            await self.send({"type": "http.response.body", "body": body})


def _client(client: tuple[str, int] | None) -> str | None:
    if not client:
        return None
    host, port = client
    return authority(host, port) if port else host  # a proxy tells no port


def _agent(headers: list[tuple[bytes, bytes]]) -> str | None:
    for name, value in headers:
        if name == b"user-agent":
            return _text(value)
    return None


def _text(content: bytes) -> str:
    return content[:_LONGEST].decode("latin-1")
