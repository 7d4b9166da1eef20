"""Uploads whose only body is small: it is held, and stored as a blob at once."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import Digest, Store, layout
from storagedriver.registry.store.errors import (
    DigestInvalidError,
    RangeInvalidError,
    SizeInvalidError,
    UploadUnknownError,
)
from storagedriver.registry.store.intake import PIECE
from tests.registry.store.content import (
    CONFIG,
    LAYER,
    BodyBrokeError,
    body,
    broken_body,
    chunked,
    files,
    push_blob,
    read_blob,
)
from tests.registry.store.spying import SpyingDriver

NAME = "team/app"
DIGEST = Digest.of(CONFIG)
LINK = layout.layer(NAME, DIGEST)
BLOB = layout.blob(DIGEST)
WRITES = ("put_content", "writer", "write", "close", "commit", "move", "delete")


def written(spy: SpyingDriver) -> list[str]:
    return [call for call in spy.calls if call.split()[0] in WRITES]


async def started(store: Store, spy: SpyingDriver) -> str:
    upload = await store.uploads.start(NAME)
    spy.calls.clear()
    return upload.id


@pytest.fixture
def spy(driver: StorageDriver) -> SpyingDriver:
    return SpyingDriver(driver)


async def test_its_blob_is_written_then_its_link_and_nothing_else(
    spy: SpyingDriver,
) -> None:
    async with Store(spy) as store:
        upload_id = await started(store, spy)

        await store.uploads.finish(NAME, upload_id, DIGEST, body(*chunked(CONFIG, 5)), first=0)

    assert [f"put_content {BLOB}", f"put_content {LINK}"] == written(spy)


async def test_a_push_writes_its_blob_then_its_link(spy: SpyingDriver) -> None:
    async with Store(spy) as store:
        await push_blob(store, NAME, CONFIG)

    assert [f"put_content {BLOB}", f"put_content {LINK}"] == written(spy)


async def test_what_is_stored_is_linked_and_not_stored_again(spy: SpyingDriver) -> None:
    async with Store(spy) as store:
        await push_blob(store, "another", CONFIG)
        upload_id = await started(store, spy)

        await store.uploads.finish(NAME, upload_id, DIGEST, body(CONFIG))

    assert [f"put_content {LINK}"] == written(spy)


@pytest.mark.parametrize("first", [None, 0])
@pytest.mark.parametrize("size", [PIECE - 1, PIECE, PIECE + 1])
async def test_every_size_around_a_piece_makes_its_blob(
    driver: StorageDriver, store: Store, size: int, first: int | None
) -> None:
    content = LAYER[:size]
    upload = await store.uploads.start(NAME)

    finished = await store.uploads.finish(
        NAME, upload.id, Digest.of(content), body(*chunked(content)), first=first, length=size
    )

    assert size == finished.size
    assert content == await read_blob(store, NAME, Digest.of(content))
    assert [] == [entry async for entry in driver.unfinished()]


async def test_a_small_end_is_not_taken_for_the_whole(store: Store) -> None:
    upload = await store.uploads.start(NAME)
    await store.uploads.append(NAME, upload.id, body(b"before"))

    with pytest.raises(RangeInvalidError):
        await store.uploads.finish(NAME, upload.id, DIGEST, body(CONFIG), first=0)
    with pytest.raises(DigestInvalidError):
        await store.uploads.finish(NAME, upload.id, DIGEST, body(CONFIG))

    await store.uploads.finish(NAME, upload.id, Digest.of(b"before" + CONFIG), body())


async def test_a_wrong_digest_keeps_it_and_publishes_nothing(
    driver: StorageDriver, store: Store
) -> None:
    upload = await store.uploads.start(NAME)

    with pytest.raises(DigestInvalidError):
        await store.uploads.finish(NAME, upload.id, Digest.of(b"wrong"), body(CONFIG))

    assert [layout.upload_started(NAME, upload.id)] == await files(driver)
    assert len(CONFIG) == (await store.uploads.status(NAME, upload.id)).size
    await store.uploads.finish(NAME, upload.id, DIGEST, body())
    assert CONFIG == await read_blob(store, NAME, DIGEST)


async def test_what_came_before_it_broke_is_kept(store: Store) -> None:
    upload = await store.uploads.start(NAME)

    with pytest.raises(BodyBrokeError):
        await store.uploads.finish(NAME, upload.id, DIGEST, broken_body(CONFIG[:3], CONFIG[3:9]))

    assert 9 == (await store.uploads.status(NAME, upload.id)).size
    await store.uploads.finish(NAME, upload.id, DIGEST, body(CONFIG[9:]), first=9)
    assert CONFIG == await read_blob(store, NAME, DIGEST)


@pytest.mark.parametrize("length", [len(CONFIG) - 1, len(CONFIG) + 1])
async def test_another_length_than_announced_is_kept_and_refused(
    driver: StorageDriver, store: Store, length: int
) -> None:
    upload = await store.uploads.start(NAME)

    with pytest.raises(SizeInvalidError):
        await store.uploads.finish(NAME, upload.id, DIGEST, body(CONFIG), length=length)

    kept = min(length, len(CONFIG))
    assert kept == (await store.uploads.status(NAME, upload.id)).size
    assert [layout.upload_started(NAME, upload.id)] == await files(driver)


async def test_a_cancelled_request_keeps_what_came(store: Store) -> None:
    upload = await store.uploads.start(NAME)
    begun = asyncio.Event()

    async def half() -> AsyncIterator[bytes]:
        yield CONFIG[:9]
        begun.set()
        await asyncio.Event().wait()

    finishing = asyncio.create_task(store.uploads.finish(NAME, upload.id, DIGEST, half()))
    await begun.wait()

    finishing.cancel()
    await asyncio.wait([finishing])

    assert finishing.cancelled()
    assert 9 == (await store.uploads.status(NAME, upload.id)).size
    await store.uploads.finish(NAME, upload.id, DIGEST, body(CONFIG[9:]), first=9)


async def test_an_upload_that_is_cancelled_while_it_comes_makes_no_blob(
    driver: StorageDriver, store: Store
) -> None:
    upload = await store.uploads.start(NAME)

    async def cancelled_meanwhile() -> AsyncIterator[bytes]:
        yield CONFIG[:9]
        await store.uploads.cancel(NAME, upload.id)
        yield CONFIG[9:]

    with pytest.raises(UploadUnknownError):
        await store.uploads.finish(NAME, upload.id, DIGEST, cancelled_meanwhile())

    assert [] == await files(driver)
    assert [] == [entry async for entry in driver.unfinished()]
