"""Listings of several pages: who stops early pays for a page, who goes on misses nothing."""

import os
from pathlib import Path

import pytest

from storagedriver.aio import closing
from storagedriver.protocol import StorageDriver

MANY = 300
PAGE = 128


@pytest.fixture
def names(driver: StorageDriver, root: Path) -> list[str]:
    """Files that were put into the directory /many by another program."""
    del driver  # its root is there
    (root / "many").mkdir()
    names = [f"{number:03}" for number in range(MANY)]
    for name in names:
        (root / "many" / name).touch()
    return names


async def test_a_listing_of_several_pages_is_whole(driver: StorageDriver, names: list[str]) -> None:
    listed = [info.path async for info in driver.list("/many")]
    walked = [info.path async for info in driver.walk("/many")]
    behind = [info.path async for info in driver.list("/many", start_after=names[9])]

    assert [f"/many/{name}" for name in names] == listed == walked
    assert listed[10:] == behind


@pytest.mark.parametrize("entries", [1, PAGE])
async def test_what_is_behind_the_page_that_is_listed_is_not_looked_at(
    driver: StorageDriver, names: list[str], monkeypatch: pytest.MonkeyPatch, entries: int
) -> None:
    looked: list[object] = []
    stat = os.stat

    def counted(
        path: str, *, dir_fd: int | None = None, follow_symlinks: bool = True
    ) -> os.stat_result:
        looked.append(path)
        return stat(path, dir_fd=dir_fd, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(os, "stat", counted)
    async with closing(driver.list("/many", start_after=names[0])) as infos:
        listed = [(await anext(infos)).path for _ in range(entries)]

    assert [f"/many/{name}" for name in names[1 : entries + 1]] == listed
    assert names[1 : PAGE + 1] == looked
