"""Directories with many names: they come in order, however the file system gives them."""

import os
import random
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path

import pytest

from storagedriver.protocol import StorageDriver

MANY = 2100
EIGHTH = MANY // 8


def shuffled(names: list[str]) -> list[str]:
    return random.Random(2).sample(names, MANY)


def each_eighth_last(names: list[str]) -> list[str]:
    """Put the highest names where the driver looks, to guess where the first ones end."""
    last, others = names[-EIGHTH - 1 :], iter(names[: -EIGHTH - 1])
    return [name for high in last for name in [high, *islice(others, 7)]]


@pytest.fixture
def names(driver: StorageDriver, root: Path) -> list[str]:
    """Files that were put into the directory /many by another program."""
    del driver  # its root is there
    (root / "many").mkdir()
    names = [f"{number:04}" for number in range(MANY)]
    for name in names:
        (root / "many" / name).touch()
    return names


@pytest.mark.parametrize("lying", [sorted, reversed, shuffled, each_eighth_last])
async def test_many_names_are_given_in_order_from_anywhere_on(
    driver: StorageDriver,
    names: list[str],
    monkeypatch: pytest.MonkeyPatch,
    lying: Callable[[list[str]], Iterable[str]],
) -> None:
    monkeypatch.setattr(os, "listdir", lambda _: list(lying(names)))

    for after in [None, names[0], names[700], f"{names[1000]}-", names[-1]]:
        listed = [info.path async for info in driver.list("/many", start_after=after)]

        assert [f"/many/{name}" for name in names if after is None or name > after] == listed


async def test_a_file_is_found_beside_directories_that_lead_to_none(
    driver: StorageDriver, root: Path
) -> None:
    for name in "abcdefgh":
        (root / name / "a/a").mkdir(parents=True)
        (root / name / "b/b").mkdir(parents=True)
        (root / name / "c/c/c").mkdir(parents=True)
        (root / name / "c/c/file").touch()
    (root / "x/y").mkdir(parents=True)

    assert [f"/{name}" for name in "abcdefgh"] == [info.path async for info in driver.list("/")]
    assert (await driver.stat("/a")).is_dir


async def test_a_walk_begins_behind_a_file_where_a_directory_was_meant(
    driver: StorageDriver, root: Path
) -> None:
    for name in ["a", "b", "b-", "c"]:
        (root / name).touch()

    assert ["/b-", "/c"] == [info.path async for info in driver.walk("/", start_after="/b/below")]
