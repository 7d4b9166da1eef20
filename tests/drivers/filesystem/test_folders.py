"""The folders that a change works in: opened once each, and others may take them away meanwhile."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from storagedriver.protocol import StorageDriver


@pytest.fixture
def opened(driver: StorageDriver, root: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The folders below the root that are opened, ours left out."""
    names: list[str] = []
    open_ = os.open

    def noted(name: str, flags: int, *arguments: int, **options: int) -> int:
        if flags & os.O_DIRECTORY and name.startswith(f"{root}/") and "~" not in name:
            names.append(name.removeprefix(str(root)))
        return open_(name, flags, *arguments, **options)

    monkeypatch.setattr(os, "open", noted)
    return names


async def test_a_change_opens_each_of_its_folders_once(
    driver: StorageDriver, opened: list[str]
) -> None:
    for path in ["/a/b", "/a/c", "/d/e"]:
        await driver.put_content(path, b"content")
    version = (await driver.stat("/a/b")).version
    opened.clear()

    await driver.put_content("/a/b", b"new", if_match=version)
    assert ["/a"] == opened
    await driver.move("/a/b", "/d/f")
    assert ["/a", "/a", "/d"] == opened
    await driver.delete("/d/f")
    assert ["/a", "/a", "/d", "/d"] == opened
    async with await driver.writer("/d/g") as writer:
        await writer.commit()
    assert ["/a", "/a", "/d", "/d", "/d"] == opened


@pytest.mark.parametrize("is_made_again", [False, True])
async def test_a_folder_that_is_removed_while_a_put_has_it_open_is_opened_anew(
    driver: StorageDriver, root: Path, monkeypatch: pytest.MonkeyPatch, *, is_made_again: bool
) -> None:
    await driver.put_content("/a/b", b"content")
    rename: Callable[..., None] = os.rename

    def removed_first(*arguments: object, **options: object) -> None:
        monkeypatch.setattr(os, "rename", rename)
        os.unlink(root / "a/b")
        os.rmdir(root / "a")
        if is_made_again:
            os.mkdir(root / "a")
        rename(*arguments, **options)

    monkeypatch.setattr(os, "rename", removed_first)

    await driver.put_content("/a/c", b"content")

    assert ["c"] == os.listdir(root / "a")


async def test_a_folder_that_gets_a_file_before_it_can_be_removed_stays(
    driver: StorageDriver, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await driver.put_content("/a/b", b"content")
    rmdir: Callable[..., None] = os.rmdir

    def filled_first(*arguments: object, **options: object) -> None:
        (root / "a/c").write_bytes(b"another's")
        rmdir(*arguments, **options)

    monkeypatch.setattr(os, "rmdir", filled_first)

    await driver.delete("/a/b")

    assert ["c"] == os.listdir(root / "a")
