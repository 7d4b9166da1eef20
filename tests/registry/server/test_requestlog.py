import asyncio
import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from starlette.requests import ClientDisconnect

from storagedriver.aio import Threads
from storagedriver.registry.logs import Log, logging_to
from storagedriver.registry.requestlog import PEER, App, Message, Receive, RequestLog, Scope, Send
from tests.registry.server.lines import lines_of


class Recorder:
    """A server's side of one request: what it was sent, and whether its client is there."""

    def __init__(self, file: Path) -> None:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT)
        self._descriptor = descriptor
        self._file = file
        self.log = Log(descriptor, fields={})
        self.peer = SimpleNamespace(disconnected=False)
        self.sent: list[Message] = []

    async def serve(self, app: App, *, level: str = "info", **scope: object) -> None:
        request: Scope = {
            "type": "http",
            "method": "GET",
            "path": "/v2/",
            "raw_path": b"/v2/",
            "query_string": b"token=hidden",
            "client": ("127.0.0.1", 99),
            "headers": [
                (b"authorization", b"Bearer hidden"),
                (b"user-agent", b"curl/8"),
                (b"x-request-id", b"r-1"),
            ],
            PEER: self.peer,
        } | scope
        clock = iter([1.0, 1.0123]).__next__
        await RequestLog(app, self.log, level=level, clock=clock)(
            request, self._receive, self._send
        )

    async def _receive(self) -> Message:
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        self.sent.append(message)

    def close(self) -> None:
        self.log.close()
        os.close(self._descriptor)

    def lines(self) -> list[dict[str, str]]:
        self.log.close()
        return lines_of(self._file)

    def line(self) -> dict[str, str]:
        (line,) = self.lines()
        return {name: value for name, value in line.items() if name != "time"}


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    recorder = Recorder(tmp_path / "log")
    yield recorder
    recorder.close()


def start(status: int = 200) -> Message:
    return {"type": "http.response.start", "status": status, "headers": []}


def body(content: bytes, *, more: bool = False) -> Message:
    return {"type": "http.response.body", "body": content, "more_body": more}


def answering(*messages: Message) -> App:
    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        for message in messages:
            await send(message)

    return app


async def test_a_request_is_one_line_without_its_query_and_headers(recorder: Recorder) -> None:
    await recorder.serve(answering(start(), body(b"ab", more=True), body(b"c")))

    assert {
        "level": "info",
        "event": "request",
        "client": "127.0.0.1:99",
        "method": "GET",
        "path": "/v2/",
        "status": "200",
        "bytes": "3",
        "milliseconds": "12.3",
        "agent": "curl/8",
        "request_id": "r-1",
    } == recorder.line()


async def test_an_error_is_told_once_and_answered(recorder: Recorder) -> None:
    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise RuntimeError("https://u:hidden@h\nlevel=forged")

    await recorder.serve(app)

    line = recorder.line()
    assert ("error", "request", "500") == (line["level"], line["event"], line["status"])
    assert line["error"].endswith("RuntimeError: https://***@h\nlevel=forged\n")
    assert 500 == recorder.sent[0]["status"]
    assert "UNKNOWN" == json.loads(recorder.sent[1]["body"])["errors"][0]["code"]


async def test_an_error_in_the_middle_of_an_answer_breaks_the_connection(
    recorder: Recorder,
) -> None:
    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send(start())
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        await recorder.serve(app)

    line = recorder.line()
    assert ("error", "200") == (line["level"], line["status"])
    assert line["error"].endswith("RuntimeError: broken\n")
    assert 1 == len(recorder.sent)


async def test_an_error_after_the_answer_is_told_and_breaks_nothing(recorder: Recorder) -> None:
    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send(start())
        await send(body(b""))
        raise RuntimeError("late")

    await recorder.serve(app)

    assert "error" == recorder.line()["level"]


@pytest.mark.parametrize("error", [None, ClientDisconnect(), RuntimeError("unexpected")])
async def test_a_client_that_goes_away_is_told_as_such(
    recorder: Recorder, error: Exception | None
) -> None:
    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send(start())
        await send(body(b"abc", more=True))
        recorder.peer.disconnected = True
        if error is not None:
            raise error
        await send(body(b"d", more=True))

    await recorder.serve(app)

    line = recorder.line()
    is_unexpected = isinstance(error, RuntimeError)
    assert ("aborted", "499", "3") == (line["event"], line["status"], line["bytes"])
    assert is_unexpected is ("error" in line)


