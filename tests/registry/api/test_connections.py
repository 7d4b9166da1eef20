import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from functools import partial

import pytest
from starlette.applications import Starlette

from storagedriver.protocol import StorageDriver
from storagedriver.registry.api import bodies
from tests.registry.api.content import OCI_MANIFEST, digest_of, tree_of
from tests.registry.api.wire import PATIENCE, Answer, Wire, served, until

UNKNOWN = "/v2/a/blobs/uploads/00000000-0000-4000-8000-000000000000"
MIB = 2**20


@pytest.fixture
async def port(app: Starlette) -> AsyncIterator[int]:
    async with served(app) as port:
        yield port


@pytest.fixture
async def wire(port: int) -> AsyncIterator[Wire]:
    async with Wire.open(port) as wire:
        yield wire


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "PATIENCE", PATIENCE)
    monkeypatch.setattr(bodies, "LINGER", PATIENCE)


@pytest.fixture(autouse=True)
def no_error_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert [] == [record for record in caplog.records if record.levelno >= logging.ERROR]


async def _location(wire: Wire) -> str:
    return (await wire.asked("POST", "/v2/a/blobs/uploads/")).headers["location"]


@pytest.mark.parametrize(
    "path",
    [
        "/v2/a%2Fb/manifests/v1",
        "/v2/a/manifests/%2E%2E%2Fx",
        "/v2/a%00/manifests/v1",
        "/v2/a%0A/manifests/v1",
        "/v2/a/%2e%2e/b/manifests/v1",
        "/v2/a/../b/manifests/v1",
        "/v2/a//b/manifests/v1",
        "//v2/a/manifests/v1",
        "/v2/a%FF%FE/manifests/v1",
        "/v2/\u00ff/manifests/v1",
        "/v2/a\\b/manifests/v1",
        "/v2/a%zz/manifests/v1",
        "http://other/v2/A/manifests/v1",
        "*",
        "/" + "a" * 60_000,
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_a_strange_path_is_the_clients_mistake(
    wire: Wire, driver: StorageDriver, method: str, path: str
) -> None:
    answer = await wire.asked(method, path)

    assert answer.status in {400, 404}
    assert [] == await tree_of(driver)


async def test_a_body_without_a_length_is_taken(wire: Wire) -> None:
    location = await _location(wire)
    await wire.ask("PATCH", location, headers="transfer-encoding: chunked\r\n")
    await wire.send(b"3\r\nabc\r\n")
    await wire.send(b"2\r\nde\r\n0\r\n\r\n")

    patched = await wire.answer()
    closed = await wire.asked("PUT", f"{location}?digest={digest_of(b'abcde')}")

    assert (202, "0-4") == (patched.status, patched.headers["range"])
    assert 201 == closed.status


@pytest.mark.parametrize("framing", ["content-length: 300000", "transfer-encoding: chunked"])
async def test_a_client_that_goes_away_can_go_on_from_what_the_status_says(
    wire: Wire, port: int, driver: StorageDriver, framing: str
) -> None:
    content = bytes(range(256)) * 1000
    location = await _location(wire)
    async with Wire.open(port) as lost:
        await lost.ask("PATCH", location, headers=f"{framing}\r\n")
        await lost.send(b"20000\r\n" * ("chunked" in framing) + content[:100_000])
        await until(partial(_is_coming, driver, location))

    answer = await _resumed(wire, location, content)
    closed = await wire.asked("PUT", f"{location}?digest={digest_of(content)}")

    assert f"0-{len(content) - 1}" == answer.headers["range"]
    assert 201 == closed.status


async def _is_coming(driver: StorageDriver, location: str) -> bool:
    """Tell whether the server has begun to take the body in."""
    upload_id = location.rpartition("/")[2]
    return bool([entry async for entry in driver.unfinished("/") if upload_id in entry.path])


async def _resumed(wire: Wire, location: str, content: bytes) -> Answer:
    """Send what is missing, as soon as the server has noticed that the client before is gone."""
    async with asyncio.timeout(PATIENCE):
        while True:
            status = await wire.asked("GET", location)
            last = int(status.headers["range"].removeprefix("0-"))
            first = last + 1 if last else 0
            where = f"content-range: {first}-{len(content) - 1}\r\n"
            await wire.ask("PATCH", location, content[first:], where)
            answer = await wire.answer()
            if answer.status == 202:
                return answer
            assert answer.status in {400, 416}
            await asyncio.sleep(0.01)


async def test_a_body_that_breaks_its_framing_leaves_the_upload(wire: Wire, port: int) -> None:
    location = await _location(wire)
    async with Wire.open(port) as broken:
        await broken.ask("PATCH", location, headers="transfer-encoding: chunked\r\n")
        await broken.send(b"3\r\nabc\r\nthis is no chunk\r\n")
        await broken.rest()

    answer = await _resumed(wire, location, b"abcde")

    assert "0-4" == answer.headers["range"]


async def test_a_client_that_waits_to_be_told_is_told_to_continue(wire: Wire) -> None:
    location = await _location(wire)
    await wire.ask("PATCH", location, headers="expect: 100-continue\r\ncontent-length: 3\r\n")

    told = await wire.read(len(b"HTTP/1.1 100 Continue\r\n\r\n"))
    await wire.send(b"abc")
    answer = await wire.answer()

    assert b"HTTP/1.1 100 Continue\r\n\r\n" == told
    assert (202, "0-2") == (answer.status, answer.headers["range"])


async def test_a_client_that_waits_to_be_told_is_refused_at_once(wire: Wire) -> None:
    await wire.ask("PATCH", UNKNOWN, headers="expect: 100-continue\r\ncontent-length: 3\r\n")

    answer = await wire.answer()

    assert 404 == answer.status
    assert "close" == answer.headers["connection"]
    assert b"" == await wire.rest()


WRONG = [
    ("PATCH", UNKNOWN, 404),
    ("PUT", f"{UNKNOWN}?digest={digest_of(b'x')}", 404),
    ("PUT", UNKNOWN, 400),
    ("POST", "/v2/A/blobs/uploads/", 400),
    ("POST", "/v2/a/blobs/uploads/?digest=x", 400),
    ("PUT", "/v2/A/manifests/v1", 400),
    ("PUT", "/nowhere", 404),
    ("PUT", "/v2/a/tags/list", 405),
    ("DELETE", UNKNOWN, 404),
    ("POST", "/v2/a/blobs/uploads/", 202),
]


@pytest.mark.parametrize(("method", "url", "status"), WRONG)
async def test_after_an_unwanted_body_the_connection_is_of_use(
    wire: Wire, method: str, url: str, status: int
) -> None:
    content = b"GET /v2/A/tags/list HTTP/1.1\r\n\r\n" * 3000

    refused = await wire.asked(method, url, content)
    after = await wire.asked("GET", "/v2/")

    assert status == refused.status
    assert "connection" not in refused.headers
    assert (200, b"{}") == (after.status, after.content)


async def test_after_an_unwanted_body_in_chunks_the_connection_is_of_use(wire: Wire) -> None:
    await wire.ask("PATCH", UNKNOWN, headers="transfer-encoding: chunked\r\n")
    await wire.send(b"3\r\nabc\r\n" * 100 + b"0\r\n\r\n")

    refused = await wire.answer()
    after = await wire.asked("GET", "/v2/")

    assert (404, 200) == (refused.status, after.status)


@pytest.mark.parametrize(("method", "url", "status"), WRONG)
async def test_a_large_unwanted_body_is_answered_before_it_ends(
    wire: Wire, method: str, url: str, status: int
) -> None:
    await wire.ask(method, url, headers=f"content-length: {2**40}\r\n")
    await wire.send(b"x" * MIB)

    answer = await wire.answer()

    assert status == answer.status
    assert "close" == answer.headers["connection"]


@pytest.mark.parametrize("framing", [f"content-length: {8 * MIB}", "transfer-encoding: chunked"])
async def test_a_client_that_sends_all_before_it_reads_gets_its_answer(
    wire: Wire, framing: str
) -> None:
    await wire.ask("PATCH", UNKNOWN, headers=f"{framing}\r\n")
    for _ in range(8):
        piece = b"x" * MIB
        await wire.send(b"100000\r\n" + piece + b"\r\n" if "chunked" in framing else piece)
    await wire.send(b"0\r\n\r\n" * ("chunked" in framing))

    answer = await wire.answer()

    assert 404 == answer.status
    assert "close" == answer.headers["connection"]
    assert b"" == await wire.rest()


@pytest.mark.parametrize("framing", [f"content-length: {6 * MIB}", "transfer-encoding: chunked"])
async def test_a_manifest_that_is_too_large_is_refused_before_it_ends(
    wire: Wire, driver: StorageDriver, framing: str
) -> None:
    headers = f"{framing}\r\ncontent-type: {OCI_MANIFEST}\r\n"
    await wire.ask("PUT", "/v2/a/manifests/v1", headers=headers)
    for _ in range(6):
        piece = b" " * MIB
        await wire.send(b"100000\r\n" + piece + b"\r\n" if "chunked" in framing else piece)

    answer = await wire.answer()

    assert 413 == answer.status
    assert [] == await tree_of(driver)


async def test_a_manifest_announced_as_too_large_is_refused_before_it_comes(wire: Wire) -> None:
    await wire.ask("PUT", "/v2/a/manifests/v1", headers=f"content-length: {5 * MIB}\r\n")

    assert 413 == (await wire.answer()).status


async def test_requests_sent_at_once_are_answered_in_order(wire: Wire) -> None:
    location = await _location(wire)
    await wire.ask("PATCH", location, b"abc")
    await wire.ask("HEAD", "/v2/a/blobs/x")
    await wire.ask("PATCH", UNKNOWN, b"abc")
    await wire.ask("PUT", f"{location}?digest={digest_of(b'abc')}", b"")
    await wire.ask("GET", f"/v2/a/blobs/{digest_of(b'abc')}")

    answers = [await wire.answer(method) for method in ("PATCH", "HEAD", "PATCH", "PUT", "GET")]

    assert [202, 400, 404, 201, 200] == [answer.status for answer in answers]
    assert b"abc" == answers[-1].content
