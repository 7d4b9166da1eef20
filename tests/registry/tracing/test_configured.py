"""Where traces are asked for, and what then happens."""

import asyncio
import sys

import pytest

from storagedriver.registry.configuration.config import ConfigError
from storagedriver.registry.tracing.configured import is_wanted, tracing
from tests.waiting import PATIENCE


@pytest.mark.parametrize(
    "environment", [{}, {"OTEL_TRACES_EXPORTER": ""}, {"OTEL_TRACES_EXPORTER": "none"}]
)
async def test_nothing_is_traced_unless_it_is_asked_for(environment: dict[str, str]) -> None:
    async with tracing(environment) as traces:
        assert traces is None


def test_an_exporter_that_is_not_known_is_refused() -> None:
    with pytest.raises(ConfigError, match="OTEL_TRACES_EXPORTER: must be otlp or none, not 'zip'"):
        is_wanted({"OTEL_TRACES_EXPORTER": "zip"})


def test_libraries_that_are_missing_are_told_with_what_brings_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)

    with pytest.raises(ConfigError, match=r"pip install 'storagedriver\[tracing\]'"):
        is_wanted({"OTEL_TRACES_EXPORTER": "otlp"})


async def test_spans_are_sent_where_the_variables_say(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
    received: asyncio.Queue[bytes] = asyncio.Queue()

    async def collect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        (length,) = [
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        ]
        await received.put(head + await reader.readexactly(length))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(collect, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
    async with server:
        async with tracing({"OTEL_TRACES_EXPORTER": "otlp"}) as traces:
            assert traces is not None
            traces._tracer.start_span("a span of ours").end()

        async with asyncio.timeout(PATIENCE):
            sent = await received.get()

    assert sent.startswith(b"POST /v1/traces HTTP/1.1\r\n")
    assert b"a span of ours" in sent
    assert b"service.name" in sent
    assert b"unknown_service" not in sent
