import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storagedriver.factory import open_driver
from storagedriver.registry import connections
from storagedriver.registry.app import create_app
from storagedriver.registry.configuration.config import Config
from storagedriver.registry.configuration.limits import LimitSettings
from storagedriver.registry.receiving import DirectBody
from storagedriver.registry.requestlog import Receive, Scope, Send
from tests.registry.server.serving import Client, Serving, echo, serving, until

GET = "GET /{} HTTP/1.1\r\nHost: h\r\n\r\n"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Serving]:
    async with serving(echo, tmp_path / "log") as server:
        yield server


@pytest.fixture
async def client(server: Serving) -> AsyncIterator[Client]:
    async with server.client() as client:
        yield client


async def refused(client: Client, status: int) -> None:
    """The answer is an error in the registry's form, and the last on its connection."""
    answer, headers, body = await client.answer()
    assert (status, "close") == (answer, headers["connection"])
    assert "application/json" == headers["content-type"]
    assert json.loads(body)["errors"][0]["code"]
    assert b"" == await client.rest()


async def test_requests_follow_each_other_on_one_connection(client: Client) -> None:
    for number in range(3):
        await client.send(GET.format(number))

        assert (200, b"GET /%d " % number) == (await client.answer())[::2]


async def test_requests_sent_ahead_are_answered_in_their_order(client: Client) -> None:
    await client.send(*(GET.format(number) for number in range(20)))

    for number in range(20):
        assert b"GET /%d " % number == (await client.answer())[2]


async def test_too_many_requests_sent_ahead_end_the_connection(
    server: Serving, client: Client
) -> None:
    await client.send("".join(GET.format(number) for number in range(5000)))

    await client.rest()
    assert 1 == len(server.lines("refused"))


async def test_who_is_refused_is_not_told_to_continue(server: Serving, client: Client) -> None:
    head = "PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n"
    await client.send(f"{head}no length of a chunk")

    await refused(client, 400)
    await until(lambda: not server.tasks)

    (line,) = server.lines("aborted")
    assert "error" not in line


async def test_a_request_may_come_byte_by_byte(client: Client) -> None:
    for byte in "PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc":
        await client.send(byte)

    assert b"PUT /a abc" == (await client.answer())[2]


@pytest.mark.parametrize(
    "head",
    [
        "GET /" + "a" * 70_000,
        "GET /" + "a" * 2_000_000,
        "GET / HTTP/1.1\r\nHost: h\r\nA: " + "a" * 700_000,
        "GET / HTTP/1.1\r\nHost: h\r\n" + "A: b\r\n" * 20_000,
        "GET / HTTP/1.1\r\nHost: h\r\n" + "A: b\r\n" * 20_000 + "\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nA: " + "a" * 70_000 + "\r\n\r\n",
    ],
)
async def test_a_head_without_end_is_refused(server: Serving, client: Client, head: str) -> None:
    await client.send(head)

    await refused(client, 431)
    assert ["431"] == [line["status"] for line in server.lines("refused")]


