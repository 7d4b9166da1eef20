"""What others leave in the folder: links, special files, names that no path has."""

import os
import socket
from pathlib import Path

import pytest

from storagedriver.errors import PathConflictError, PathNotFoundError, StorageUnavailableError
from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver


@pytest.fixture
def outside(folder: Path) -> Path:
    """A folder beside the root, with a file in it."""
    (folder / "outside/below").mkdir(parents=True)
    (folder / "outside/secret").write_bytes(b"secret")
    (folder / "outside/below/secret").write_bytes(b"secret")
    return folder / "outside"


async def everything(driver: StorageDriver) -> list[str]:
    return [info.path async for info in driver.walk("/")]


async def check_nothing_is_at(driver: StorageDriver, path: str) -> None:
    with pytest.raises(PathNotFoundError):
        await driver.stat(path)
    with pytest.raises(PathNotFoundError):
        await driver.get_content(path)
    with pytest.raises(PathNotFoundError):
        async with driver.reader(path):
            pass
    with pytest.raises(PathNotFoundError):
        await anext(driver.list(path))
    with pytest.raises(PathNotFoundError):
        await anext(driver.walk(path))
    with pytest.raises(PathNotFoundError):
        await driver.move(path, "/moved")
    with pytest.raises(PathNotFoundError):
        await driver.delete(path)
    assert [] == await everything(driver)


@pytest.mark.parametrize("target", ["outside/secret", "root/~/locks", "root/none"])
async def test_a_link_is_nothing_wherever_it_leads(
    driver: StorageDriver, root: Path, folder: Path, outside: Path, target: str
) -> None:
    (root / "link").symlink_to(folder / target)

    await check_nothing_is_at(driver, "/link")
    assert (root / "link").is_symlink()


async def test_nothing_below_a_link_to_a_directory_is_reached(
    driver: StorageDriver, root: Path, outside: Path
) -> None:
    (root / "link").symlink_to(outside)

    for path in ["/link", "/link/secret", "/link/below", "/link/below/secret"]:
        await check_nothing_is_at(driver, path)
    assert b"secret" == (outside / "secret").read_bytes()


async def test_nothing_is_written_through_a_link(
    driver: StorageDriver, root: Path, outside: Path
) -> None:
    (root / "link").symlink_to(outside)
    await driver.put_content("/a", b"content")

    with pytest.raises(PathConflictError):
        await driver.put_content("/link/secret", b"new")
    with pytest.raises(PathConflictError):
        await driver.put_content("/link/below/new/file", b"new")
    with pytest.raises(PathConflictError):
        await driver.move("/a", "/link/moved")
    async with await driver.writer("/link/written") as writer:
        with pytest.raises(PathConflictError):
            await writer.commit()
        await writer.cancel()

    assert ["/a"] == await everything(driver)
    assert ["below", "secret"] == sorted(os.listdir(outside))
    assert b"secret" == (outside / "secret").read_bytes()


async def test_a_put_replaces_a_link_and_not_what_it_leads_to(
    driver: StorageDriver, root: Path, outside: Path
) -> None:
    (root / "link").symlink_to(outside / "secret")

    await driver.put_content("/link", b"content", if_none_match=True)

    assert b"content" == await driver.get_content("/link")
    assert b"secret" == (outside / "secret").read_bytes()


async def test_a_root_that_is_a_link_is_followed(
    driver: StorageDriver, root: Path, folder: Path
) -> None:
    await driver.put_content("/a/b", b"content")
    (folder / "link").symlink_to(root)

    async with open_driver("filesystem", rootdirectory=folder / "link") as linked:
        assert b"content" == await linked.get_content("/a/b")
        await linked.put_content("/a/b", b"new")
    assert b"new" == await driver.get_content("/a/b")


@pytest.mark.parametrize("below", ["", "directory/"])
async def test_special_files_are_nothing_and_block_nobody(
    driver: StorageDriver, root: Path, below: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / below).mkdir(exist_ok=True)
    monkeypatch.chdir(root / below)  # a socket's address is short
    os.mkfifo("pipe")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("socket")

    await check_nothing_is_at(driver, f"/{below}pipe")
    await check_nothing_is_at(driver, f"/{below}socket")
    assert {"pipe", "socket"} == set(os.listdir()) - {"~"}


