"""Requests and their answers, in numbers: an ASGI middleware."""

import time
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from storagedriver.registry.api.urls import Route, carries_blob, located
from storagedriver.registry.metrics.tallies import Durations, Tallies, Tally

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0, 600.0)
_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
_CLIENT_CLOSED = 499
_FAILED = 500


class CountedRequests:
    """An app that counts the requests of another one: by method, kind of URL and status.

    `prefix` is the path that all of it is below. None of the labels is a client's to invent:
    another method is `other`, another URL `nothing`.
    """

    def __init__(
        self,
        app: ASGIApp,
        tallies: Tallies,
        *,
        prefix: str = "",
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._app = app
        self._prefix = prefix
        self._clock = clock
        self._requests = tallies.counter(
            "registry_http_requests",
            "Requests that were answered or given up, by status",
            ("method", "handler", "code"),
        )
        self._seconds = tallies.histogram(
            "registry_http_request_duration_seconds",
            "How long requests took, bodies and answers included",
            ("method", "handler"),
            _SECONDS,
        )
        received = tallies.counter("registry_http_received_bytes", "Bytes of requests' bodies")
        sent = tallies.counter("registry_http_sent_bytes", "Bytes of answers' bodies")
        self._received, self._sent = received.of(), sent.of()
        self._in_flight = self._uploading = 0
        tallies.gauge(
            "registry_http_requests_in_flight",
            "Requests that are being served",
            lambda: self._in_flight,
        )
        tallies.gauge(
            "registry_uploads_in_flight",
            "Requests of these that bring a part of a blob",
            lambda: self._uploading,
        )
        self._ends: dict[tuple[str, Route, int], tuple[Tally, Durations]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = self._clock()
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = located(scope.get("root_path", ""), scope["path"], self._prefix).route
        is_upload = carries_blob(method, route)
        exchange = _Exchange(receive, send)
        self._in_flight += 1
        self._uploading += is_upload
        try:
            await self._app(scope, exchange.receive, exchange.send)
        except Exception:
            exchange.status = exchange.status or _FAILED
            raise
        finally:
            self._in_flight -= 1
            self._uploading -= is_upload
            self._received.count += exchange.received
            self._sent.count += exchange.sent
            self._end(method, route, exchange.status or _CLIENT_CLOSED, self._clock() - began)

    def _end(self, method: str, route: Route, status: int, seconds: float) -> None:
        key = method, route, status
        ends = self._ends.get(key)
        if ends is None:
            handler = route.name.lower()
            requests = self._requests.of(method, handler, str(status))
            ends = self._ends[key] = requests, self._seconds.of(method, handler)
        ends[0].count += 1
        ends[1].add(seconds)


class _Exchange:
    """Watches what is received and sent."""

    __slots__ = ("_receive", "_send", "received", "sent", "status")

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self.received = 0
        self.sent = 0
        self.status: int | None = None

    async def receive(self) -> Message:
        message = await self._receive()
        self.received += len(message.get("body", b""))
        return message

    async def send(self, message: Message) -> None:
        await self._send(message)
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.sent += len(message.get("body", b""))
