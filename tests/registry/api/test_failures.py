import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.types import Message

from storagedriver.errors import (
    CorruptContentError,
    PathConflictError,
    StorageBackendError,
    StorageFullError,
    StoragePermissionError,
    StorageUnavailableError,
)
from storagedriver.protocol import Reader, StorageDriver
from storagedriver.records import FileInfo
from storagedriver.registry.app import create_app
from tests.registry.api.content import code_of, digest_of, push_blob
from tests.registry.api.direct import scope_of

SECRET = "/mnt/secret-disk/docker"
LOGGER = "storagedriver.registry.api.frame"


class Around:
    def __init__(self, driver: StorageDriver) -> None:
        self._driver = driver

    def __getattr__(self, name: str) -> object:
        return getattr(self._driver, name)


class Failing(Around):
    def __init__(self, driver: StorageDriver, error: Exception) -> None:
        super().__init__(driver)
        self._error = error

    async def stat(self, *_: object) -> FileInfo:
        raise self._error

    async def get_content(self, *_: object) -> bytes:
        raise self._error

    async def put_content(self, *_: object) -> FileInfo:
        raise self._error


def _client(driver: object) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(create_app(driver))
    return httpx.AsyncClient(transport=transport, base_url="http://registry")


REQUESTS = [
    ("GET", f"/v2/a/blobs/{digest_of(b'x')}"),
    ("HEAD", f"/v2/a/blobs/{digest_of(b'x')}"),
    ("GET", "/v2/a/manifests/v1"),
    ("POST", f"/v2/a/blobs/uploads/?mount={digest_of(b'x')}&from=b"),
]


ERRORS = [
    (StorageUnavailableError(SECRET), (503, "UNAVAILABLE")),
    (StorageFullError(SECRET), (507, "UNKNOWN")),
    (StoragePermissionError(SECRET), (500, "UNKNOWN")),
    (StorageBackendError(SECRET), (500, "UNKNOWN")),
    (PathConflictError(SECRET), (500, "UNKNOWN")),
    (RuntimeError(SECRET), (500, "UNKNOWN")),
]


@pytest.mark.parametrize("request_line", REQUESTS)
@pytest.mark.parametrize(("error", "expected"), ERRORS)
async def test_a_failing_storage_is_never_taken_for_something_missing(
    driver: StorageDriver,
    caplog: pytest.LogCaptureFixture,
    request_line: tuple[str, str],
    error: Exception,
    expected: tuple[int, str],
) -> None:
    with caplog.at_level(logging.WARNING, LOGGER):
        async with _client(Failing(driver, error)) as client:
            answer = await client.request(*request_line)

    status, code = expected
    assert status == answer.status_code
    assert not answer.content or code == code_of(answer)
    assert SECRET not in answer.text
    (record,) = [record for record in caplog.records if record.name == LOGGER]
    assert SECRET in record.getMessage()
    assert (status == 500) == (record.exc_info is not None)


@pytest.mark.parametrize(("seconds", "expected"), [(None, "5"), (0, "1"), (2.1, "3"), (60, "60")])
async def test_an_unavailable_storage_says_when_to_come_back(
    driver: StorageDriver, seconds: float | None, expected: str
) -> None:
    error = StorageUnavailableError("busy", retry_after=seconds)
    async with _client(Failing(driver, error)) as client:
        answer = await client.get("/v2/a/manifests/v1")

    assert expected == answer.headers["retry-after"]


async def test_what_the_client_does_wrong_is_not_logged(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    await client.get("/v2/A/manifests/v1")

    assert [] == [record for record in caplog.records if record.name == LOGGER]


class Pieces:
    """A reader that gives these pieces, and then fails or just ends."""

    def __init__(self, info: FileInfo, pieces: list[bytes], error: Exception | None) -> None:
        self.info = info
        self._pieces = pieces
        self._error = error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece
        if self._error is not None:
            raise self._error


class Breaking(Around):
    """A driver that gives other bytes than it holds, where it holds many."""

    def __init__(
        self, driver: StorageDriver, pieces: list[bytes], error: Exception | None = None
    ) -> None:
        super().__init__(driver)
        self._pieces = pieces
        self._error = error

    @asynccontextmanager
    async def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AsyncIterator[Reader]:
        async with self._driver.reader(path, offset=offset, length=length) as reader:
            yield Pieces(reader.info, self._pieces, self._error)


@pytest.mark.parametrize("size", [10, 1000_000])
@pytest.mark.parametrize(
    ("share", "error"),
    [(0.5, StorageUnavailableError("gone")), (0.5, None), (0, None), (1.5, None)],
)
async def test_an_answer_that_breaks_off_is_never_completed(
    driver: StorageDriver, size: int, share: float, error: Exception | None
) -> None:
    async with _client(driver) as client:
        digest = await push_blob(client, "a", b"x" * size)
    app = create_app(Breaking(driver, [b"x" * int(size * share)] if share else [], error))
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    with pytest.raises(type(error) if error else CorruptContentError):
        await app(scope_of("GET", f"/v2/a/blobs/{digest}"), _wait, send)

    assert 200 == sent[0]["status"]
    assert all(message["more_body"] for message in sent[1:])
    assert size > sum(len(message["body"]) for message in sent[1:])


async def test_a_client_that_goes_away_stops_the_reading(driver: StorageDriver) -> None:
    async with _client(driver) as client:
        digest = await push_blob(client, "a", b"x" * 1000_000)
    stuck = Stuck(driver)
    arrived = asyncio.Event()

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            arrived.set()

    async def receive() -> Message:
        await arrived.wait()
        return {"type": "http.disconnect"}

    await create_app(stuck)(scope_of("GET", f"/v2/a/blobs/{digest}"), receive, send)

    assert stuck.is_left


async def test_a_server_that_cannot_send_stops_the_reading(driver: StorageDriver) -> None:
    async with _client(driver) as client:
        digest = await push_blob(client, "a", b"x" * 1000)
    stuck = Stuck(driver)

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            raise ConnectionResetError

    await create_app(stuck)(scope_of("GET", f"/v2/a/blobs/{digest}"), _wait, send)

    assert stuck.is_left


class Stuck(Around):
    """A driver whose readers give one byte and then never another."""

    is_left = False

    @asynccontextmanager
    async def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AsyncIterator[Reader]:
        async with self._driver.reader(path, offset=offset, length=length) as reader:
            try:
                yield Endless(reader.info)
            finally:
                self.is_left = True


class Endless:
    def __init__(self, info: FileInfo) -> None:
        self.info = info

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.Event().wait()


async def _wait() -> Message:
    await asyncio.Event().wait()
    raise AssertionError
