"""How many parts there may be, with that number lowered: nothing is cut, ever."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from storagedriver.drivers.s3.client import Answer, Client
from storagedriver.drivers.s3.driver import S3Driver
from storagedriver.drivers.s3.opening import Found, open_session
from storagedriver.drivers.s3.parameters import S3Parameters
from storagedriver.drivers.s3.service import S3Service
from storagedriver.errors import StorageFullError, StorageUnavailableError
from storagedriver.guard import guarded
from storagedriver.protocol import StorageDriver
from tests.drivers.s3.marks import on_weed
from tests.s3servers import S3Server

PART = 5 << 20


@asynccontextmanager
async def limited(
    server: S3Server, root: str, most: int, **others: int
) -> AsyncIterator[StorageDriver]:
    """Open a driver over a service that takes so many parts."""
    given: Any = server.parameters(rootdirectory=root, **others)
    parameters = S3Parameters(**given, multipartcopythresholdsize=PART, multipartcopychunksize=PART)
    session = await open_session(parameters)
    service = S3Service(
        session.client, {}, has_conditional_put=True, has_conditional_delete=True, max_parts=most
    )
    driver = guarded(S3Driver(session, service, parameters, Found()))
    try:
        yield driver
    finally:
        await driver.aclose()


async def test_more_than_the_parts_hold_is_refused_by_the_name_of_what_to_set(
    server: S3Server, root: str
) -> None:
    whole = bytes(range(256)) * (2 * PART // 256)
    async with limited(server, root, 2) as driver, await driver.writer("/f") as writer:
        await writer.write(whole[:-1])
        with pytest.raises(StorageFullError, match=r"10,485,760.*chunksize"):
            await writer.write(b"ab")

        assert len(whole) - 1 == writer.size
        await writer.write(whole[-1:])
        await writer.commit()

        assert whole == await driver.get_content("/f")


@on_weed
async def test_a_writer_that_is_resumed_has_no_more_parts_than_before(
    server: S3Server, root: str
) -> None:
    async with limited(server, root, 2) as driver:
        async with await driver.writer("/f") as writer:
            await writer.write(bytes(PART + 1))
        async with await driver.writer("/f", append=True) as writer:
            with pytest.raises(StorageFullError, match="chunksize"):
                await writer.write(bytes(PART))
            await writer.write(bytes(PART - 1))
            assert 2 * PART == (await writer.commit()).size


@on_weed
async def test_the_parts_of_a_copy_grow_with_the_file(
    server: S3Server, root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = bytes(range(256)) * (2 * PART // 256) + b"rest"
    called: Counter[str] = Counter()
    sent = Client._sent

    async def counted(self: Client, operation: str, parameters: dict[str, object]) -> Answer:
        called[operation] += 1
        return await sent(self, operation, parameters)

    monkeypatch.setattr(Client, "_sent", counted)
    async with limited(server, root, 2) as driver:
        await driver.put_content("/a", whole)
        await driver.move("/a", "/b")

        assert 2 == called["upload_part_copy"]
        assert whole == await driver.get_content("/b")


@on_weed
async def test_a_copy_leaves_half_of_the_connections_to_others(
    server: S3Server, root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    copying: list[int] = []
    running = 0
    sent = Client._sent

    async def watched(self: Client, operation: str, parameters: dict[str, object]) -> Answer:
        nonlocal running
        if operation != "upload_part_copy":
            return await sent(self, operation, parameters)
        running += 1
        copying.append(running)
        try:
            return await sent(self, operation, parameters)
        finally:
            running -= 1

    monkeypatch.setattr(Client, "_sent", watched)
    async with limited(server, root, 10, maxconnections=4) as driver:
        await driver.put_content("/a", bytes(3 * PART))
        await driver.move("/a", "/b")

    assert 3 == len(copying)
    assert 2 == max(copying)


@on_weed
@pytest.mark.parametrize("service", ["too slow", "gone"])
async def test_a_service_that_cannot_copy_so_many_parts_at_once_is_asked_for_one_by_one(
    server: S3Server, root: str, monkeypatch: pytest.MonkeyPatch, service: str
) -> None:
    running = 0
    sent = Client._sent

    async def overcharged(self: Client, operation: str, parameters: dict[str, object]) -> Answer:
        nonlocal running
        if operation != "upload_part_copy":
            return await sent(self, operation, parameters)
        running += 1
        try:
            await asyncio.sleep(0)
            if running > 1 or service == "gone":
                raise StorageUnavailableError("too much")
            return await sent(self, operation, parameters)
        finally:
            running -= 1

    whole = bytes(range(256)) * (2 * PART // 256) + b"rest"
    async with limited(server, root, 10, retries=0) as driver:
        await driver.put_content("/a", whole)
        monkeypatch.setattr(Client, "_sent", overcharged)
        if service == "too slow":
            await driver.move("/a", "/b")
        else:
            with pytest.raises(StorageUnavailableError):
                await driver.move("/a", "/b")
        monkeypatch.undo()

        assert whole == await driver.get_content("/b" if service == "too slow" else "/a")
        assert [] == [info.path async for info in driver.unfinished()]
