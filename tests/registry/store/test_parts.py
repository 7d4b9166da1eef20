"""The parts that others stand on: gathering, concurrency, and the cache."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from storagedriver.aio import Threads
from storagedriver.errors import StorageUnavailableError
from storagedriver.protocol import StorageDriver
from storagedriver.records import Capabilities, Limits
from storagedriver.registry.store import Digest, Manifest, Store, StoreError, errors
from storagedriver.registry.store.cache import ManifestCache
from storagedriver.registry.store.concurrency import MOST, for_each
from storagedriver.registry.store.hashing import RunningHash
from storagedriver.registry.store.intake import PIECE, Intake
from tests.registry.store.content import body, chunked
from tests.registry.store.spying import SpyingDriver


async def test_chunks_are_gathered_into_pieces(driver: StorageDriver) -> None:
    sizes: list[int] = []
    spy = SpyingDriver(driver)
    content = bytes(3 * PIECE + 5)

    async with Threads("test", most=1) as threads, await spy.writer("/file") as writer:

        async def note(_: str) -> None:
            sizes.append(writer.size)

        spy.before = note
        intake = Intake(writer, RunningHash("sha256"), threads)
        await intake.take(body(*chunked(content)))
        await writer.commit()

    assert [0, PIECE, 2 * PIECE, 3 * PIECE, len(content)] == sizes[:5]
    assert content == await driver.get_content("/file")


class OfParts(SpyingDriver):
    """A driver that sends parts."""

    @property
    def capabilities(self) -> Capabilities:
        return replace(super().capabilities, limits=Limits(min_part=3 * PIECE))


@pytest.mark.parametrize("way", ["at once", "appended"])
async def test_for_a_driver_that_sends_parts_a_part_is_gathered(
    driver: StorageDriver, way: str
) -> None:
    content = bytes(7 * PIECE)
    spy = OfParts(driver)

    async with Store(spy) as store:
        if way == "at once":
            await store.uploads.push("team/app", Digest.of(content), body(*chunked(content)))
        else:
            upload = await store.uploads.start("team/app")
            await store.uploads.append("team/app", upload.id, body(*chunked(content)))

    assert 3 == sum(call.startswith("write ") for call in spy.calls)


async def test_a_slow_writer_makes_the_body_wait(driver: StorageDriver) -> None:
    received = 0
    go_on = asyncio.Event()
    spy = SpyingDriver(driver)

    async def counted() -> AsyncIterator[bytes]:
        nonlocal received
        for chunk in chunked(bytes(8 * PIECE)):
            received += len(chunk)
            yield chunk

    async def wait(call: str) -> None:
        if call.startswith("write "):
            await go_on.wait()

    async with Threads("test", most=1) as threads, await spy.writer("/file") as writer:
        spy.before = wait
        taking = asyncio.create_task(Intake(writer, RunningHash("sha256"), threads).take(counted()))
        for _ in range(1000):
            await asyncio.sleep(0)

        assert 2 * PIECE == received
        go_on.set()
        await taking
        assert 8 * PIECE == received == writer.size


async def test_the_digest_is_not_known_after_a_write_failed(driver: StorageDriver) -> None:
    spy = SpyingDriver(driver)

    async def fail(call: str) -> None:
        if call.startswith("write "):
            raise StorageUnavailableError

    async with Threads("test", most=1) as threads, await spy.writer("/file") as writer:
        intake = Intake(writer, RunningHash("sha256"), threads)
        assert Digest.of(b"") == intake.digest
        spy.before = fail
        with pytest.raises(StorageUnavailableError):
            await intake.take(body(b"content"))

        assert None is intake.digest


async def test_results_come_in_order_and_some_work_at_a_time() -> None:
    running = 0
    most = 0

    async def work(number: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        for _ in range(100 - number):
            await asyncio.sleep(0)
        running -= 1
        return number * 2

    assert [number * 2 for number in range(100)] == await for_each(range(100), work)
    assert MOST == most
    assert [] == await for_each([], work)
    assert [6] == await for_each([3], work)


async def test_the_first_error_is_raised_as_itself_with_its_cause() -> None:
    cause = OSError("of the backend")

    async def work(number: int) -> None:
        if number == 3:
            raise StorageUnavailableError from cause
        await asyncio.Event().wait()

    with pytest.raises(StorageUnavailableError) as caught:
        await for_each(range(100), work)

    assert cause is caught.value.__cause__
    assert {asyncio.current_task()} == asyncio.all_tasks()


def cached(content: bytes) -> Manifest:
    return Manifest(digest=Digest.of(content), media_type="x/y", content=content)


def test_the_cache_keeps_what_was_used_last_within_its_size() -> None:
    cache = ManifestCache(30)
    first, second, third = (cached(bytes([number]) * 10) for number in range(3))
    for manifest in (first, second, third, first):
        cache.put(manifest)
    assert first == cache.get(first.digest)

    cache.put(cached(b"x" * 10))

    assert [first, None, third] == [cache.get(one.digest) for one in (first, second, third)]


def test_the_cache_keeps_nothing_that_is_larger_than_itself() -> None:
    cache = ManifestCache(30)
    large = cached(b"x" * 31)

    cache.put(large)

    assert None is cache.get(large.digest)


def test_every_error_has_a_code_of_the_specification() -> None:
    classes = {
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, StoreError) and value is not StoreError
    }

    assert {
        "BLOB_UNKNOWN",
        "BLOB_UPLOAD_INVALID",
        "BLOB_UPLOAD_UNKNOWN",
        "DENIED",
        "DIGEST_INVALID",
        "MANIFEST_BLOB_UNKNOWN",
        "MANIFEST_INVALID",
        "MANIFEST_UNKNOWN",
        "MANIFEST_UNVERIFIED",
        "NAME_INVALID",
        "NAME_UNKNOWN",
        "SIZE_INVALID",
        "TAG_INVALID",
        "UNSUPPORTED",
    } == {one.code for one in classes}
