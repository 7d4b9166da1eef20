import os
from pathlib import Path

import pytest

from storagedriver.errors import StorageDriverError
from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver
from tests.drivers.filesystem.running import run


@pytest.fixture
def reachable(folder: Path) -> Path:
    """A folder that another user can reach, as pytest's own are not."""
    folder.chmod(0o755)
    return folder


def test_a_root_that_cannot_be_written_is_open_for_reading(reachable: Path) -> None:
    root = reachable / "root"
    run(root, 'await driver.put_content("/a/b", b"content")')
    _forbid_writing(root)

    printed = run(
        root,
        """
        print(bool(driver.capabilities.writable), bool(driver.capabilities.atomic_put))
        print(await driver.get_content("/a/b"))
        print([info.path async for info in driver.walk("/")])
        try:
            await driver.put_content("/a/b", b"new")
        except UnsupportedOperationError as error:
            print(error)
        """,
        as_nobody=True,
    )

    assert (
        "False False\nb'content'\n['/a', '/a/b']\nfilesystem: /a/b: this is read-only\n" == printed
    )


def test_a_folder_of_others_without_our_own_directories_is_open_for_reading(
    reachable: Path,
) -> None:
    root = reachable / "root"
    (root / "a").mkdir(parents=True)
    (root / "a/b").write_bytes(b"content")
    _forbid_writing(root)

    printed = run(
        root,
        """
        print(await driver.get_content("/a/b"), [each async for each in driver.unfinished()])
        try:
            await driver.stat("/none")
        except PathNotFoundError:
            print("not found")
        """,
        as_nobody=True,
    )

    assert "b'content' []\nnot found\n" == printed


def test_what_may_not_be_read_or_changed_is_a_permission_error(reachable: Path) -> None:
    root = reachable / "root"
    root.mkdir(mode=0o777)
    root.chmod(0o777)

    printed = run(
        root,
        """
        await driver.put_content("/a/b", b"content")
        os.chmod(sys.argv[1] + "/a/b", 0)
        try:
            await driver.get_content("/a/b")
        except StoragePermissionError:
            print("no reading")
        os.chmod(sys.argv[1] + "/a", 0o500)
        for call in [driver.put_content("/a/b", b"new"), driver.delete("/a/b")]:
            try:
                await call
            except StoragePermissionError:
                print("no change")
        os.chmod(sys.argv[1] + "/a", 0)
        for call in [driver.stat("/a/b"), driver.get_content("/a/b"), anext(driver.list("/a"))]:
            try:
                await call
            except StoragePermissionError:
                print("no look")
        os.chmod(sys.argv[1] + "/a", 0o700)
        os.chmod(sys.argv[1] + "/a/b", 0o600)
        print(await driver.get_content("/a/b"), os.listdir(sys.argv[1] + "/~/temporary"))
        """,
        as_nobody=True,
    )

    assert printed == "no reading\n" + "no change\n" * 2 + "no look\n" * 3 + "b'content' []\n"


def test_a_root_that_cannot_be_made_is_named(reachable: Path) -> None:
    (reachable / "opened").mkdir(mode=0o777)
    (reachable / "closed").mkdir()
    (reachable / "closed").chmod(0o555)

    printed = run(
        reachable / "opened",
        """
        try:
            async with open_driver("filesystem", rootdirectory=sys.argv[1] + "/../closed/root"):
                pass
        except StoragePermissionError as error:
            print(str(error).replace(sys.argv[1], ""))
        """,
        as_nobody=True,
    )

    assert printed.startswith("filesystem: cannot use the root directory /../closed/root: ")


async def test_a_root_that_is_a_file_is_named(folder: Path) -> None:
    (folder / "file").write_bytes(b"")

    with pytest.raises(StorageDriverError, match=f"cannot use the root directory {folder}/file"):
        async with open_driver("filesystem", rootdirectory=folder / "file"):
            pass


async def test_new_files_and_directories_get_the_modes_of_any_program(
    driver: StorageDriver, root: Path
) -> None:
    await driver.put_content("/a/put", b"content")
    async with await driver.writer("/a/written") as writer:
        await writer.commit()

    mask = os.umask(0o022)
    os.umask(mask)
    assert 0o666 & ~mask == (root / "a/put").stat().st_mode & 0o777
    assert 0o666 & ~mask == (root / "a/written").stat().st_mode & 0o777
    assert 0o777 & ~mask == (root / "a").stat().st_mode & 0o777


def _forbid_writing(root: Path) -> None:
    """Let nobody but the superuser write below a root."""
    for folder, _, names in os.walk(root):
        os.chmod(folder, 0o555)
        for name in names:
            os.chmod(os.path.join(folder, name), 0o444)
