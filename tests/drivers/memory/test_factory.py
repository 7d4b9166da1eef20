"""The memory driver by name, by URL and by hand."""

import pytest

from storagedriver.drivers.memory import MemoryDriver, MemoryFactory, MemoryParameters
from storagedriver.errors import StorageFullError, WriterLostError
from storagedriver.factory import open_driver
from storagedriver.records import Support

FACTORY = MemoryFactory()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("memory:", MemoryParameters()),
        ("memory://", MemoryParameters()),
        ("memory:?max_bytes=7", MemoryParameters(max_bytes=7)),
        ("memory://?max_bytes=0", MemoryParameters(max_bytes=0)),
        (
            "memory://?exclusive_names=false&max_bytes=12",
            MemoryParameters(exclusive_names=False, max_bytes=12),
        ),
        ("memory://?exclusive_names=True", MemoryParameters()),
    ],
)
def test_a_url_gives_parameters(url: str, expected: MemoryParameters) -> None:
    assert expected == FACTORY.from_url(url)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("memory://host", "neither host nor path"),
        ("memory:///path", "neither host nor path"),
        ("memory:path", "neither host nor path"),
        ("memory://#part", "neither host nor path"),
        ("memory://?max_byte=1", "max_bytes"),
        ("memory://?max_bytes=", "max_bytes"),
        ("memory://?max_bytes=-1", "max_bytes"),
        ("memory://?max_bytes=1k", "max_bytes"),
        ("memory://?max_bytes=1&max_bytes=2", "twice"),
        ("memory://?exclusive_names=maybe", "exclusive_names"),
    ],
)
def test_a_url_that_makes_no_sense_is_refused(url: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        FACTORY.from_url(url)


def test_a_negative_bound_is_refused() -> None:
    with pytest.raises(ValueError, match="max_bytes"):
        MemoryParameters(max_bytes=-1)


@pytest.mark.parametrize("exclusive_names", [True, False])
async def test_the_instance_declares_its_mode(*, exclusive_names: bool) -> None:
    async with open_driver("memory", exclusive_names=exclusive_names) as driver:
        assert exclusive_names == bool(driver.capabilities.exclusive_names)

    assert Support.NATIVE is FACTORY.capabilities.exclusive_names


async def test_each_instance_has_a_store_of_its_own() -> None:
    async with open_driver("memory") as one, open_driver("memory:") as other:
        await one.put_content("/file", b"x")

        assert [] == [info async for info in other.list("/")]


async def test_there_is_no_url_to_a_file() -> None:
    async with open_driver("memory://?max_bytes=9") as driver:
        await driver.put_content("/file", b"x")

        assert await driver.redirect_url("/file") is None


async def test_content_that_cannot_change_is_not_copied() -> None:
    driver = MemoryDriver()
    content = bytes(1000)

    await driver.put_content("/file", content)

    assert await driver.get_content("/file") is content


async def test_a_writer_without_a_guard_is_closed_by_its_block() -> None:
    driver = MemoryDriver()
    writer = await driver.writer("/file")
    await driver.writer("/file")

    with pytest.raises(WriterLostError):
        async with writer:
            pass


async def test_a_move_onto_itself_without_a_guard_counts_the_file_once() -> None:
    driver = MemoryDriver(max_bytes=10)
    await driver.put_content("/file", bytes(6))

    await driver.move("/file", "/file")

    with pytest.raises(StorageFullError):
        await driver.put_content("/other", bytes(5))
