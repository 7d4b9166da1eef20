"""Where unfinished writers lie: whatever the path, each has a place of its own and is found."""

from pathlib import Path

import pytest

from storagedriver.drivers.filesystem.draftfolders import folder_of
from storagedriver.paths import order_key
from storagedriver.protocol import StorageDriver

# Around the length at which a name is cut, with what is special at the beginning of the next.
LONG = [
    f"/{'x' * before}{rest}"
    for before in (141, 142, 143, 255)
    for rest in ("", "/y", "-", "/.y", "/..y", "/-", "/y" * 200)
    if before + len(rest.partition("/")[0]) <= 255
]
DOTS = [f"/{'x' * 100}/{'y' * 41}{dots}" for dots in ("", ".", "..", "./z", "../z")]
NEIGHBOURS = ["/a", "/a-", "/a.b", "/a/x", "/a/x-", "/a/x/y", "/ab", "/b"]


async def left_unfinished(driver: StorageDriver, path: str) -> None:
    async with await driver.writer(path) as writer:
        await writer.write(path.encode())


async def paths(driver: StorageDriver, path: str = "/") -> list[str]:
    return [each.path async for each in driver.unfinished(path)]


async def test_writers_of_the_longest_paths_are_kept_and_found(driver: StorageDriver) -> None:
    most = driver.capabilities.limits.max_key
    longest = ("/" + "x" * 255) * 4
    wanted = [*LONG, *DOTS, longest[:most], longest[: most - 1], ("/y" * 512)[:most]]
    for path in wanted:
        await left_unfinished(driver, path)

    in_order = sorted(wanted, key=order_key)
    assert in_order == await paths(driver)
    for path in reversed(in_order):  # what is below goes before it would be in the way
        async with await driver.writer(path, append=True) as writer:
            assert len(path) == writer.size
            await writer.commit()
        assert path.encode() == await driver.get_content(path)
        await driver.delete(path)


async def test_no_two_paths_share_a_folder_and_none_is_cut_at_dots() -> None:
    folders = {folder_of(path) for path in (*LONG, *DOTS, *NEIGHBOURS)}

    assert len({*LONG, *DOTS, *NEIGHBOURS}) == len(folders)
    for folder in folders:
        names = folder[1:].split("/")
        assert {".", "..", ""}.isdisjoint(names)
        assert 143 >= max(map(len, names))


async def test_neighbours_are_told_apart(driver: StorageDriver) -> None:
    for path in NEIGHBOURS:
        await left_unfinished(driver, path)

    assert sorted(NEIGHBOURS, key=order_key) == await paths(driver)
    assert ["/a", "/a/x", "/a/x/y", "/a/x-"] == await paths(driver, "/a")
    assert ["/a/x", "/a/x/y"] == await paths(driver, "/a/x")
    assert ["/a-"] == await paths(driver, "/a-")


@pytest.mark.parametrize("path", ["/a", "/a/x", f"/{'x' * 142}"])
async def test_a_delete_drops_those_below_and_leaves_the_neighbours(
    driver: StorageDriver, path: str
) -> None:
    drawn = [*NEIGHBOURS, *LONG[:12]]
    for each in drawn:
        await left_unfinished(driver, each)
    await driver.put_content(f"{path}/file", b"content")

    await driver.delete(path)

    staying = [each for each in drawn if each != path and not each.startswith(f"{path}/")]
    assert sorted(staying, key=order_key) == await paths(driver)


async def test_no_folder_is_left_of_writers_that_ended(driver: StorageDriver, root: Path) -> None:
    for path in (*LONG, *NEIGHBOURS):
        async with await driver.writer(path) as writer:
            await writer.write(b"content")
            await writer.cancel()

    assert [] == list((root / "~/writers").iterdir())
