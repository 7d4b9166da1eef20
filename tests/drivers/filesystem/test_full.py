import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from storagedriver.errors import StorageFullError
from storagedriver.factory import open_driver
from storagedriver.protocol import FileWriter, StorageDriver
from tests.drivers.filesystem.running import run

MIB = 1 << 20


class Budget:
    """Writes that fail as on a full disk, after so many bytes."""

    def __init__(self, left: int) -> None:
        self._left = left
        self._pwritev = os.pwritev

    def pwritev(self, descriptor: int, pieces: list[memoryview], offset: int) -> int:
        if not self._left:
            raise OSError(28, "No space left on device")
        whole = b"".join(pieces)[: self._left]
        self._left -= len(whole)
        return self._pwritev(descriptor, [whole], offset)


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file system of 4 MiB; where none may be mounted, writes that fail as if it were one."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(tmp_path)]
    if os.geteuid() or subprocess.run(mount, check=False, capture_output=True).returncode:
        monkeypatch.setattr(os, "pwritev", Budget(4 * MIB).pwritev)
        yield tmp_path
        return
    yield tmp_path
    subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


@pytest.fixture
async def small(small_disk: Path) -> AsyncIterator[StorageDriver]:
    async with open_driver("filesystem", rootdirectory=small_disk) as opened:
        yield opened


async def fill(writer: FileWriter) -> None:
    while True:
        await writer.write(b"x" * MIB)


async def everything_below(driver: StorageDriver) -> list[str]:
    return [info.path async for info in driver.walk("/")]


async def test_a_put_onto_a_full_disk_leaves_the_old_content(
    small: StorageDriver, small_disk: Path
) -> None:
    await small.put_content("/a", b"old")

    with pytest.raises(StorageFullError) as caught:
        await small.put_content("/a", bytes(5 * MIB))

    assert "/a" == caught.value.path
    assert isinstance(caught.value.__cause__, OSError)
    assert b"old" == await small.get_content("/a")
    assert [] == list((small_disk / "~/temporary").iterdir())


async def test_a_put_that_fails_leaves_no_directory(small: StorageDriver) -> None:
    with pytest.raises(StorageFullError):
        await small.put_content("/a/b/c", bytes(5 * MIB))

    assert [] == await everything_below(small)


async def test_a_writer_on_a_full_disk_keeps_what_it_had_accepted(
    small: StorageDriver,
) -> None:
    async with await small.writer("/a") as writer:
        with pytest.raises(StorageFullError):
            await fill(writer)
        size = writer.size

    assert size % MIB == 0
    async with await small.writer("/a", append=True) as writer:
        assert size == writer.size
        await writer.commit()
    assert b"x" * size == await small.get_content("/a")


async def test_a_writer_whose_close_failed_leaves_what_was_written_before(
    small: StorageDriver,
) -> None:
    writer = await small.writer("/a")
    await writer.write(b"x" * MIB)
    await small.put_content("/filling", bytes(MIB * 2 + MIB // 2))
    await writer.write(b"y" * (MIB - 1))

    with pytest.raises(StorageFullError):
        await writer.close()

    async with await small.writer("/a", append=True) as again:
        assert MIB == again.size


async def test_a_writer_goes_on_once_there_is_space_again(
    small: StorageDriver, small_disk: Path
) -> None:
    if not os.path.ismount(small_disk):
        return  # what was simulated frees nothing
    await small.put_content("/filling", bytes(2 * MIB))
    async with await small.writer("/a") as writer:
        with pytest.raises(StorageFullError):
            await fill(writer)
        await small.delete("/filling")

        await writer.write(b"y" * MIB)
        await writer.commit()

    content = await small.get_content("/a")
    assert b"x" * (len(content) - MIB) + b"y" * MIB == content


async def test_a_full_disk_is_opened_read_and_deleted_from(
    small: StorageDriver, small_disk: Path
) -> None:
    await small.put_content("/a/kept", b"kept")
    await small.put_content("/b/filling", bytes(3 * MIB))
    with pytest.raises(StorageFullError):
        await small.put_content("/b/more", bytes(MIB))

    async with open_driver("filesystem", rootdirectory=small_disk) as again:
        assert b"kept" == await again.get_content("/a/kept")
        await again.delete("/b")

        assert ["/a", "/a/kept"] == await everything_below(again)


def test_a_limit_to_the_size_of_files_counts_as_a_full_disk(root: Path) -> None:
    printed = run(
        root,
        """
        import resource
        await driver.put_content("/a", b"old")
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))
        for content in [bytes(3_000_000), bytes(1_000_001)]:
            try:
                await driver.put_content("/a", content)
            except StorageFullError:
                print("full")
        print(await driver.get_content("/a"), os.listdir(sys.argv[1] + "/~/temporary"))
        """,
    )

    assert "full\nfull\nb'old' []\n" == printed
