"""What is traced of a request."""

from collections.abc import AsyncIterator, Mapping

import pytest
from starlette.types import Message

from storagedriver.errors import StorageUnavailableError
from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver
from storagedriver.registry.app import create_app
from storagedriver.registry.requestlog import Receive, Scope, Send
from tests.registry.api.direct import answer_to, scope_of

pytest.importorskip("opentelemetry.sdk.trace")

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from storagedriver.registry.tracing.spans import Tracing, TracingMeter

TRACE = "0af7651916cd43dd8448eb211c80319c"


class Recorder:
    """Traces, and all spans that have ended."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.tracer = provider.get_tracer("test")
        self.tracing = Tracing(self.tracer)

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        return self._exporter.get_finished_spans()

    def span(self, name: str) -> ReadableSpan:
        (found,) = [span for span in self.spans if span.name == name]
        return found


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
async def driver() -> AsyncIterator[StorageDriver]:
    async with open_driver("memory") as driver:
        yield driver


def attributes(span: ReadableSpan) -> Mapping[str, object]:
    return span.attributes or {}


async def ask(recorder: Recorder, driver: object, url: str, **headers: str) -> None:
    app = recorder.tracing.traced(create_app(recorder.tracing.measured(driver)))  # type: ignore[arg-type]
    given = [(name.encode(), value.encode()) for name, value in headers.items()]
    await answer_to(app, scope_of("GET", url, given))


async def test_the_drivers_calls_are_below_their_request(
    recorder: Recorder, driver: StorageDriver
) -> None:
    await ask(recorder, driver, "/v2/a/manifests/v1")

    request, call = recorder.span("GET manifest"), recorder.span("storage get_content")
    assert call.parent is not None
    assert request.context.span_id == call.parent.span_id
    assert 404 == attributes(request)["http.response.status_code"]
    assert "/v2/a/manifests/v1" == attributes(request)["url.path"]
    assert {
        "storage.driver": "memory",
        "storage.outcome": "PathNotFoundError",
    } == attributes(call)
    assert request.status.is_unset
    assert call.status.is_unset
    assert request.start_time <= call.start_time <= call.end_time <= request.end_time  # type: ignore[operator]


async def test_a_trace_that_a_client_began_goes_on(
    recorder: Recorder, driver: StorageDriver
) -> None:
    await ask(recorder, driver, "/v2/", traceparent=f"00-{TRACE}-b7ad6b7169203331-01")

    assert int(TRACE, 16) == recorder.span("GET base").context.trace_id


@pytest.mark.parametrize("told", ["", "nonsense", f"00-{TRACE}-0000000000000000-01"])
async def test_what_is_no_trace_begins_a_new_one(
    recorder: Recorder, driver: StorageDriver, told: str
) -> None:
    await ask(recorder, driver, "/v2/", traceparent=told)

    span = recorder.span("GET base")
    assert span.parent is None
    assert int(TRACE, 16) != span.context.trace_id


async def test_a_failure_is_marked_and_no_secret_is_told(
    recorder: Recorder, driver: StorageDriver
) -> None:
    class Failing:
        def __getattr__(self, name: str) -> object:
            return getattr(driver, name)

        async def get_content(self, _path: str) -> bytes:
            raise StorageUnavailableError("key=hidden")

    await ask(recorder, Failing(), "/v2/a/manifests/v1?token=hidden", authorization="hidden")

    request, call = recorder.span("GET manifest"), recorder.span("storage get_content")
    assert not request.status.is_ok
    assert not request.status.is_unset
    assert not call.status.is_unset
    assert "StorageUnavailableError" == attributes(call)["storage.outcome"]
    assert "hidden" not in "".join(span.to_json() for span in recorder.spans)


async def test_an_error_out_of_the_app_is_marked_without_its_text(recorder: Recorder) -> None:
    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise RuntimeError("hidden")

    async def receive() -> Message:
        raise AssertionError

    async def send(_: Message) -> None:
        raise AssertionError

    with pytest.raises(RuntimeError, match="hidden"):
        await recorder.tracing.traced(app)(scope_of("GET", "/v2/"), receive, send)

    span = recorder.span("GET base")
    assert not span.status.is_unset
    assert "hidden" not in span.to_json()


async def test_what_no_request_asked_for_is_not_traced(
    recorder: Recorder, driver: StorageDriver
) -> None:
    await recorder.tracing.measured(driver).stat("/")

    assert () == recorder.spans


def test_a_call_is_as_long_as_it_took(recorder: Recorder) -> None:
    meter = TracingMeter(recorder.tracer, driver="d", now=lambda: 10_000_000_000)

    with recorder.tracer.start_as_current_span("request"):
        meter.called("stat", "ok", 1.5)

    span = recorder.span("storage stat")
    assert (8_500_000_000, 10_000_000_000) == (span.start_time, span.end_time)