async def test_a_client_is_refused_once_whatever_it_goes_on_to_send(
    server: Serving, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    await client.send("GET / HTTP/1.1\r\nHost: h\r\nbad header\r\n")
    assert 400 == (await client.answer())[0]
    for _ in range(20):
        await client.send("b" * 100_000)

    await client.close()
    await until(lambda: not server.server.server_state.connections)
    assert [] == caplog.messages  # of the loop, about an error in the protocol
    assert 1 == len(server.lines("refused"))


async def test_a_head_below_the_limit_is_taken(client: Client) -> None:
    await client.send("GET /a HTTP/1.1\r\nHost: h\r\nA: " + "a" * 60_000 + "\r\n\r\n")

    assert 200 == (await client.answer())[0]


async def test_the_limit_is_for_each_head_not_for_all(client: Client) -> None:
    for _ in range(3):
        await client.send("GET /a HTTP/1.1\r\nHost: h\r\nA: " + "a" * 40_000 + "\r\n\r\n")

        assert 200 == (await client.answer())[0]


async def test_a_large_body_is_no_large_head(client: Client) -> None:
    body = b"b" * 1_000_000
    await client.send(f"PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: {len(body)}\r\n\r\n", body)

    assert b"PUT /a " + body == (await client.answer())[2]


@pytest.mark.parametrize(
    "request_",
    [
        "nonsense\r\n\r\n",
        "GET /\xff HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nbad header\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nA: \x00\r\n\r\n",
        "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
        "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
        "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS
    ],
)
async def test_what_is_no_http_is_refused_and_the_server_goes_on(
    server: Serving, client: Client, request_: str
) -> None:
    await client.send(request_)

    await refused(client, 400)
    async with server.client() as other:
        await other.send(GET.format("a"))
        assert 200 == (await other.answer())[0]


async def test_nonsense_after_a_request_does_not_touch_its_answer(tmp_path: Path) -> None:
    async def endless(_scope: Scope, _receive: Receive, send: Send) -> None:
        headers = [(b"content-length", b"10")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"12345", "more_body": True})
        await asyncio.Event().wait()

    async with serving(endless, tmp_path / "log") as server, server.client() as client:
        await client.send(GET.format("a"))
        await client.reader.readuntil(b"12345")
        await client.send("nonsense\r\n\r\n")

        assert b"" == await client.rest()


@pytest.mark.parametrize("protocol", ["websocket", "h2c"])
async def test_a_wish_for_another_protocol_is_passed_over(client: Client, protocol: str) -> None:
    upgrade = f"Host: h\r\nConnection: Upgrade\r\nUpgrade: {protocol}\r\n"
    await client.send(f"GET /a HTTP/1.1\r\n{upgrade}\r\n")
    assert b"GET /a " == (await client.answer())[2]

    await client.send(f"PUT /b HTTP/1.1\r\n{upgrade}Content-Length: 3\r\n\r\nabc")
    assert b"PUT /b abc" == (await client.answer())[2]

    await client.send(f"GET /c HTTP/1.1\r\n{upgrade}\r\n" + GET.format("d"))
    assert b"GET /c " == (await client.answer())[2]
    assert b"GET /d " == (await client.answer())[2]


@pytest.mark.parametrize("sent", ["", "\r\n", "GET / HT", "GET / HTTP/1.1\r\nHost: h\r\nA: b"])
async def test_a_client_that_does_not_finish_a_head_is_let_go(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sent: str
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.2)
    async with serving(echo, tmp_path / "log") as server, server.client() as client:
        await client.send(sent)

        answer = await client.rest()

    assert (b"HTTP/1.1 408 " in answer) is sent.startswith("GET")


async def test_a_slow_body_is_waited_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.1)
    async with serving(echo, tmp_path / "log") as server, server.client() as client:
        await client.send("PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\na")
        await asyncio.sleep(0.4)
        await client.send("bc")

        assert b"PUT /a abc" == (await client.answer())[2]


def patient(seconds: float) -> Config:
    """A server that waits so long for the next bytes of a body."""
    return Config(limits=LimitSettings(body_seconds=seconds))


async def test_what_came_of_a_body_that_stalls_can_be_resumed(tmp_path: Path) -> None:
    async with (
        open_driver("memory") as driver,
        serving(create_app(driver), tmp_path / "log", config=patient(0.2)) as server,
        server.client() as stalling,
        server.client() as client,
    ):
        await client.send("POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: h\r\n\r\n")
        location = (await client.answer())[1]["location"]
        head = f"PATCH {location} HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n"
        await stalling.send(head, "abc")

        await refused(stalling, 408)
        await until(lambda: len(server.tasks) == 0)
        await client.send(f"GET {location} HTTP/1.1\r\nHost: h\r\n\r\n")

        assert "0-2" == (await client.answer())[1]["range"]
        assert ["408"] == [line["status"] for line in server.lines("refused")]


