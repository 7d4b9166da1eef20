import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from storagedriver.errors import StorageUnavailableError
from storagedriver.protocol import Reader, StorageDriver
from storagedriver.records import FileInfo
from storagedriver.registry.app import create_app
from tests.registry.api.content import digest_of
from tests.registry.api.wire import Wire, served, until

MIB = 2**20


async def _pushed(wire: Wire, size: int) -> str:
    content = bytes(size)
    digest = digest_of(content)
    answer = await wire.asked("POST", f"/v2/a/blobs/uploads/?digest={digest}", content)
    assert 201 == answer.status
    return f"/v2/a/blobs/{digest}"


def _logged_errors(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.levelno >= logging.ERROR]


class Watching:
    """A driver that counts its open readers, and breaks them after some bytes if told so."""

    def __init__(self, driver: StorageDriver, *, most: int | None = None) -> None:
        self._driver = driver
        self._most = most
        self.opened = 0
        self.closed = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._driver, name)

    @asynccontextmanager
    async def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AsyncIterator[Reader]:
        async with self._driver.reader(path, offset=offset, length=length) as reader:
            self.opened += 1
            try:
                yield Pieces(reader.info, self._most)
            finally:
                self.closed += 1


class Pieces:
    """Zeros, as many as the file has bytes or until it breaks."""

    def __init__(self, info: FileInfo, most: int | None) -> None:
        self.info = info
        self._most = most

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(self.info.size // MIB if self._most is None else self._most // MIB):
            yield bytes(MIB)
        if self._most is not None:
            raise StorageUnavailableError("the disk is gone")


async def test_a_client_that_stops_reading_a_blob_and_leaves_ends_the_reading(
    driver: StorageDriver, caplog: pytest.LogCaptureFixture
) -> None:
    watching = Watching(driver)

    async def is_closed() -> bool:
        return watching.closed == 1

    async with served(create_app(watching)) as port:
        async with Wire.open(port) as wire:
            url = await _pushed(wire, 32 * MIB)
            await wire.ask("GET", url, headers="range: bytes=0-\r\n")
            await wire.read(1000)
            assert (1, 0) == (watching.opened, watching.closed)

        await until(is_closed)

    assert [] == _logged_errors(caplog)


async def test_a_blob_that_cannot_be_read_to_its_end_breaks_the_connection(
    driver: StorageDriver, caplog: pytest.LogCaptureFixture
) -> None:
    watching = Watching(driver, most=MIB)
    async with served(create_app(watching)) as port, Wire.open(port) as wire:
        url = await _pushed(wire, 4 * MIB)
        await wire.ask("GET", url)

        received = await wire.rest()

    assert f"content-length: {4 * MIB}\r\n".encode() in received
    assert MIB <= len(received) < 2 * MIB
    (record,) = _logged_errors(caplog)
    assert record.exc_info is not None
