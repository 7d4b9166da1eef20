"""A file where a directory is needed: a conflict, or both at once."""

from collections.abc import Awaitable, Callable

import pytest

from storagedriver.errors import PathConflictError
from storagedriver.protocol import StorageDriver
from storagedriver.records import FileInfo
from tests.drivers.backends import on_both_names, on_exclusive_names
from tests.drivers.contract.observing import (
    everything,
    files,
    held,
    left_unfinished,
    listed,
    put_all,
    walked,
)


async def write(driver: StorageDriver, path: str) -> None:
    async with await driver.writer(path) as writer:
        await writer.write(b"x")
        await writer.commit()


WAYS: dict[str, Callable[[StorageDriver, str], Awaitable[object]]] = {
    "put": lambda driver, path: driver.put_content(path, b"x"),
    "create": lambda driver, path: driver.put_content(path, b"x", if_none_match=True),
    "move": lambda driver, path: driver.move("/source", path),
    "writer": write,
}

PATHS = ["/d", "/d/sub", "/d/sub/file/below", "/d/sub/file/far/below"]


@on_exclusive_names
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_a_name_in_the_way_is_a_conflict_and_changes_nothing(
    driver: StorageDriver, way: Callable[[StorageDriver, str], Awaitable[object]], path: str
) -> None:
    await put_all(driver, "/source", "/d/sub/file")
    before = await files(driver)

    with pytest.raises(PathConflictError) as caught:
        await way(driver, path)

    assert driver.name == caught.value.driver
    assert before == await files(driver)


@on_exclusive_names
@pytest.mark.parametrize("path", PATHS)
async def test_a_conflict_at_the_commit_keeps_what_was_written(
    driver: StorageDriver, path: str
) -> None:
    writer = await driver.writer(path)
    await writer.write(b"draft")
    await put_all(driver, "/d/sub/file")

    with pytest.raises(PathConflictError):
        await writer.commit()
    await writer.close()

    assert {"/d/sub/file": b"/d/sub/file"} == await files(driver)
    assert [(path, 5)] == await held(driver)
    # `d` must be free for the file `/d`, whose draft a delete would drop.
    await driver.move("/d/sub/file", "/e")
    async with await driver.writer(path, append=True) as resumed:
        assert 5 == resumed.size
        await resumed.commit()
    assert b"draft" == await driver.get_content(path)


@on_exclusive_names
async def test_a_move_into_the_place_of_its_own_directory_is_a_conflict(
    driver: StorageDriver,
) -> None:
    await put_all(driver, "/d/sub/file")

    with pytest.raises(PathConflictError):
        await driver.move("/d/sub/file", "/d/sub")

    assert ["/d/sub/file"] == list(await files(driver))


async def test_unfinished_writers_are_in_nobodys_way(driver: StorageDriver) -> None:
    await left_unfinished(driver, "/a/b", b"above")
    await left_unfinished(driver, "/a/b/c", b"below")

    await put_all(driver, "/a")

    assert {"/a": b"/a"} == await files(driver)
    assert [("/a/b", 5), ("/a/b/c", 5)] == await held(driver)


@on_both_names
async def test_stat_and_the_parents_list_tell_of_the_file(driver: StorageDriver) -> None:
    await put_all(driver, "/a/b/c", "/a/b", "/a/b-")

    assert FileInfo(path="/a", is_dir=True) == await driver.stat("/a")
    file = await driver.stat("/a/b")
    assert (4, False) == (file.size, file.is_dir)
    assert [file, await driver.stat("/a/b-")] == await everything(driver.list("/a"))
    assert b"/a/b" == await driver.get_content("/a/b")


@on_both_names
async def test_list_gives_the_children_and_walk_both(driver: StorageDriver) -> None:
    await put_all(driver, "/a/b/c", "/a/b", "/a/b-")

    assert ["/a/b/c"] == await listed(driver, "/a/b")
    assert ["/a", "/a/b", "/a/b/c", "/a/b-"] == await walked(driver)
    assert ["/a/b/c", "/a/b-"] == await walked(driver, start_after="/a/b")


@on_both_names
async def test_delete_takes_both(driver: StorageDriver) -> None:
    await put_all(driver, "/a/b/c", "/a/b", "/a/b-")

    await driver.delete("/a/b")

    assert ["/a/b-"] == list(await files(driver))


@on_both_names
async def test_move_takes_the_file_alone(driver: StorageDriver) -> None:
    await put_all(driver, "/a/b/c", "/a/b")

    await driver.move("/a/b", "/x/b/c/d")
    await driver.move("/a/b/c", "/x/b")

    assert {"/x/b": b"/a/b/c", "/x/b/c/d": b"/a/b"} == await files(driver)


@on_both_names
async def test_a_file_stays_when_what_was_below_it_goes(driver: StorageDriver) -> None:
    await put_all(driver, "/a", "/a/b/c")

    await driver.delete("/a/b/c")

    assert {"/a": b"/a"} == await files(driver)