async def test_a_body_that_goes_on_is_waited_for_however_long_it_takes(tmp_path: Path) -> None:
    async with (
        serving(echo, tmp_path / "log", config=patient(0.4)) as server,
        server.client() as client,
    ):
        await client.send("PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 12\r\n\r\n")
        for _ in range(12):
            await asyncio.sleep(0.06)
            await client.send("b")

        assert b"PUT /a " + b"b" * 12 == (await client.answer())[2]


@pytest.mark.parametrize(("wish", "size"), [("", 2**24), ("Expect: 100-continue\r\n", 3)])
async def test_a_client_that_is_kept_waiting_does_not_stall(
    tmp_path: Path, wish: str, size: int
) -> None:
    released = asyncio.Event()

    async def lazy(scope: Scope, receive: Receive, send: Send) -> None:
        await released.wait()
        await echo(scope, receive, send)

    async with (
        serving(lazy, tmp_path / "log", config=patient(0.1)) as server,
        server.client() as client,
    ):
        head = f"PUT /a HTTP/1.1\r\nHost: h\r\n{wish}Content-Length: {size}\r\n\r\n"
        await client.send(head)
        # As much as the buffers of both sockets hold, and then the client is stopped.
        sending = asyncio.create_task(client.send(b"" if wish else bytes(size)))
        await asyncio.sleep(0.4)
        released.set()
        await sending
        if wish:
            await client.reader.readuntil(b"\r\n\r\n")
            await client.send(bytes(size))

        assert 200 == (await client.answer())[0]


async def test_an_unread_body_stops_the_client(tmp_path: Path) -> None:
    released = asyncio.Event()

    async def lazy(scope: Scope, receive: Receive, send: Send) -> None:
        await released.wait()
        await echo(scope, receive, send)

    size = 2**26  # more than the buffers of both sockets hold
    async with serving(lazy, tmp_path / "log") as server, server.client() as client:
        await client.send(f"PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: {size}\r\n\r\n")
        sending = asyncio.create_task(client.send(bytes(size)))
        connection = await server.connection()
        await until(lambda: connection.flow.read_paused)

        body_of_it = connection.transport.get_protocol()
        assert isinstance(body_of_it, DirectBody)
        held = len(connection.cycle.body) + body_of_it.held
        released.set()
        await sending
        _, _, body = await client.answer()

    assert held < 2**21
    assert size + len(b"PUT /a ") == len(body)


async def test_a_client_that_stops_reading_stops_the_app(tmp_path: Path) -> None:
    sent = 0

    async def endless(_scope: Scope, _receive: Receive, send: Send) -> None:
        nonlocal sent
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while True:
            await send({"type": "http.response.body", "body": bytes(2**16), "more_body": True})
            sent += 1

    async with serving(endless, tmp_path / "log") as server:
        async with server.client() as client:
            await client.send(GET.format("a"))
            connection = await server.connection()
            await until(lambda: connection.flow.write_paused)
            waiting = connection.transport.get_write_buffer_size()
        await until(lambda: not server.tasks)  # the app is told that the client is gone

        assert waiting < 2**20
        assert ["499"] == [line["status"] for line in server.lines("aborted")]


async def test_a_client_that_takes_nothing_of_its_answer_is_cut(tmp_path: Path) -> None:
    async def endless(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while True:
            await send({"type": "http.response.body", "body": bytes(2**16), "more_body": True})

    config = Config(limits=LimitSettings(answer_seconds=0.2))
    async with (
        serving(endless, tmp_path / "log", config=config) as server,
        server.client() as client,
    ):
        await client.send(GET.format("a"))
        await server.connection()
        await until(lambda: not server.server.server_state.connections)
        await until(lambda: not server.tasks)

        assert ["warning"] == [line["level"] for line in server.lines("cut")]


async def test_a_client_that_waits_to_be_told_is_told_to_continue(client: Client) -> None:
    head = "PUT /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
    await client.send(head)
    assert b"HTTP/1.1 100 Continue\r\n\r\n" == await client.reader.readuntil(b"\r\n\r\n")
    await client.send("abc")

    assert b"PUT /a abc" == (await client.answer())[2]
