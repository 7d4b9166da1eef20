"""Where traces are sent, as OpenTelemetry's variables say."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Tracer

from storagedriver import __version__

_SERVICE = "registry"
_UNKNOWN = "unknown_service"
_FLUSH_SECONDS = 5.0


@asynccontextmanager
async def sending() -> AsyncIterator[Tracer]:
    """Give a tracer whose spans are sent by OTLP over HTTP, while in the block.

    Where to, what of it and under which name, is read from `OTEL_*` variables. What was not sent
    5 seconds after the block was left is lost.
    """
    provider = TracerProvider(resource=_resource(), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    try:
        yield provider.get_tracer("storagedriver", __version__)
    finally:
        # A collector that does not answer must not keep the process from ending.
        closing = threading.Thread(target=provider.shutdown, name="traces", daemon=True)
        closing.start()
        await asyncio.to_thread(closing.join, _FLUSH_SECONDS)


def _resource() -> Resource:
    given = Resource.create()
    if str(given.attributes.get(SERVICE_NAME, "")).startswith(_UNKNOWN):
        return given.merge(Resource({SERVICE_NAME: _SERVICE}))
    return given
