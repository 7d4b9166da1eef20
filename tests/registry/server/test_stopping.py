import asyncio
from pathlib import Path

import pytest

from storagedriver.registry import stopping
from storagedriver.registry.configuration.config import Config
from storagedriver.registry.requestlog import Receive, Scope, Send
from tests.registry.server.serving import Serving, echo, serving, until

GET = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
PUT = "PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n"
FOREVER = 10_000.0


async def is_refused(server: Serving) -> bool:
    try:
        async with server.client():
            return False
    except ConnectionError:
        return True


async def until_refusing(server: Serving) -> None:
    while not await is_refused(server):  # noqa: ASYNC110 - nothing tells
        await asyncio.sleep(0.01)


async def busy(server: Serving) -> None:
    await until(lambda: server.tasks)


async def test_a_running_upload_ends_and_new_connections_are_refused(tmp_path: Path) -> None:
    async with serving(echo, tmp_path / "log") as server, server.client() as client:
        await client.send(PUT, "a")
        await busy(server)

        server.stop.ask()
        await until_refusing(server)
        await client.send("bc")
        status, headers, body = await client.answer()
        await server.stopped()

        assert (200, "close", b"PUT /a abc") == (status, headers["connection"], body)
        assert not server.stop.is_forced


async def test_a_running_download_ends(tmp_path: Path) -> None:
    goes_on = asyncio.Event()

    async def slow(_scope: Scope, _receive: Receive, send: Send) -> None:
        headers = [(b"content-length", b"6")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"abc", "more_body": True})
        await goes_on.wait()
        await send({"type": "http.response.body", "body": b"def"})

    async with serving(slow, tmp_path / "log") as server, server.client() as client:
        await client.send(GET)
        await client.reader.readuntil(b"abc")

        server.stop.ask()
        await until_refusing(server)
        goes_on.set()

        assert b"def" == await client.rest()
        await server.stopped()


async def test_idle_connections_do_not_delay_the_stop(tmp_path: Path) -> None:
    config = Config(drain_seconds=FOREVER)
    async with (
        serving(echo, tmp_path / "log", config=config) as server,
        server.client() as used,
        server.client() as unused,
    ):
        await used.send(GET)
        await used.answer()

        server.stop.ask()
        await server.stopped()

        assert (b"", b"") == (await used.rest(), await unused.rest())


async def test_what_runs_too_long_is_cut_and_waited_for(tmp_path: Path) -> None:
    cleaned = False

    async def endless(_scope: Scope, _receive: Receive, _send: Send) -> None:
        nonlocal cleaned
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.2)
            cleaned = True

    config = Config(drain_seconds=0.1)
    async with serving(endless, tmp_path / "log", config=config) as server:
        async with server.client() as client:
            await client.send(GET)
            await busy(server)

            server.stop.ask()
            status, _, _ = await client.answer()
            await server.stopped()

        assert 503 == status
        assert cleaned
        assert ["1"] == [line["requests"] for line in server.lines("cut")]


async def test_a_second_signal_cuts_at_once(tmp_path: Path) -> None:
    config = Config(drain_seconds=FOREVER)
    async with (
        serving(echo, tmp_path / "log", config=config) as server,
        server.client() as client,
    ):
        await client.send(PUT, "a")
        await busy(server)

        server.stop.ask()
        await until_refusing(server)
        server.stop.ask()
        await server.stopped()

        assert 503 == (await client.answer())[0]


async def test_what_cannot_be_cut_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "CUT_SECONDS", 0.2)
    ends = asyncio.Event()

    async def stubborn(_scope: Scope, _receive: Receive, _send: Send) -> None:
        while not ends.is_set():
            try:
                await ends.wait()
            except asyncio.CancelledError:
                continue

    config = Config(drain_seconds=0)
    async with serving(stubborn, tmp_path / "log", config=config) as server:
        async with server.client() as client:
            await client.send(GET)
            await busy(server)

            server.stop.ask()
            await server.stopped()

            assert b"" == await client.rest()
        ends.set()
        await until(lambda: not server.tasks)
