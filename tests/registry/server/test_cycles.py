import asyncio
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from storagedriver.registry.logs import Log
from storagedriver.registry.requestlog import App, Receive, Scope, Send
from tests.registry.server.transports import wire_to

GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
HEAD = GET.replace(b"GET", b"HEAD")
OK = b"HTTP/1.1 200 OK\r\n"

Headers = list[tuple[bytes, bytes]]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    descriptor = os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT)
    log = Log(descriptor, fields={})
    yield log
    log.close()
    os.close(descriptor)


def giving(headers: Headers, *pieces: bytes, status: int = 200) -> App:
    """An app that answers with these pieces of a body."""

    async def app(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": status, "headers": headers})
        for number, piece in enumerate(pieces, start=1):
            more = number < len(pieces)
            await send({"type": "http.response.body", "body": piece, "more_body": more})

    return app


def sized(size: int) -> Headers:
    return [(b"content-length", b"%d" % size)]


async def test_a_short_answer_is_written_at_once(log: Log) -> None:
    wire = wire_to(giving([(b"a", b"b"), *sized(3)], b"abc"), log)

    expected = [OK + b"a: b\r\ncontent-length: 3\r\n\r\nabc"]
    assert expected == await wire.answers(GET)
    assert expected == await wire.answers(GET)


@pytest.mark.parametrize("pieces", [[b""], [b"abc"], [b"ab", b"c"]])
async def test_a_head_request_gets_the_head_alone(log: Log, pieces: list[bytes]) -> None:
    wire = wire_to(giving(sized(3), *pieces), log)

    assert [OK + b"content-length: 3\r\n\r\n"] == await wire.answers(HEAD)
    assert not wire.transport.is_closed


async def test_what_comes_first_of_a_long_answer_is_not_held_back(log: Log) -> None:
    wire = wire_to(giving(sized(3), b"ab", b"c"), log)

    assert [OK + b"content-length: 3\r\n\r\n", b"ab", b"c"] == await wire.answers(GET)


@pytest.mark.parametrize(
    ("headers", "pieces", "status", "expected"),
    [
        ([], [b"abc"], 200, b"transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
        ([], [b""], 204, b"HTTP/1.1 204 No Content\r\n\r\n"),
        ([(b"connection", b"close"), *sized(1)], [b"a"], 200, b"connection: close\r\n"),
    ],
)
async def test_an_unusual_answer_is_right_too(
    log: Log, headers: Headers, pieces: list[bytes], status: int, expected: bytes
) -> None:
    wire = wire_to(giving(headers, *pieces, status=status), log)

    assert expected in b"".join(await wire.answers(GET))
    assert wire.transport.is_closed is ((b"connection", b"close") in headers)


async def test_an_answer_needs_no_headers(log: Log) -> None:
    async def app(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body"})

    wire = wire_to(app, log)

    assert OK in b"".join(await wire.answers(GET))


@pytest.mark.parametrize("value", [b"a\r\nb: c", b"a\nb: c", b"a\rb", b"a\0", b"a\x7f"])
async def test_no_header_can_begin_another(
    log: Log, value: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    wire = wire_to(giving([(b"a", value), *sized(1)], b"x"), log)

    with caplog.at_level(logging.CRITICAL + 1, "uvicorn.error"):
        answer = b"".join(await wire.answers(GET))

    assert b"a: " not in answer
    assert wire.transport.is_closed


@pytest.mark.parametrize("body", [b"ab", b"abcd"])
async def test_a_body_of_another_size_than_announced_breaks_the_connection(
    log: Log, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    wire = wire_to(giving(sized(3), body), log)

    with caplog.at_level(logging.CRITICAL + 1, "uvicorn.error"):
        await wire.answers(GET)

    assert wire.transport.is_closed


async def test_a_client_that_wants_no_further_answer_gets_the_last_one(log: Log) -> None:
    wire = wire_to(giving(sized(1), b"a"), log)

    answer = b"".join(await wire.answers(GET.replace(b"Host", b"Connection: close\r\nHost")))

    assert answer.endswith(b"connection: close\r\n\r\na")
    assert wire.transport.is_closed


async def test_requests_that_come_together_are_answered_in_order(log: Log) -> None:
    async def app(scope: Scope, _: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": sized(2)})
        await send({"type": "http.response.body", "body": scope["path"].encode()})

    wire = wire_to(app, log)

    answers = await wire.answers(b"".join(GET.replace(b"/ ", b"/%d " % each) for each in range(3)))

    assert [b"/0", b"/1", b"/2"] == [answer[-2:] for answer in answers]


async def test_a_connection_ends_that_was_idle_for_as_long_as_is_allowed(log: Log) -> None:
    wire = wire_to(giving(sized(1), b"a"), log)
    allowed = wire.connection.timeout_keep_alive

    await wire.answers(GET)
    wire.clock.turn(allowed - 1)
    await wire.answers(GET)
    wire.clock.turn(allowed - 1)
    assert not wire.transport.is_closed

    wire.clock.turn(1)
    assert wire.transport.is_closed


async def test_a_connection_that_is_served_is_not_idle(log: Log) -> None:
    may_end = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/slow":
            await may_end.wait()
        await giving(sized(1), b"a")(scope, receive, send)

    wire = wire_to(app, log)
    allowed = wire.connection.timeout_keep_alive
    await wire.answers(GET)

    wire.connection.data_received(GET.replace(b"/ ", b"/slow ", 1))
    wire.clock.turn(3 * allowed)
    assert not wire.transport.is_closed

    may_end.set()
    await wire.ended()
    wire.clock.turn(allowed - 1)
    assert not wire.transport.is_closed

    wire.clock.turn(1)
    assert wire.transport.is_closed
