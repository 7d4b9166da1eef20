"""Whether there are traces: only where they are asked for, and their libraries are there."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING

from storagedriver.registry.configuration.config import ConfigError

if TYPE_CHECKING:
    from storagedriver.registry.tracing.spans import Tracing

VARIABLE = "OTEL_TRACES_EXPORTER"

_LIBRARIES = ("opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.http.trace_exporter")
_OTLP = "otlp"
_OFF = ("", "none")


def is_wanted(environment: Mapping[str, str]) -> bool:
    """Tell whether traces are to be sent. Raises `ConfigError` for what cannot be done."""
    exporter = environment.get(VARIABLE, "")
    if exporter in _OFF:
        return False
    if exporter != _OTLP:
        raise ConfigError(f"{VARIABLE}: must be otlp or none, not {exporter!r}")
    try:
        for library in _LIBRARIES:
            import_module(library)
    except ImportError as error:
        hint = "pip install 'storagedriver[tracing]'"
        raise ConfigError(f"{VARIABLE}: {error}; try: {hint}") from error
    return True


@asynccontextmanager
async def tracing(environment: Mapping[str, str]) -> AsyncIterator["Tracing | None"]:
    """Give what traces, while in the block, or None where that is not wanted."""
    if not is_wanted(environment):
        yield None
        return
    from storagedriver.registry.tracing.sending import sending  # noqa: PLC0415 - of the extra
    from storagedriver.registry.tracing.spans import Tracing  # noqa: PLC0415 - the same

    async with sending() as tracer:
        yield Tracing(tracer)