async def test_names_that_no_path_has_change_no_answer(driver: StorageDriver, root: Path) -> None:
    for directory in ["lost+found", "we ird", "~other", "directory/we ird"]:
        (root / directory).mkdir(parents=True)
        (root / directory / "file").write_bytes(b"foreign")
    (root / "directory/tröt").write_bytes(b"foreign")
    (root / "directory" / os.fsdecode(b"\xff\n")).write_bytes(b"foreign")

    await check_nothing_is_at(driver, "/directory")
    await driver.put_content("/directory/file", b"content")
    assert ["/directory", "/directory/file"] == await everything(driver)
    assert ["/directory"] == [info.path async for info in driver.list("/")]
    await driver.delete("/directory")

    await check_nothing_is_at(driver, "/directory")
    assert 3 == len(os.listdir(root / "directory"))


async def test_a_path_that_is_too_long_for_us_is_passed_over(
    driver: StorageDriver, root: Path
) -> None:
    names = ["x" * 200] * 6
    (root.joinpath(*names)).mkdir(parents=True)
    (root.joinpath(*names) / "file").write_bytes(b"foreign")

    await check_nothing_is_at(driver, f"/{names[0]}")


async def test_empty_directories_are_nothing_and_give_way_to_a_file(
    driver: StorageDriver, root: Path
) -> None:
    (root / "a/b/c").mkdir(parents=True)
    (root / "a/d").mkdir()

    await check_nothing_is_at(driver, "/a")
    await driver.put_content("/a", b"content")
    (root / "e/f").mkdir(parents=True)
    await driver.move("/a", "/e")
    (root / "g/h").mkdir(parents=True)
    async with await driver.writer("/g") as writer:
        await writer.commit()

    assert ["/e", "/g"] == await everything(driver)


async def test_a_directory_with_foreign_names_alone_is_never_removed_for_a_file(
    driver: StorageDriver, root: Path
) -> None:
    (root / "a").mkdir()
    (root / "a/we ird").write_bytes(b"foreign")

    with pytest.raises(PathConflictError):
        await driver.put_content("/a", b"content")

    assert b"foreign" == (root / "a/we ird").read_bytes()


async def test_what_lies_among_our_own_files_is_no_writer(
    driver: StorageDriver, root: Path
) -> None:
    long = "x" * 142  # so long that its folder has others below
    for path in ["/a/b", f"/{long}/b"]:
        async with await driver.writer(path) as writer:
            await writer.write(b"content")
    writers = root / "~/writers"
    for foreign in ["we ird", "a,,b", "a/b", "+a", "a,b/+c", "a,b,", "~3", f"{long}/b"]:
        (writers / foreign).mkdir(parents=True)
        (writers / foreign / "~1").write_bytes(b"foreign")
    (writers / "file").write_bytes(b"foreign")
    (writers / "a,b/file").write_bytes(b"foreign")
    (writers / "a,b/~2").mkdir()
    (writers / "x,link").symlink_to(writers / "a,b")

    assert ["/a/b", f"/{long}/b"] == [each.path async for each in driver.unfinished()]


async def test_moving_a_file_onto_its_other_name_leaves_one(
    driver: StorageDriver, root: Path
) -> None:
    await driver.put_content("/a/b", b"content")
    os.link(root / "a/b", root / "c")

    await driver.move("/a/b", "/c")

    assert ["/c"] == await everything(driver)
    assert b"content" == await driver.get_content("/c")


@pytest.mark.parametrize("year", [1, 1950, 2262])
async def test_a_strange_time_of_a_file_is_reported(
    driver: StorageDriver, root: Path, year: int
) -> None:
    (root / "a").write_bytes(b"content")
    os.utime(root / "a", ((year - 1970) * 365 * 86400, (year - 1970) * 365 * 86400))

    assert (await driver.stat("/a")).modified is not None


async def test_a_root_that_vanished_is_no_missing_file(driver: StorageDriver, root: Path) -> None:
    await driver.put_content("/a/b", b"content")
    root.rename(root.with_name("elsewhere"))
    root.mkdir()  # as below a file system that was unmounted

    with pytest.raises(StorageUnavailableError):
        await driver.stat("/")
    with pytest.raises(StorageUnavailableError):
        await driver.get_content("/a/b")
    with pytest.raises(StorageUnavailableError):
        await driver.put_content("/a/b", b"new")
    with pytest.raises(StorageUnavailableError):
        await driver.delete("/a/b")
    with pytest.raises(StorageUnavailableError):
        await driver.writer("/a/b", append=True)
    with pytest.raises(StorageUnavailableError):
        await anext(driver.walk("/"))
    with pytest.raises(StorageUnavailableError):
        await anext(driver.list("/"))
    assert [] == list(root.iterdir())
