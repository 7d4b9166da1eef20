"""Several ranges of a blob in one answer, as they go over the wire."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import Message
from email.parser import BytesParser

import httpx
import pytest

from storagedriver.errors import StorageUnavailableError
from storagedriver.protocol import Reader, StorageDriver
from storagedriver.registry.app import create_app
from tests.registry.api.content import code_of, digest_of, push_blob
from tests.registry.api.wire import Answer, Wire, served, until

MIB = 2**20
CONTENT = bytes(range(256)) * 32

Parts = list[tuple[str | None, bytes]]


class Watching:
    """A driver that counts open readers of blobs; opening one after `most` of them fails."""

    def __init__(self, driver: StorageDriver, *, most: int = 10_000) -> None:
        self._driver = driver
        self._most = most
        self.opened = 0
        self.open = 0
        self.most_open = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._driver, name)

    @asynccontextmanager
    async def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AsyncIterator[Reader]:
        if self.opened == self._most:
            raise StorageUnavailableError("the disk is gone")
        async with self._driver.reader(path, offset=offset, length=length) as reader:
            self.opened += 1
            self.open += 1
            self.most_open = max(self.open, self.most_open)
            try:
                yield reader
            finally:
                self.open -= 1


def parts_of(content_type: str, content: bytes) -> Parts:
    """Read the parts as anyone's parser for MIME does: what each says that it is, and its bytes."""
    head = f"content-type: {content_type}\r\n\r\n".encode()
    whole: Message = BytesParser().parsebytes(head + content)
    assert whole.is_multipart()
    assert not whole.defects
    assert not whole.epilogue
    parts = [part for part in whole.get_payload() if isinstance(part, Message)]
    assert {"application/octet-stream"} == {part.get_content_type() for part in parts}
    return [(part["content-range"], _bytes_of(part)) for part in parts]


def _bytes_of(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


async def _asked(wire: Wire, url: str, ranges: str) -> Answer:
    await wire.ask("GET", url, headers=f"range: bytes={ranges}\r\n")
    return await wire.answer()


async def _pushed(wire: Wire, content: bytes) -> str:
    digest = digest_of(content)
    answer = await wire.asked("POST", f"/v2/a/blobs/uploads/?digest={digest}", content)
    assert 201 == answer.status
    return f"/v2/a/blobs/{digest}"


async def test_each_range_is_a_part_in_the_order_asked_for(driver: StorageDriver) -> None:
    async with served(create_app(driver)) as port, Wire.open(port) as wire:
        url = await _pushed(wire, CONTENT)
        digest = url.rpartition("/")[2]

        answer = await _asked(wire, url, "4000-4099, 0-9,10-19,-1,8000-")

        assert 206 == answer.status
        assert digest == answer.headers["docker-content-digest"]
        assert f'"{digest}"' == answer.headers["etag"]
        assert "content-range" not in answer.headers
        assert [
            ("bytes 4000-4099/8192", CONTENT[4000:4100]),
            ("bytes 0-9/8192", CONTENT[:10]),
            ("bytes 10-19/8192", CONTENT[10:20]),
            ("bytes 8191-8191/8192", CONTENT[-1:]),
            ("bytes 8000-8191/8192", CONTENT[8000:]),
        ] == parts_of(answer.headers["content-type"], answer.content)
        assert 200 == (await wire.asked("GET", "/v2/")).status  # the length was right


async def test_1024_parts_are_read_one_at_a_time(driver: StorageDriver) -> None:
    watching = Watching(driver)
    async with served(create_app(watching)) as port, Wire.open(port) as wire:
        url = await _pushed(wire, CONTENT)
        starts = [8 * number for number in range(1024)]

        answer = await _asked(wire, url, ",".join(f"{at}-{at + 3}" for at in starts))

        parts = parts_of(answer.headers["content-type"], answer.content)
        assert [CONTENT[at : at + 4] for at in starts] == [content for _, content in parts]
        assert (1024, 1) == (watching.opened, watching.most_open)


async def test_one_range_too_many_is_400(client: httpx.AsyncClient) -> None:
    digest = await push_blob(client, "a", CONTENT)
    ranges = ",".join(f"{at}-{at}" for at in range(1025))

    answer = await client.get(f"/v2/a/blobs/{digest}", headers={"range": f"bytes={ranges}"})

    assert 400 == answer.status_code
    assert "UNSUPPORTED" == code_of(answer)


async def test_never_more_is_sent_than_the_whole(client: httpx.AsyncClient) -> None:
    digest = await push_blob(client, "a", CONTENT)
    ranges = ",".join(["0-"] * 1000)

    answer = await client.get(f"/v2/a/blobs/{digest}", headers={"range": f"bytes={ranges}"})

    assert (200, CONTENT) == (answer.status_code, answer.content)


async def test_several_ranges_outside_of_the_blob_are_416(client: httpx.AsyncClient) -> None:
    digest = await push_blob(client, "a", CONTENT)

    answer = await client.get(f"/v2/a/blobs/{digest}", headers={"range": "bytes=9000-,8192-"})

    assert 416 == answer.status_code
    assert "bytes */8192" == answer.headers["content-range"]


async def test_boundaries_cannot_be_known_before(client: httpx.AsyncClient) -> None:
    digest = await push_blob(client, "a", CONTENT)
    headers = {"range": "bytes=0-1,4-5"}

    answers = [await client.get(f"/v2/a/blobs/{digest}", headers=headers) for _ in range(2)]

    assert 2 == len({answer.headers["content-type"] for answer in answers})


async def test_a_first_part_that_cannot_be_opened_has_a_status(driver: StorageDriver) -> None:
    transport = httpx.ASGITransport(create_app(Watching(driver, most=0)))
    async with httpx.AsyncClient(transport=transport, base_url="http://registry") as client:
        digest = await push_blob(client, "a", CONTENT)

        answer = await client.get(f"/v2/a/blobs/{digest}", headers={"range": "bytes=0-1,4-5"})

        assert 503 == answer.status_code


async def test_a_later_part_that_cannot_be_opened_breaks_the_connection(
    driver: StorageDriver, caplog: pytest.LogCaptureFixture
) -> None:
    watching = Watching(driver, most=1)
    async with served(create_app(watching)) as port, Wire.open(port) as wire:
        url = await _pushed(wire, CONTENT)
        await wire.ask("GET", url, headers="range: bytes=0-1,4-5\r\n")

        received = await wire.rest()

    assert received.startswith(b"HTTP/1.1 206 ")
    assert b"bytes 0-1/8192" in received
    assert not received.endswith(b"--\r\n")
    assert 0 == watching.open
    assert [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_a_client_that_leaves_ends_the_reading(driver: StorageDriver) -> None:
    watching = Watching(driver)

    async def is_closed() -> bool:
        return watching.open == 0

    async with served(create_app(watching)) as port:
        async with Wire.open(port) as wire:
            url = await _pushed(wire, bytes(32 * MIB))
            await wire.ask("GET", url, headers=f"range: bytes=0-{16 * MIB - 1},{16 * MIB}-\r\n")
            await wire.read(1000)
            assert (1, 1) == (watching.opened, watching.open)

        await until(is_closed)

    assert 1 == watching.opened
