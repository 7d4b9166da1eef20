"""Uploads that go on: after a broken body, in another process, with two clients at once."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from storagedriver.errors import StorageUnavailableError
from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import Digest, Store, layout
from storagedriver.registry.store.errors import (
    DigestInvalidError,
    RangeInvalidError,
    UploadInvalidError,
    UploadUnknownError,
)
from storagedriver.registry.store.intake import PIECE
from tests.registry.store.content import (
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
DIGEST = Digest.of(LAYER)
HALF = len(LAYER) // 2


class Slowly:
    """A body that waits for the test between its chunks."""

    def __init__(self, *chunks: bytes) -> None:
        self._chunks = chunks
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._chunks:
            yield chunk
            self.begun.set()
            await self.go_on.wait()


@pytest.mark.parametrize("size", [0, 1, 1000, HALF])
async def test_what_came_before_the_body_broke_is_kept(store: Store, size: int) -> None:
    upload = await store.uploads.start(NAME)

    with pytest.raises(BodyBrokeError):
        await store.uploads.append(NAME, upload.id, broken_body(*chunked(LAYER[:size])))

    assert size == (await store.uploads.status(NAME, upload.id)).size
    rest = body(*chunked(LAYER[size:]))
    await store.uploads.append(NAME, upload.id, rest, first=size)
    await store.uploads.finish(NAME, upload.id, DIGEST, body())
    assert LAYER == await read_blob(store, NAME, DIGEST)


async def test_a_broken_body_costs_no_reading_back(driver: StorageDriver) -> None:
    spy = SpyingDriver(driver)
    async with Store(spy) as store:
        upload = await store.uploads.start(NAME)
        with pytest.raises(BodyBrokeError):
            await store.uploads.append(NAME, upload.id, broken_body(*chunked(LAYER[:HALF])))
        await store.uploads.finish(NAME, upload.id, DIGEST, body(*chunked(LAYER[HALF:])))

    assert [] == [call for call in spy.calls if call.startswith("reader")]


@pytest.mark.parametrize("piece", [1, 2, 3])
async def test_after_a_failed_write_nothing_is_written_behind_the_gap(
    driver: StorageDriver, piece: int
) -> None:
    spy = SpyingDriver(driver)
    writes = 0

    async def fail(call: str) -> None:
        nonlocal writes
        writes += call.startswith("write ")
        if call.startswith("write ") and writes == piece:
            raise StorageUnavailableError

    async with Store(spy) as store:
        upload = await store.uploads.start(NAME)
        spy.before = fail
        with pytest.raises(StorageUnavailableError):
            await store.uploads.append(NAME, upload.id, body(*chunked(LAYER)))

        size = (await store.uploads.status(NAME, upload.id)).size
        assert (piece - 1) * PIECE == size
        await store.uploads.finish(NAME, upload.id, DIGEST, body(LAYER[size:]), first=size)
        assert LAYER == await read_blob(store, NAME, DIGEST)


async def test_a_cancelled_request_leaves_an_upload_that_goes_on(store: Store) -> None:
    upload = await store.uploads.start(NAME)
    slow = Slowly(LAYER[:HALF], LAYER[HALF:])
    appending = asyncio.create_task(store.uploads.append(NAME, upload.id, aiter(slow)))
    await slow.begun.wait()

    appending.cancel()
    await asyncio.wait([appending])

    assert appending.cancelled()
    assert HALF == (await store.uploads.status(NAME, upload.id)).size
    await store.uploads.finish(NAME, upload.id, DIGEST, body(LAYER[HALF:]), first=HALF)
    assert LAYER == await read_blob(store, NAME, DIGEST)


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
async def test_another_process_goes_on_and_reads_once_to_verify(
    driver: StorageDriver, store: Store, algorithm: str
) -> None:
    digest = Digest.of(LAYER, algorithm)
    upload = await store.uploads.start(NAME)
    await store.uploads.append(NAME, upload.id, body(*chunked(LAYER[:HALF])))

    spy = SpyingDriver(driver)
    async with Store(spy) as other:
        assert HALF == (await other.uploads.status(NAME, upload.id)).size
        await other.uploads.append(NAME, upload.id, body(*chunked(LAYER[HALF:])), first=HALF)
        await other.uploads.finish(NAME, upload.id, digest, body())

    data = layout.upload_data(NAME, upload.id)
    assert [f"reader {data}"] == [call for call in spy.calls if call.startswith("reader")]
    assert LAYER == await read_blob(store, NAME, digest)


async def test_a_hash_of_this_process_is_not_used_after_another_went_on(
    driver: StorageDriver, store: Store
) -> None:
    upload = await store.uploads.start(NAME)
    await store.uploads.append(NAME, upload.id, body(LAYER[:HALF]))
    async with Store(driver) as other:
        await other.uploads.append(NAME, upload.id, body(b"of the other"))

    with pytest.raises(DigestInvalidError):
        await store.uploads.finish(NAME, upload.id, DIGEST, body(LAYER[HALF:]))

    mixed = LAYER[:HALF] + b"of the other" + LAYER[HALF:]
    await store.uploads.finish(NAME, upload.id, Digest.of(mixed), body())


async def test_data_of_which_nobody_knows_when_it_began_is_no_upload(
    driver: StorageDriver, store: Store
) -> None:
    upload = await store.uploads.start(NAME)
    await driver.put_content(layout.upload_data(NAME, upload.id), LAYER)

    with pytest.raises(UploadUnknownError):
        await store.uploads.finish(NAME, upload.id, DIGEST, body())


async def complete_with_a_wrong_digest(driver: StorageDriver) -> str:
    """Make an upload whose data is committed: another process has to read it to see it wrong."""
    async with Store(driver) as first, Store(driver) as second:
        upload = await first.uploads.start(NAME)
        await first.uploads.append(NAME, upload.id, body(LAYER))
        with pytest.raises(DigestInvalidError):
            await second.uploads.finish(NAME, upload.id, Digest.of(b"other"), body())
    return upload.id


async def test_a_complete_upload_takes_nothing_more(driver: StorageDriver, store: Store) -> None:
    upload_id = await complete_with_a_wrong_digest(driver)

    assert len(LAYER) == (await store.uploads.status(NAME, upload_id)).size
    for first in (None, 0, len(LAYER)):
        with pytest.raises(RangeInvalidError) as caught:
            await store.uploads.append(NAME, upload_id, body(b"more"), first=first)
        assert len(LAYER) == caught.value.size
    with pytest.raises(RangeInvalidError):
        await store.uploads.finish(NAME, upload_id, DIGEST, body(b"", b"more"))


async def test_a_complete_upload_is_verified_again(driver: StorageDriver, store: Store) -> None:
    upload_id = await complete_with_a_wrong_digest(driver)

    with pytest.raises(DigestInvalidError):
        await store.uploads.finish(NAME, upload_id, Digest.of(b"third"), body())
    await store.uploads.finish(NAME, upload_id, DIGEST, body())

    assert LAYER == await read_blob(store, NAME, DIGEST)
    assert [] == [path for path in await files(driver) if "_uploads" in path]


async def test_a_complete_upload_is_not_excused_by_a_blob_that_has_the_wrong_digest(
    driver: StorageDriver, store: Store
) -> None:
    wrong = await push_blob(store, NAME, b"another blob")
    upload_id = await complete_with_a_wrong_digest(driver)

    with pytest.raises(DigestInvalidError):
        await store.uploads.finish(NAME, upload_id, wrong, body())

    assert len(LAYER) == (await store.uploads.status(NAME, upload_id)).size


async def test_a_complete_upload_can_be_cancelled(driver: StorageDriver, store: Store) -> None:
    upload_id = await complete_with_a_wrong_digest(driver)

    await store.uploads.cancel(NAME, upload_id)

    assert [] == await files(driver)


async def cut_before_its_link(driver: StorageDriver, store: Store) -> str:
    """Make an upload whose data was moved to its blob, as a kill before the link leaves it."""
    upload = await store.uploads.start(NAME)
    await driver.put_content(layout.upload_started(NAME, upload.id), b"2024-02-03T04:05:06Z")
    await driver.put_content(layout.upload_verified(NAME, upload.id), str(DIGEST).encode())
    await driver.put_content(layout.blob(DIGEST), LAYER)
    return upload.id


async def test_an_upload_whose_blob_lacks_its_link_is_complete(
    driver: StorageDriver, store: Store
) -> None:
    upload_id = await cut_before_its_link(driver, store)

    assert len(LAYER) == (await store.uploads.status(NAME, upload_id)).size
    with pytest.raises(RangeInvalidError):
        await store.uploads.append(NAME, upload_id, body(b"more"))
    with pytest.raises(DigestInvalidError):
        await store.uploads.finish(NAME, upload_id, Digest.of(b"other"), body())
    await store.uploads.finish(NAME, upload_id, DIGEST, body())

    assert LAYER == await read_blob(store, NAME, DIGEST)
    assert [] == [path for path in await files(driver) if "_uploads" in path]


async def test_an_upload_whose_blob_was_removed_since_is_gone(
    driver: StorageDriver, store: Store
) -> None:
    upload_id = await cut_before_its_link(driver, store)
    await driver.delete(layout.blob(DIGEST))

    with pytest.raises(UploadUnknownError):
        await store.uploads.status(NAME, upload_id)
    with pytest.raises(UploadUnknownError):
        await store.uploads.finish(NAME, upload_id, DIGEST, body())


async def test_a_blob_of_others_is_not_had_by_naming_its_digest(store: Store) -> None:
    await push_blob(store, "another", LAYER)
    upload = await store.uploads.start(NAME)

    with pytest.raises(DigestInvalidError):
        await store.uploads.finish(NAME, upload.id, DIGEST, body())

    assert None is await store.blobs.find(NAME, DIGEST)


async def test_a_second_request_at_once_is_refused_and_mixes_nothing(store: Store) -> None:
    upload = await store.uploads.start(NAME)
    slow = Slowly(LAYER[:HALF], LAYER[HALF:])
    appending = asyncio.create_task(store.uploads.append(NAME, upload.id, aiter(slow)))
    await slow.begun.wait()

    with pytest.raises(UploadInvalidError):
        await store.uploads.append(NAME, upload.id, body(b"in between"))
    with pytest.raises(UploadInvalidError):
        await store.uploads.finish(NAME, upload.id, DIGEST, body())
    assert 0 <= (await store.uploads.status(NAME, upload.id)).size <= HALF
    slow.go_on.set()
    await appending

    await store.uploads.finish(NAME, upload.id, DIGEST, body())
    assert LAYER == await read_blob(store, NAME, DIGEST)


async def test_another_process_at_once_takes_over_and_mixes_nothing(
    driver: StorageDriver, store: Store
) -> None:
    upload = await store.uploads.start(NAME)
    await store.uploads.append(NAME, upload.id, body(LAYER[:HALF]))
    slow = Slowly(b"lost", b"lost too")
    appending = asyncio.create_task(store.uploads.append(NAME, upload.id, aiter(slow)))
    await slow.begun.wait()
    async with Store(driver) as other:
        await other.uploads.append(NAME, upload.id, body(LAYER[HALF:]), first=HALF)
    slow.go_on.set()

    with pytest.raises(UploadInvalidError):
        await appending

    await store.uploads.finish(NAME, upload.id, DIGEST, body())
    assert LAYER == await read_blob(store, NAME, DIGEST)


async def test_a_chunk_elsewhere_does_not_disturb_another_process(
    driver: StorageDriver, store: Store
) -> None:
    upload = await store.uploads.start(NAME)
    await store.uploads.append(NAME, upload.id, body(LAYER[:HALF]))
    slow = Slowly(LAYER[HALF:], b"")
    appending = asyncio.create_task(store.uploads.append(NAME, upload.id, aiter(slow)))
    await slow.begun.wait()
    async with Store(driver) as other:
        with pytest.raises(RangeInvalidError):
            await other.uploads.append(NAME, upload.id, body(b"elsewhere"), first=0)
    slow.go_on.set()

    await appending

    await store.uploads.finish(NAME, upload.id, DIGEST, body())


@pytest.mark.parametrize("is_elsewhere", [False, True], ids=["here", "in another process"])
async def test_cancelling_ends_a_request_that_writes(
    driver: StorageDriver, store: Store, *, is_elsewhere: bool
) -> None:
    upload = await store.uploads.start(NAME)
    slow = Slowly(LAYER[:HALF], LAYER[HALF:])
    appending = asyncio.create_task(store.uploads.append(NAME, upload.id, aiter(slow)))
    await slow.begun.wait()
    async with Store(driver) as other:
        await (other if is_elsewhere else store).uploads.cancel(NAME, upload.id)
    slow.go_on.set()

    with pytest.raises(UploadInvalidError):
        await appending

    with pytest.raises(UploadUnknownError):
        await store.uploads.status(NAME, upload.id)
    assert [] == await files(driver)
    assert [] == [entry async for entry in driver.unfinished()]


async def test_two_that_finish_at_once_make_one_blob(driver: StorageDriver, store: Store) -> None:
    upload = await store.uploads.start(NAME)
    await store.uploads.append(NAME, upload.id, body(LAYER))
    async with Store(driver) as other:
        ends = await asyncio.gather(
            *(
                one.uploads.finish(NAME, upload.id, DIGEST, body())
                for one in (store, other, store, other)
            ),
            return_exceptions=True,
        )

    for end in ends:
        if isinstance(end, BaseException) and not isinstance(end, UploadInvalidError):
            assert isinstance(end, UploadUnknownError)
    assert DIGEST == (await store.uploads.finish(NAME, upload.id, DIGEST, body())).digest
    assert LAYER == await read_blob(store, NAME, DIGEST)
