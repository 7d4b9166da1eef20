"""Whole files: what is put is what is got, and what is told about it."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from storagedriver.errors import PathNotFoundError
from storagedriver.protocol import Content, StorageDriver
from storagedriver.records import FileInfo
from tests.drivers.backends import on_shared
from tests.drivers.contract.observing import MIB, files, held


@pytest.mark.parametrize("size", [0, 1, 4096, MIB - 1, MIB, MIB + 1, 3 * MIB + 17])
async def test_what_is_put_is_what_is_got(driver: StorageDriver, size: int) -> None:
    content = bytes(range(256)) * (size // 256) + b"e" * (size % 256)

    await driver.put_content("/a/file", content)

    assert content == await driver.get_content("/a/file")
    assert size == (await driver.stat("/a/file")).size


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
async def test_bytes_are_taken_in_any_form(
    driver: StorageDriver, kind: type[bytes | bytearray | memoryview]
) -> None:
    content: Content = kind(b"content")

    await driver.put_content("/file", content)

    got = await driver.get_content("/file")
    assert b"content" == got
    assert bytes is type(got)


@pytest.mark.parametrize("size", [7, 2 * MIB])
async def test_content_changed_after_the_call_changes_nothing(
    driver: StorageDriver, size: int
) -> None:
    content = bytearray(b"a" * size)
    await driver.put_content("/file", content)

    content[:] = b"b" * size

    assert b"a" * size == await driver.get_content("/file")


async def test_a_put_replaces_the_whole_file(driver: StorageDriver) -> None:
    await driver.put_content("/file", b"long content")
    await driver.put_content("/file", b"short")

    assert {"/file": b"short"} == await files(driver)
    assert 5 == (await driver.stat("/file")).size


async def test_a_put_tells_what_stat_tells(driver: StorageDriver) -> None:
    told = await driver.put_content("/a/file", b"12345")
    info = await driver.stat("/a/file")

    assert ("/a/file", 5, False) == (told.path, told.size, told.is_dir)
    assert ("/a/file", 5, False) == (info.path, info.size, info.is_dir)
    assert info.version == told.version
    assert info.version is not None


async def test_a_file_tells_when_it_was_modified(driver: StorageDriver) -> None:
    await driver.put_content("/file", b"x")

    modified = (await driver.stat("/file")).modified
    assert modified is not None
    assert timedelta(0) == modified.utcoffset()
    assert abs(datetime.now(UTC) - modified) < timedelta(minutes=10)


async def test_a_directory_tells_only_that_it_is_one(driver: StorageDriver) -> None:
    await driver.put_content("/a/b/file", b"x")

    assert FileInfo(path="/a", is_dir=True) == await driver.stat("/a")
    assert FileInfo(path="/a/b", is_dir=True) == await driver.stat("/a/b")


async def test_the_root_is_a_directory_even_if_empty(driver: StorageDriver) -> None:
    assert FileInfo(path="/", is_dir=True) == await driver.stat("/")


async def test_a_directory_is_no_file_to_read(driver: StorageDriver) -> None:
    await driver.put_content("/a/file", b"x")

    with pytest.raises(PathNotFoundError):
        await driver.get_content("/a")
    with pytest.raises(PathNotFoundError):
        async with driver.reader("/a"):
            pass


async def test_a_path_does_not_exist_because_a_longer_name_does(driver: StorageDriver) -> None:
    await driver.put_content("/foobar", b"x")
    await driver.put_content("/foo-1/x", b"x")

    with pytest.raises(PathNotFoundError):
        await driver.stat("/foo")
    with pytest.raises(PathNotFoundError):
        await driver.get_content("/foo")


async def test_versions_differ_whenever_bytes_do(driver: StorageDriver) -> None:
    # Equal sizes in quick succession: a version made of time and size alone would repeat.
    versions = [
        (await driver.put_content("/file", b"%04d" % number)).version for number in range(50)
    ]

    assert 50 == len(set(versions))


async def test_concurrent_puts_leave_exactly_one_of_them(driver: StorageDriver) -> None:
    contents = [bytes([number]) * 100_000 for number in range(12)]

    await asyncio.gather(*(driver.put_content("/file", content) for content in contents))

    assert await driver.get_content("/file") in contents
    assert ["/file"] == list(await files(driver))


async def test_readers_never_see_part_of_a_put_nor_nothing(driver: StorageDriver) -> None:
    contents = [bytes([number]) * 50_000 for number in range(20)]
    await driver.put_content("/file", contents[0])
    done = asyncio.Event()
    seen: list[bytes] = []

    async def look() -> None:
        while not done.is_set():
            seen.append(await driver.get_content("/file"))
            await asyncio.sleep(0)

    looking = [asyncio.create_task(look()) for _ in range(3)]
    for content in contents:
        await driver.put_content("/file", content)
        await asyncio.sleep(0)
    done.set()
    await asyncio.gather(*looking)

    assert set(contents) >= set(seen)


async def test_puts_beside_the_removal_of_their_directory_succeed(driver: StorageDriver) -> None:
    async def come_and_go(name: str) -> None:
        for _ in range(10):
            await driver.put_content(f"/a/b/{name}", b"x")
            await driver.delete(f"/a/b/{name}")
            await asyncio.sleep(0)

    await asyncio.gather(*(come_and_go(f"n{number}") for number in range(6)))

    assert {} == await files(driver)
    assert [] == await held(driver)


@on_shared
async def test_another_instance_sees_at_once_what_was_done(
    driver: StorageDriver, second: StorageDriver
) -> None:
    await driver.put_content("/a", b"one")
    assert b"one" == await second.get_content("/a")

    replaced = await second.put_content("/a", b"two")
    assert replaced.version == (await driver.stat("/a")).version

    await driver.move("/a", "/b/c")
    assert {"/b/c": b"two"} == await files(second)

    await second.delete("/b")
    assert {} == await files(driver)
