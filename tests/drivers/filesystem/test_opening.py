import os
import time
from pathlib import Path

import pytest

from storagedriver.drivers.filesystem import FilesystemFactory, FilesystemParameters
from storagedriver.errors import DriverConfigurationError
from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver
from storagedriver.records import Support

DAY = 24 * 60 * 60


@pytest.mark.parametrize(
    ("url", "directory"),
    [
        ("file:///srv/registry", "/srv/registry"),
        ("file:/srv/registry/", "/srv/registry"),
        ("local:///srv/registry", "/srv/registry"),
        ("file:///", "/"),
        ("file:///srv/50%25", "/srv/50%25"),
    ],
)
def test_a_url_names_the_directory_as_it_does_for_fsspec(url: str, directory: str) -> None:
    assert FilesystemParameters(rootdirectory=Path(directory)) == FilesystemFactory().from_url(url)


def test_a_url_may_name_a_directory_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert tmp_path / "data" == FilesystemFactory().from_url("file:data").rootdirectory
    assert tmp_path / "data" == FilesystemFactory().from_url("file://data").rootdirectory


def test_a_url_may_set_the_number_of_threads() -> None:
    parameters = FilesystemFactory().from_url("file:///srv?maxthreads=8")

    assert FilesystemParameters(rootdirectory=Path("/srv"), maxthreads=8) == parameters


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("file:", "names no directory"),
        ("file:?maxthreads=8", "names no directory"),
        ("file:///srv?maxthread=8", "maxthread .*known: maxthreads"),
        ("file:///srv?maxthreads=many", "maxthreads is a number, not 'many'"),
        ("file:///srv?maxthreads=", "maxthreads is a number, not ''"),
        ("file:///srv?maxthreads=0", "maxthreads is at least 1, not 0"),
    ],
)
def test_a_wrong_url_says_what_is_wrong(url: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        FilesystemFactory().from_url(url)


async def test_a_wrong_number_of_threads_is_a_wrong_configuration(folder: Path) -> None:
    with pytest.raises(DriverConfigurationError, match="maxthreads"):
        async with open_driver("filesystem", rootdirectory=folder, maxthreads=0):
            pass


async def test_a_url_opens_the_driver(folder: Path) -> None:
    async with open_driver(f"file://{folder}/root") as driver:
        await driver.put_content("/a", b"content")

    assert b"content" == (folder / "root/a").read_bytes()


async def test_files_lie_at_their_paths_and_nothing_beside_them(
    driver: StorageDriver, root: Path
) -> None:
    await driver.put_content("/docker/registry/v2/file", b"content")
    async with await driver.writer("/docker/registry/v2/upload") as writer:
        await writer.write(b"content")

    assert {"docker", "~"} == set(os.listdir(root))
    assert ["file"] == os.listdir(root / "docker/registry/v2")


async def test_what_the_class_declares_is_what_this_machine_has(driver: StorageDriver) -> None:
    assert FilesystemFactory.capabilities == driver.capabilities


async def test_a_root_with_a_long_name_takes_shorter_paths(folder: Path) -> None:
    root = folder.joinpath(*["x" * 250] * 12)
    async with open_driver("filesystem", rootdirectory=root) as driver:
        limit = driver.capabilities.limits.max_key
        assert limit < 1024
        path = "/y" * (limit // 2)

        await driver.put_content(path, b"content")
        async with await driver.writer(path) as writer:
            await writer.write(b"new")
            await writer.commit()

        assert b"new" == await driver.get_content(path)
        await driver.delete("/y")


async def test_the_longest_and_deepest_paths_work_throughout(driver: StorageDriver) -> None:
    deep, long = "/y" * 512, ("/" + "z" * 255) * 4
    for path in [deep, long]:
        await driver.put_content(path, b"content")
        async with await driver.writer(path) as writer:
            await writer.write(b"new")
        assert [path] == [each.path async for each in driver.unfinished()]
        async with await driver.writer(path, append=True) as writer:
            await writer.commit()
        await driver.move(path, "/moved")
        await driver.move("/moved", path)

        assert b"new" == await driver.get_content(path)
        assert path == [info.path async for info in driver.walk("/")][-1]
        await driver.delete(path[:2] if path == deep else path)

    assert [] == [info async for info in driver.walk("/")]


async def test_old_temporary_files_are_swept_and_new_ones_are_not(
    driver: StorageDriver, root: Path
) -> None:
    temporary = root / "~/temporary"
    for name, age in [("old", 2 * DAY), ("new", DAY // 2)]:
        (temporary / name).write_bytes(b"left")
        os.utime(temporary / name, (time.time() - age, time.time() - age))
    (temporary / "directory").mkdir()
    os.utime(temporary / "directory", (0, 0))

    async with open_driver("filesystem", rootdirectory=root):
        assert {"new", "directory"} == set(os.listdir(temporary))


async def test_a_file_system_that_ignores_case_is_declared(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exists = os.path.exists
    monkeypatch.setattr(os.path, "exists", lambda name: exists(str(name).lower()))

    async with open_driver("filesystem", rootdirectory=root) as driver:
        assert Support.ABSENT is driver.capabilities.case_sensitive


async def test_two_instances_over_new_roots_may_open_at_the_same_time(root: Path) -> None:
    async with (
        open_driver("filesystem", rootdirectory=root) as one,
        open_driver("filesystem", rootdirectory=root) as other,
    ):
        await one.put_content("/a", b"content")
        assert b"content" == await other.get_content("/a")
