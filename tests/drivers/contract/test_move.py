"""Moves: one file, to a new path or onto another."""

import asyncio

import pytest

from storagedriver.errors import InvalidPathError, PathNotFoundError
from storagedriver.protocol import StorageDriver
from tests.drivers.contract.observing import MIB, files, listed, put_all


async def test_a_moved_file_is_at_its_destination_alone(driver: StorageDriver) -> None:
    content = bytes(range(256)) * 8192 + b"end"
    await driver.put_content("/a/source", content)

    await driver.move("/a/source", "/b/c/destination")

    assert {"/b/c/destination": content} == await files(driver)
    assert 2 * MIB + 3 == (await driver.stat("/b/c/destination")).size
    with pytest.raises(PathNotFoundError):
        await driver.stat("/a")


async def test_a_move_replaces_the_destination(driver: StorageDriver) -> None:
    await driver.put_content("/source", b"new")
    await driver.put_content("/destination", b"old and longer")

    await driver.move("/source", "/destination")

    assert {"/destination": b"new"} == await files(driver)


async def test_moving_onto_itself_keeps_the_file(driver: StorageDriver) -> None:
    before = await driver.put_content("/a/file", b"kept")

    await driver.move("/a/file", "/a/file")

    assert {"/a/file": b"kept"} == await files(driver)
    assert before.version == (await driver.stat("/a/file")).version


@pytest.mark.parametrize("source", ["/missing", "/directory", "/file/below", "/directory/no"])
@pytest.mark.parametrize("destination", ["/kept", "/new/place"])
async def test_a_source_that_is_no_file_leaves_the_destination_alone(
    driver: StorageDriver, source: str, destination: str
) -> None:
    await put_all(driver, "/kept", "/file", "/directory/x")
    before = await files(driver)

    with pytest.raises(PathNotFoundError):
        await driver.move(source, destination)

    assert before == await files(driver)


async def test_moving_a_missing_path_onto_itself_is_not_found(driver: StorageDriver) -> None:
    await put_all(driver, "/a/file")

    for path in ("/missing", "/a"):
        with pytest.raises(PathNotFoundError):
            await driver.move(path, path)


@pytest.mark.parametrize("destination", ["/a/file/below", "/a/file/far/below"])
async def test_a_move_below_itself_is_refused(driver: StorageDriver, destination: str) -> None:
    await put_all(driver, "/a/file")

    with pytest.raises(InvalidPathError):
        await driver.move("/a/file", destination)

    assert {"/a/file": b"/a/file"} == await files(driver)


async def test_a_move_to_a_name_that_begins_like_the_source_works(
    driver: StorageDriver,
) -> None:
    await put_all(driver, "/a/file")

    await driver.move("/a/file", "/a/file-1")
    await driver.move("/a/file-1", "/a/f")

    assert {"/a/f": b"/a/file"} == await files(driver)


async def test_an_empty_file_is_moved_too(driver: StorageDriver) -> None:
    await driver.put_content("/source", b"")

    await driver.move("/source", "/destination")

    assert {"/destination": b""} == await files(driver)


async def test_of_concurrent_moves_of_one_file_exactly_one_finds_it(
    driver: StorageDriver,
) -> None:
    await driver.put_content("/source", b"moved")

    answers = await asyncio.gather(
        *(driver.move("/source", f"/to/{number}") for number in range(8)), return_exceptions=True
    )

    assert 1 == answers.count(None)
    assert 7 == sum(isinstance(answer, PathNotFoundError) for answer in answers)
    assert {f"/to/{answers.index(None)}": b"moved"} == await files(driver)


async def test_moves_crossing_each_other_lose_nothing(driver: StorageDriver) -> None:
    await driver.put_content("/a", b"a")
    await driver.put_content("/b", b"b")

    answers = await asyncio.gather(
        *(driver.move("/a", "/b") for _ in range(4)),
        *(driver.move("/b", "/a") for _ in range(4)),
        return_exceptions=True,
    )

    assert all(answer is None or isinstance(answer, PathNotFoundError) for answer in answers)
    left = await files(driver)
    assert 1 == len(left)
    assert set(left.values()) <= {b"a", b"b"}


async def test_readers_of_the_destination_see_the_old_file_or_the_new(
    driver: StorageDriver,
) -> None:
    await driver.put_content("/destination", b"0" * 50_000)
    done = asyncio.Event()
    seen: set[bytes] = set()

    async def look() -> None:
        while not done.is_set():
            content = await driver.get_content("/destination")
            assert 50_000 == len(content)
            seen.add(content)
            await asyncio.sleep(0)

    looking = asyncio.create_task(look())
    for number in range(1, 10):
        await driver.put_content("/source", b"%d" % number * 50_000)
        await driver.move("/source", "/destination")
    done.set()
    await looking

    assert seen <= {b"%d" % number * 50_000 for number in range(10)}
    assert ["/destination"] == await listed(driver)
