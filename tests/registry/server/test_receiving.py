"""Large bodies: received by the MiB, without the parser, and the parser goes on after them."""

import asyncio
import os
from pathlib import Path

import pytest

from storagedriver.registry.configuration.config import Config
from storagedriver.registry.configuration.limits import LimitSettings
from storagedriver.registry.receiving import PIECE, DirectBody
from storagedriver.registry.requestlog import Message, Receive, Scope, Send
from tests.registry.server.serving import Serving, echo, serving, until

SIZE = 3 * PIECE + 12_345
BODY = os.urandom(SIZE)
HEAD = f"PUT /large HTTP/1.1\r\nHost: h\r\nContent-Length: {SIZE}\r\n\r\n"
NEXT = "GET /next HTTP/1.1\r\nHost: h\r\n\r\n"
CAME = 2 * PIECE + 54_321


class App:
    """Keeps what it receives, and answers with how many bytes that were."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.is_gone = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        message: Message = {"more_body": True}
        while message.get("more_body"):
            message = await receive()
            self.pieces.append(message.get("body", b""))
        self.is_gone = message["type"] == "http.disconnect"
        if not self.is_gone:
            await answer(send, str(sum(map(len, self.pieces))))

    @property
    def content(self) -> bytes:
        return b"".join(self.pieces)


async def answer(send: Send, text: str) -> None:
    headers = [(b"content-length", str(len(text)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})


async def test_a_large_body_comes_whole_and_by_the_piece(tmp_path: Path) -> None:
    app = App()
    async with serving(app, tmp_path / "log") as server, server.client() as client:
        await client.send(HEAD, BODY)

        assert str(SIZE).encode() == (await client.answer())[2]

    assert BODY == app.content
    assert len(app.pieces) <= SIZE // PIECE + 3


async def test_requests_before_and_after_a_large_body_share_its_connection(tmp_path: Path) -> None:
    async with serving(echo, tmp_path / "log") as server, server.client() as client:
        for _ in range(2):
            sending = asyncio.create_task(client.send(NEXT, HEAD, BODY, NEXT))
            answers = [(await client.answer())[2] for _ in range(3)]
            await sending

            assert [b"GET /next ", b"PUT /large " + BODY, b"GET /next "] == answers


async def test_a_body_that_nobody_reads_is_passed_over(tmp_path: Path) -> None:
    async def curt(scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        await answer(send, scope["path"])

    async with serving(curt, tmp_path / "log") as server, server.client() as client:
        await client.send(HEAD)
        assert b"/large" == (await client.answer())[2]
        await client.send(BODY, NEXT)

        assert b"/next" == (await client.answer())[2]


@pytest.mark.parametrize("wait", [False, True], ids=["sends at once", "waits to be told"])
async def test_a_client_is_told_to_continue_with_a_large_body(
    tmp_path: Path, *, wait: bool
) -> None:
    app = App()
    head = HEAD.replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n")
    async with serving(app, tmp_path / "log") as server, server.client() as client:
        await client.send(head, b"" if wait else BODY)
        assert b"HTTP/1.1 100 Continue\r\n\r\n" == await client.reader.readuntil(b"\r\n\r\n")
        await client.send(BODY if wait else b"")

        assert str(SIZE).encode() == (await client.answer())[2]

    assert BODY == app.content


async def test_what_came_before_a_client_went_away_is_given(tmp_path: Path) -> None:
    app = App()
    async with serving(app, tmp_path / "log") as server:
        async with server.client() as client:
            await client.send(HEAD, BODY[:CAME])
            await until(lambda: app.pieces)
            await taken(server, app, CAME)
        await until(lambda: app.is_gone)

    assert BODY[:CAME] == app.content


async def test_what_came_before_a_body_stalled_is_given(tmp_path: Path) -> None:
    app = App()
    patient = Config(limits=LimitSettings(body_seconds=0.2))
    async with (
        serving(app, tmp_path / "log", config=patient) as server,
        server.client() as client,
    ):
        await client.send(HEAD, BODY[:CAME])

        assert 408 == (await client.answer())[0]
        await until(lambda: app.is_gone)

    assert BODY[:CAME] == app.content


async def taken(server: Serving, app: App, size: int) -> None:
    """Wait until so many bytes have come."""
    body = (await server.connection()).transport.get_protocol()
    assert isinstance(body, DirectBody)
    await until(lambda: len(app.content) + body.held == size)
