"""Spans of requests, and below them of the driver's calls.

None has a query, a header or an error's text: they may carry secrets.
"""

import time
from collections.abc import Callable

from opentelemetry.trace import SpanKind, StatusCode, Tracer, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from storagedriver.middleware.measuring import MeasuredDriver
from storagedriver.protocol import StorageDriver
from storagedriver.registry import requestids
from storagedriver.registry.api.urls import located
from storagedriver.registry.requestlog import App, Message, Receive, Scope, Send

_HEADERS = (b"traceparent", b"tracestate")
_FAILED = 500
_EXPECTED = frozenset({"ok", "PathNotFoundError", "PreconditionFailedError"})


class Tracing:
    """What makes spans, by one tracer."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def measured(self, driver: StorageDriver) -> StorageDriver:
        """Return a driver that does what this one does, and whose calls are traced."""
        return MeasuredDriver(driver, TracingMeter(self._tracer, driver=driver.name))

    def traced(self, app: App, *, prefix: str = "") -> App:
        """Return an app that does what this one does, below a path, and is traced."""
        return TracedRequests(app, self._tracer, prefix=prefix)


class TracedRequests:
    """An app that makes a span of each request of another one.

    All of it is below the path `prefix`. A request is part of the trace that its header
    `traceparent` names, if there is one.
    """

    def __init__(self, app: App, tracer: Tracer, *, prefix: str = "") -> None:
        self._app = app
        self._prefix = prefix
        self._tracer = tracer
        self._propagator = TraceContextTextMapPropagator()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        told = {
            name.decode(): value.decode("latin-1")
            for name, value in scope["headers"]
            if name in _HEADERS
        }
        method = scope["method"]
        target = located(scope.get("root_path", ""), scope["path"], self._prefix)
        route = target.route.name.lower()
        with self._tracer.start_as_current_span(
            f"{method} {route}",
            context=self._propagator.extract(told),
            kind=SpanKind.SERVER,
            attributes=_attributes(scope, route),
            record_exception=False,
            set_status_on_exception=False,
        ) as span:

            async def traced_send(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= _FAILED:
                        span.set_status(StatusCode.ERROR)
                await send(message)

            try:
                await self._app(scope, receive, traced_send)
            except BaseException:
                span.set_status(StatusCode.ERROR)
                raise


class TracingMeter:
    """Makes a span of each call of a driver that a traced request led to.

    `now` gives the time in nanoseconds since 1970.
    """

    def __init__(
        self, tracer: Tracer, *, driver: str, now: Callable[[], int] = time.time_ns
    ) -> None:
        self._tracer = tracer
        self._driver = driver
        self._now = now

    def called(self, action: str, outcome: str, seconds: float) -> None:
        """Make the span of a call that ended now."""
        if not get_current_span().is_recording():
            return
        end = self._now()
        span = self._tracer.start_span(
            f"storage {action}",
            start_time=end - int(seconds * 1e9),
            attributes={"storage.driver": self._driver, "storage.outcome": outcome},
        )
        if outcome not in _EXPECTED:
            span.set_status(StatusCode.ERROR)
        span.end(end)

    def read(self, size: int) -> None:
        """Make nothing of bytes."""

    def written(self, size: int) -> None:
        """Make nothing of bytes."""


def _attributes(scope: Scope, route: str) -> dict[str, str]:
    attributes = {
        "http.request.method": scope["method"],
        "http.route": route,
        "url.path": scope["path"],
        "url.scheme": scope.get("scheme", "http"),
    }
    if client := scope.get("client"):
        attributes["client.address"] = client[0]
    if identifier := requestids.current():
        attributes["registry.request_id"] = identifier
    return attributes
