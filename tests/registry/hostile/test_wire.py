"""Whatever comes over a connection, it is answered or closed, and the next one is served."""

import re
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storagedriver.registry import connections
from storagedriver.registry.api import bodies
from storagedriver.registry.configuration.config import Config
from storagedriver.registry.configuration.limits import LimitSettings
from tests.registry.hostile.scenes import Registry, registry
from tests.registry.server.serving import Serving, serving
from tests.waiting import no_forgotten_errors

__all__ = ["no_forgotten_errors"]

LINES = [
    "GET /pre/v2/ HTTP/1.1\r\nHost: h\r\n",
    "GET /pre/v2/a/tags/list HTTP/1.1\r\nHost: h\r\n",
    "GET /pre/v2/a/manifests/v1 HTTP/1.0\r\n",
    "POST /pre/v2/a/blobs/uploads/ HTTP/1.1\r\nHost: h\r\n",
    "PATCH /pre/v2/a/blobs/uploads/{upload} HTTP/1.1\r\nHost: h\r\n",
    "PUT /pre/v2/a/manifests/new HTTP/1.1\r\nHost: h\r\n",
    "DELETE /pre/v2/a/manifests/v1 HTTP/1.1\r\nHost: h\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: h\r\n",
    "CONNECT h:1 HTTP/1.1\r\nHost: h\r\n",
    "GET http://h/pre/v2/ HTTP/1.1\r\n",
    "GET /%00%ff/../?\xff HTTP/1.1\r\n",
]
HEADERS = [
    "Authorization: Basic =\r\n",
    "X-Forwarded-For: 10.0.0.1, unknown\r\nX-Forwarded-Host: \xff\r\n",
    'Forwarded: for="[::1\r\n',
    "Content-Length: 5\r\n",
    "Content-Length: 5\r\n",
    "Content-Length: 99999999999999999999\r\n",
    "Content-Length: 5, 5\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: chunked, x\r\n",
    "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n",
    "Connection: close\r\n",
    "Expect: 100-continue\r\n",
    "Range: bytes=0-0,0-0\r\n",
    " folded: x\r\n",
    ": \r\n",
]
BODIES = ["", "abcde", "abcde", "5\r\nabcde\r\n0\r\n\r\n", "f" * 18 + "\r\n", '5;a="\r\nabcde\r\n']
OTHERS = [
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "\r\n",
]


@st.composite
def requests(draw: st.DrawFn) -> list[str]:
    """Draw a request in pieces."""
    headers = draw(st.lists(st.sampled_from(HEADERS), max_size=3))
    given = draw(st.sampled_from(["Authorization: {right}\r\n"] * 3 + [""]))
    body = draw(st.sampled_from(BODIES))
    return [draw(st.sampled_from(LINES)), given, *headers, "\r\n", body]


JUNK = st.lists(
    st.sampled_from(OTHERS) | st.binary(max_size=9).map(lambda it: it.decode("latin-1"))
)
SENT = st.lists(st.one_of(requests(), requests(), requests(), JUNK), max_size=4).map(
    lambda parts: [piece for part in parts for piece in part]
)
LAST = "GET /pre/v2/ HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
SHORT = 0.02
_STATUS = re.compile(rb"HTTP/1\.1 (\d{3})")


@pytest.fixture(params=["nobody", "htpasswd", "token"])
async def made(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Registry]:
    async with registry(tmp_path, request.param) as made:
        yield made


@pytest.fixture
async def server(
    made: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Serving]:
    """Serve with little patience for whoever sends half of what they announced."""
    monkeypatch.setattr(connections, "LINGER_SECONDS", SHORT)
    monkeypatch.setattr(bodies, "PATIENCE", SHORT)
    monkeypatch.setattr(bodies, "LINGER", SHORT)
    config = Config(limits=LimitSettings(body_seconds=SHORT))
    async with serving(made.app, tmp_path / "server.log", config=config) as server:
        yield server


@pytest.mark.usefixtures("no_forgotten_errors")
@settings(
    max_examples=20,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(pieces=SENT, at_once=st.booleans())
async def test_any_bytes_are_answered_or_refused(
    made: Registry, server: Serving, pieces: list[str], *, at_once: bool
) -> None:
    right = made.credentials.get("right", "none")
    known = [piece.replace("{right}", right).replace("{upload}", made.upload) for piece in pieces]

    async with server.client() as client:
        with suppress(ConnectionError):
            await client.send(*(["".join(known)] if at_once else known), LAST)
        answers = await client.rest()

    async with server.client() as client:
        await client.send(LAST)
        status, *_ = await client.answer()

    assert status == (401 if made.credentials else 200)
    assert not [status for status in _STATUS.findall(answers) if int(status) >= 500]
    assert b"Traceback" not in (server.log_file.read_bytes() + "".join(made.log.lines).encode())
