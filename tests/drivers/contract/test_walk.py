"""Walks: everything below, depth first, by component, from anywhere."""

import asyncio
import random

import pytest

from storagedriver.errors import InvalidPathError, PathNotFoundError
from storagedriver.paths import order_key
from storagedriver.protocol import StorageDriver
from tests.drivers.contract.observing import everything, left_unfinished, put_all, walked

FILES = [
    "/d/a/a/x",
    "/d/a/a-b/x",
    "/d/a/x",
    "/d/a-/x",
    "/d/a-b",
    "/d/a.b/c/d/e",
    "/d/a0",
    "/d-",
    "/d.d/x",
    "/e",
]

WALK = [
    "/d",
    "/d/a",
    "/d/a/a",
    "/d/a/a/x",
    "/d/a/a-b",
    "/d/a/a-b/x",
    "/d/a/x",
    "/d/a-",
    "/d/a-/x",
    "/d/a-b",
    "/d/a.b",
    "/d/a.b/c",
    "/d/a.b/c/d",
    "/d/a.b/c/d/e",
    "/d/a0",
    "/d-",
    "/d.d",
    "/d.d/x",
    "/e",
]


async def test_a_walk_goes_depth_first_by_component(driver: StorageDriver) -> None:
    await put_all(driver, *FILES)

    assert WALK == await walked(driver)


@pytest.mark.parametrize("path", ["/d", "/d/a", "/d/a/a", "/d/a.b", "/d.d"])
async def test_a_walk_below_a_path_gives_what_is_there_alone(
    driver: StorageDriver, path: str
) -> None:
    await put_all(driver, *FILES)

    assert [one for one in WALK if one.startswith(f"{path}/")] == await walked(driver, path)


@pytest.mark.parametrize(
    "after",
    [*WALK, "/0", "/d/0", "/d/a/a/0", "/d/a/a/x/y", "/d/a/b/c", "/d/a-/x/y/z", "/d/z", "/z"],
)
async def test_a_walk_goes_on_after_any_path(driver: StorageDriver, after: str) -> None:
    await put_all(driver, *FILES)

    expected = [one for one in WALK if order_key(one) > order_key(after)]
    assert expected == await walked(driver, start_after=after)
    if after.startswith("/d/"):
        below = [one for one in expected if one.startswith("/d/")]
        assert below == await walked(driver, "/d", start_after=after)


async def test_what_a_walk_tells_is_what_stat_tells(driver: StorageDriver) -> None:
    await put_all(driver, *FILES)

    for info in await everything(driver.walk("/")):
        assert await driver.stat(info.path) == info


async def test_an_empty_root_walks_as_nothing(driver: StorageDriver) -> None:
    assert [] == await walked(driver)


@pytest.mark.parametrize("path", ["/missing", "/d/missing", "/d/file", "/d/file/below"])
@pytest.mark.parametrize("below", [None, "/x"])
async def test_what_is_no_directory_is_not_found_at_the_first_step(
    driver: StorageDriver, path: str, below: str | None
) -> None:
    await driver.put_content("/d/file", b"x")
    walk = driver.walk(path, start_after=None if below is None else path + below)

    with pytest.raises(PathNotFoundError) as caught:
        await anext(walk)

    assert (path, driver.name) == (caught.value.path, caught.value.driver)


@pytest.mark.parametrize("start_after", ["", "a", "/d/", "/d//a", "/d/.."])
async def test_a_walk_goes_on_only_after_a_path(driver: StorageDriver, start_after: str) -> None:
    await driver.put_content("/d/a", b"x")

    with pytest.raises(InvalidPathError):
        await anext(driver.walk("/d", start_after=start_after))


async def test_unfinished_writers_are_not_walked(driver: StorageDriver) -> None:
    await put_all(driver, "/a/file")
    await left_unfinished(driver, "/a/b/draft", b"x")

    assert ["/a", "/a/file"] == await walked(driver)


async def test_a_large_tree_is_walked_whole_and_in_order(driver: StorageDriver) -> None:
    chance = random.Random(7)
    names = ["a", "a-", "a.b", "a0", "b"]
    paths = sorted(
        {
            "/t" + "".join(f"/{chance.choice(names)}" for _ in range(4)) + f"/f{number % 3}"
            for number in range(1200)
        }
    )
    for start in range(0, len(paths), 100):
        batch = paths[start : start + 100]
        await asyncio.gather(*(driver.put_content(path, b"x") for path in batch))
    parents = {path.rsplit("/", depth)[0] for path in paths for depth in range(1, 6)}
    expected = sorted({*paths, *parents}, key=order_key)

    assert expected == await walked(driver)
    for place in (0, len(expected) // 3, len(expected) - 2):
        assert expected[place + 1 :] == await walked(driver, start_after=expected[place])


async def test_a_walk_survives_changes_while_it_runs(driver: StorageDriver) -> None:
    kept = [f"/d/k{number:02}/f" for number in range(60)]
    gone = [f"/d/g{number:02}/f" for number in range(60)]
    await put_all(driver, *kept, *gone)

    seen = []
    doomed = iter(gone)
    async for info in driver.walk("/"):
        seen.append(info.path)
        if (path := next(doomed, None)) is not None:
            await driver.delete(path.removesuffix("/f"))
            await driver.put_content(path.replace("/g", "/new"), b"x")

    assert sorted(seen, key=order_key) == seen
    assert len(set(seen)) == len(seen)
    assert set(kept) <= set(seen)