async def test_sending_to_a_client_that_is_gone_is_an_error_of_the_system(
    recorder: Recorder,
) -> None:
    raised: list[OSError] = []

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        recorder.peer.disconnected = True
        try:
            await send(start())
        except OSError as error:
            raised.append(error)

    await recorder.serve(app)

    assert 1 == len(raised)


async def test_a_request_without_an_answer_is_an_aborted_one(recorder: Recorder) -> None:
    await recorder.serve(answering())

    assert "aborted" == recorder.line()["event"]


async def test_a_request_that_is_cut_is_told_to_try_again(recorder: Recorder) -> None:
    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        await asyncio.Event().wait()

    task = asyncio.create_task(recorder.serve(app))
    await asyncio.sleep(0)
    task.cancel()
    await task

    assert 503 == recorder.sent[0]["status"]
    assert "cut, as the server stops" == recorder.line()["error"]


async def test_a_cut_in_the_middle_of_an_answer_breaks_the_connection(recorder: Recorder) -> None:
    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send(start())
        await asyncio.Event().wait()

    task = asyncio.create_task(recorder.serve(app))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert "200" == recorder.line()["status"]


async def test_nothing_that_a_client_sends_forges_a_line(recorder: Recorder) -> None:
    forged = b'x"\nlevel=error event="forged\xff'
    headers = [(b"user-agent", forged)]

    await recorder.serve(answering(start(), body(b"")), raw_path=forged, headers=headers)

    assert forged.decode("latin-1") == recorder.line()["agent"] == recorder.lines()[0]["path"]


async def test_long_values_are_cut(recorder: Recorder) -> None:
    await recorder.serve(answering(start(), body(b"")), raw_path=b"/" * 5000, headers=[])

    assert 1000 == len(recorder.line()["path"])


async def test_a_failed_answer_is_logged_where_others_are_not(recorder: Recorder) -> None:
    await recorder.serve(answering(start(), body(b"")), level="debug")
    await recorder.serve(answering(start(503), body(b"")), level="debug")

    assert "503" == recorder.line()["status"]


@pytest.mark.parametrize(("client", "shown"), [(None, None), (("::1", 9), "[::1]:9")])
async def test_clients_are_shown_with_their_address(
    recorder: Recorder, client: tuple[str, int] | None, shown: str | None
) -> None:
    await recorder.serve(answering(start(), body(b"")), client=client)

    assert shown == recorder.line().get("client")


async def test_other_events_pass_through(recorder: Recorder) -> None:
    await recorder.serve(answering({"type": "lifespan.startup.complete"}), type="lifespan")

    assert [{"type": "lifespan.startup.complete"}] == recorder.sent
    assert [] == recorder.lines()


@pytest.mark.parametrize("sane", [b"1", b"a" * 128, b"01HZ-x_y.Z"])
async def test_a_sane_request_id_is_taken_over(recorder: Recorder, sane: bytes) -> None:
    await recorder.serve(answering(start(), body(b"")), headers=[(b"x-request-id", sane)])

    assert [(b"x-request-id", sane)] == recorder.sent[0]["headers"]
    assert sane.decode() == recorder.line()["request_id"]


@pytest.mark.parametrize(
    "headers",
    [
        [],
        *([(b"x-request-id", value)] for value in (b"", b"a" * 129, b"a b", b'"', b"\xff", b"a\n")),
    ],
)
async def test_another_one_is_made_anew(
    recorder: Recorder, headers: list[tuple[bytes, bytes]]
) -> None:
    await recorder.serve(answering(start(), body(b"")), headers=headers)
    await recorder.serve(answering(start(), body(b"")), headers=headers)

    first, second = (line["request_id"] for line in recorder.lines())
    assert first != second
    assert 32 == len(first)
    assert [(b"x-request-id", first.encode())] == recorder.sent[0]["headers"]


async def test_an_answer_to_a_failure_has_the_request_id(recorder: Recorder) -> None:
    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise RuntimeError("broken")

    await recorder.serve(app)

    assert (b"x-request-id", b"r-1") in recorder.sent[0]["headers"]


async def test_what_is_logged_for_a_request_has_its_id(recorder: Recorder) -> None:
    threads = Threads("test", most=1)

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        logging.getLogger("app").warning("here")
        await threads.run(logging.getLogger("app").warning, "in a thread")
        await send(start())
        await send(body(b""))

    with logging_to(recorder.log):
        await recorder.serve(app)
        logging.getLogger("app").warning("outside")
    await threads.aclose()

    found = [line.get("request_id") for line in recorder.lines() if line["event"] == "message"]
    assert ["r-1", "r-1", None] == found
