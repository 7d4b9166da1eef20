"""Lists: direct children, ascending by name, from anywhere."""

import asyncio

import pytest

from storagedriver.errors import InvalidPathError, PathNotFoundError
from storagedriver.protocol import StorageDriver
from storagedriver.records import FileInfo
from tests.drivers.contract.observing import everything, left_unfinished, listed, put_all

# As bytes of whole paths, `/d/a-` would come between `/d/a` and `/d/a/x`.
SIBLINGS = ["-", ".a", "0", "A", "_", "a", "a-", "a-b", "a.b", "a0", "aa", "b"]


async def plant(driver: StorageDriver) -> None:
    """Each sibling in `/d`, every other one as a directory with two files in it."""
    for number, name in enumerate(SIBLINGS):
        if number % 2:
            await put_all(driver, f"/d/{name}/x", f"/d/{name}/y")
        else:
            await put_all(driver, f"/d/{name}")


async def test_children_come_once_each_in_the_order_of_names(driver: StorageDriver) -> None:
    await plant(driver)

    assert sorted(SIBLINGS) == SIBLINGS
    assert [f"/d/{name}" for name in SIBLINGS] == await listed(driver, "/d")


async def test_a_listed_child_is_what_stat_tells(driver: StorageDriver) -> None:
    await plant(driver)

    for info in await everything(driver.list("/d")):
        assert await driver.stat(info.path) == info


@pytest.mark.parametrize("after", [*SIBLINGS, "a-a", "a.", "a1", "Z", "zz", "...", "-a"])
async def test_a_listing_goes_on_after_any_name(driver: StorageDriver, after: str) -> None:
    await plant(driver)

    expected = [f"/d/{name}" for name in SIBLINGS if name > after]
    assert expected == await listed(driver, "/d", start_after=after)


async def test_the_root_lists_its_children(driver: StorageDriver) -> None:
    assert [] == await listed(driver)
    await put_all(driver, "/b/x/y", "/a", "/b/z")

    assert ["/a", "/b"] == await listed(driver)
    assert ["/b"] == await listed(driver, start_after="a")
    assert [] == await listed(driver, start_after="b")


@pytest.mark.parametrize("path", ["/missing", "/d/missing", "/d/file", "/d/file/below"])
@pytest.mark.parametrize("start_after", [None, "a"])
async def test_what_is_no_directory_is_not_found_at_the_first_step(
    driver: StorageDriver, path: str, start_after: str | None
) -> None:
    await driver.put_content("/d/file", b"x")
    listing = driver.list(path, start_after=start_after)

    with pytest.raises(PathNotFoundError) as caught:
        await anext(listing)

    assert (path, driver.name) == (caught.value.path, caught.value.driver)


@pytest.mark.parametrize("start_after", ["", "a/b", "/a", "..", "a b"])
async def test_a_listing_goes_on_only_after_a_name(driver: StorageDriver, start_after: str) -> None:
    await driver.put_content("/d/a", b"x")

    with pytest.raises(InvalidPathError):
        await anext(driver.list("/d", start_after=start_after))


async def test_a_directory_is_gone_with_its_last_file(driver: StorageDriver) -> None:
    await put_all(driver, "/a/b/c/file", "/a/other")

    await driver.delete("/a/b/c/file")
    assert ["/a/other"] == await listed(driver, "/a")

    await driver.move("/a/other", "/b/other")
    assert ["/b"] == await listed(driver)
    with pytest.raises(PathNotFoundError):
        await listed(driver, "/a")


async def test_unfinished_writers_are_not_listed(driver: StorageDriver) -> None:
    await put_all(driver, "/a/file")
    await left_unfinished(driver, "/a/draft", b"x")
    await left_unfinished(driver, "/b/draft", b"x")

    assert ["/a"] == await listed(driver)
    assert ["/a/file"] == await listed(driver, "/a")


async def test_a_large_directory_is_listed_whole_and_in_order(driver: StorageDriver) -> None:
    paths = [f"/d/n{number * 7919 % 2003}" for number in range(1500)]
    for start in range(0, len(paths), 100):
        batch = paths[start : start + 100]
        await asyncio.gather(*(driver.put_content(path, b"x") for path in batch))

    assert sorted(paths) == await listed(driver, "/d")
    middle = sorted(paths)[700]
    assert sorted(paths)[701:] == await listed(driver, "/d", start_after=middle.removeprefix("/d/"))
    one = FileInfo(path="/d", is_dir=True)
    assert [one] == await everything(driver.list("/"))


async def test_a_listing_that_is_left_early_harms_nothing(driver: StorageDriver) -> None:
    await put_all(driver, *(f"/d/{name}" for name in SIBLINGS))

    async for info in driver.list("/d"):
        assert f"/d/{SIBLINGS[0]}" == info.path
        break
    await driver.delete("/d")

    assert [] == await listed(driver)


async def test_a_listing_survives_changes_while_it_runs(driver: StorageDriver) -> None:
    kept = [f"/d/k{number:03}" for number in range(300)]
    gone = [f"/d/g{number:03}" for number in range(300)]
    for paths in (kept, gone):
        await asyncio.gather(*(driver.put_content(path, b"x") for path in paths))

    seen = []
    doomed = iter(gone)
    async for info in driver.list("/d"):
        seen.append(info.path)
        if (path := next(doomed, None)) is not None:
            await driver.delete(path)
            await driver.put_content(path.replace("/g", "/new"), b"x")

    assert sorted(seen) == seen
    assert len(set(seen)) == len(seen)
    assert set(kept) <= set(seen)
