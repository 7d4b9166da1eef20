"""What the guard does for a driver's listings and readers."""

import pytest

from storagedriver import (
    DriverClosedError,
    PathNotFoundError,
    StorageBackendError,
    StorageDriver,
    guarded,
)
from tests.recording import INFO, RecordingDriver


@pytest.fixture
def inner() -> RecordingDriver:
    return RecordingDriver()


@pytest.fixture
def driver(inner: RecordingDriver) -> StorageDriver:
    return guarded(inner)


async def test_a_listing_that_is_left_early_is_closed_at_once(
    driver: StorageDriver, inner: RecordingDriver
) -> None:
    entries = driver.list("/")
    await anext(entries)

    await entries.aclose()  # type: ignore[attr-defined]  # the guard gives a generator

    assert [("list", "/", None), ("listing closed",)] == inner.calls


async def test_a_listing_ends_with_an_error_when_the_driver_is_closed(
    driver: StorageDriver, inner: RecordingDriver
) -> None:
    entries = driver.list("/")
    await anext(entries)
    await driver.aclose()

    with pytest.raises(DriverClosedError):
        await anext(entries)

    assert ("listing closed",) == inner.calls[-1]


async def test_an_error_in_the_middle_of_a_listing_is_stamped(
    driver: StorageDriver, inner: RecordingDriver
) -> None:
    entries = driver.list("/")
    await anext(entries)
    inner.error = OSError(5, "Input/output error")

    with pytest.raises(StorageBackendError, match=r"recording: /: .*Input/output"):
        await anext(entries)


async def test_a_reader_knows_its_file(driver: StorageDriver) -> None:
    async with driver.reader("/file", offset=1, length=2) as reader:
        assert INFO == reader.info


async def test_where_a_reader_starts_and_stops_is_passed_on(
    driver: StorageDriver, inner: RecordingDriver
) -> None:
    async with driver.reader("/file", offset=1, length=2):
        pass

    assert [("reader", "/file", 1, 2), ("reader closed",)] == inner.calls


async def test_asking_for_a_reader_touches_nothing_yet(
    driver: StorageDriver, inner: RecordingDriver
) -> None:
    driver.reader("/file")

    assert [] == inner.calls


async def test_a_reader_that_is_left_early_is_closed_from_the_inside_out(
    driver: StorageDriver, inner: RecordingDriver
) -> None:
    async with driver.reader("/file") as reader:
        assert b"bo" == await anext(aiter(reader))

    assert [("reader", "/file", 0, None), ("pieces closed",), ("reader closed",)] == inner.calls


async def test_a_reader_cannot_be_read_after_its_block(driver: StorageDriver) -> None:
    async with driver.reader("/file") as reader:
        pieces = aiter(reader)
        await anext(pieces)

    with pytest.raises(ValueError, match="within its block"):
        await anext(pieces)


async def test_a_reader_fails_when_the_driver_is_closed(driver: StorageDriver) -> None:
    async with driver.reader("/file") as reader:
        pieces = aiter(reader)
        await anext(pieces)
        await driver.aclose()

        with pytest.raises(DriverClosedError):
            await anext(pieces)


async def test_an_error_while_reading_is_stamped(
    driver: StorageDriver, inner: RecordingDriver
) -> None:
    async with driver.reader("/file") as reader:
        pieces = aiter(reader)
        await anext(pieces)
        inner.error = OSError(5, "Input/output error")

        with pytest.raises(StorageBackendError, match=r"recording: /file: .*Input/output"):
            await anext(pieces)
        inner.error = None


async def test_an_error_while_closing_a_reader_is_stamped(
    driver: StorageDriver, inner: RecordingDriver
) -> None:
    with pytest.raises(StorageBackendError, match=r"recording: /file: .*Input/output"):
        async with driver.reader("/file"):
            inner.error = OSError(5, "Input/output error")


@pytest.mark.parametrize("error", [OSError(5, "mine"), PathNotFoundError("mine"), KeyError("mine")])
async def test_an_error_of_the_block_stays_the_blocks(
    error: Exception, driver: StorageDriver, inner: RecordingDriver
) -> None:
    with pytest.raises(type(error)) as raised:
        async with driver.reader("/file"):
            raise error

    assert error is raised.value
    assert None is getattr(error, "driver", None)
    assert ("reader closed",) == inner.calls[-1]
