"""Deletes: a file, or a directory with all below it, and nothing else."""

import asyncio

import pytest

from storagedriver.errors import InvalidPathError, PathNotFoundError
from storagedriver.protocol import StorageDriver
from tests.drivers.contract.observing import files, held, left_unfinished, listed, put_all


async def test_a_deleted_file_is_gone(driver: StorageDriver) -> None:
    await put_all(driver, "/a/file", "/a/other")

    await driver.delete("/a/file")

    assert ["/a/other"] == list(await files(driver))
    with pytest.raises(PathNotFoundError):
        await driver.stat("/a/file")
    with pytest.raises(PathNotFoundError):
        await driver.get_content("/a/file")


async def test_a_deleted_directory_is_gone_with_all_below_it(driver: StorageDriver) -> None:
    await put_all(driver, "/d/a", "/d/b/c", "/d/b/d/e", "/kept")

    await driver.delete("/d")

    assert ["/kept"] == list(await files(driver))
    assert ["/kept"] == await listed(driver)


@pytest.mark.parametrize("kind", ["file", "directory"])
async def test_siblings_whose_names_begin_alike_stay(driver: StorageDriver, kind: str) -> None:
    kept = ["/foo-1", "/foo.x/y", "/foo0", "/foobar", "/fo", "/a/foo", "/FOO"]
    await put_all(driver, *kept, "/foo" if kind == "file" else "/foo/a/b")

    await driver.delete("/foo")

    assert sorted(kept) == sorted(await files(driver))


@pytest.mark.parametrize("path", ["/missing", "/d/missing", "/d/file/below", "/d/fil"])
async def test_what_is_not_there_cannot_be_deleted(driver: StorageDriver, path: str) -> None:
    await put_all(driver, "/d/file")

    with pytest.raises(PathNotFoundError):
        await driver.delete(path)

    assert ["/d/file"] == list(await files(driver))


async def test_the_root_cannot_be_deleted(driver: StorageDriver) -> None:
    await put_all(driver, "/d/file")

    with pytest.raises(InvalidPathError):
        await driver.delete("/")

    assert ["/d/file"] == list(await files(driver))


async def test_parents_go_up_to_the_first_that_holds_a_file(driver: StorageDriver) -> None:
    await put_all(driver, "/a/b/c/d/e", "/a/b/f")

    await driver.delete("/a/b/c/d")

    assert ["/a/b/f"] == await listed(driver, "/a/b")
    await driver.delete("/a/b/f")
    assert [] == await listed(driver)


async def test_a_deleted_path_may_change_its_kind(driver: StorageDriver) -> None:
    await put_all(driver, "/a")
    await driver.delete("/a")
    await put_all(driver, "/a/b")
    await driver.delete("/a/b")
    await put_all(driver, "/a")

    assert {"/a": b"/a"} == await files(driver)


@pytest.mark.parametrize("path", ["/d/sub/file", "/d/sub", "/d"])
async def test_unfinished_writers_go_with_their_path_or_a_parent(
    driver: StorageDriver, path: str
) -> None:
    await put_all(driver, "/d/sub/file")
    await left_unfinished(driver, "/d/sub/file", b"gone")
    await left_unfinished(driver, "/d-sub/file", b"kept")
    await left_unfinished(driver, "/d/sub.file", b"beside")

    await driver.delete(path)

    kept = [("/d/sub.file", 6)] if path != "/d" else []
    assert [*kept, ("/d-sub/file", 4)] == await held(driver)
    with pytest.raises(PathNotFoundError):
        await driver.writer("/d/sub/file", append=True)


@pytest.mark.parametrize("path", ["/d/sub/file", "/d/sub", "/d"])
async def test_unfinished_writers_go_even_where_no_file_is(
    driver: StorageDriver, path: str
) -> None:
    await left_unfinished(driver, "/d/sub/file", b"gone")

    with pytest.raises(PathNotFoundError):
        await driver.delete(path)

    assert [] == await held(driver)


async def test_of_concurrent_deletes_exactly_one_finds_the_file(driver: StorageDriver) -> None:
    await put_all(driver, "/d/file")

    answers = await asyncio.gather(
        *(driver.delete("/d/file") for _ in range(8)), return_exceptions=True
    )

    assert 1 == answers.count(None)
    assert 7 == sum(isinstance(answer, PathNotFoundError) for answer in answers)


async def test_a_large_tree_is_deleted_whole(driver: StorageDriver) -> None:
    paths = [f"/d/{number % 7}/{number % 11}/{number}" for number in range(700)]
    for start in range(0, len(paths), 100):
        batch = paths[start : start + 100]
        await asyncio.gather(*(driver.put_content(path, b"x") for path in batch))
    await put_all(driver, "/d-")

    await driver.delete("/d")

    assert ["/d-"] == list(await files(driver))
