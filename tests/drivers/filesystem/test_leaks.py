"""What must not stay: descriptors, threads, temporary files, directories."""

import asyncio
import errno
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from storagedriver.errors import (
    InvalidOffsetError,
    PathNotFoundError,
    StorageFullError,
    StorageUnavailableError,
)
from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver

MIB = 1 << 20


def descriptors_below(root: Path) -> list[str]:
    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{name}")
        except FileNotFoundError:
            continue
        if target.startswith(str(root)):
            found.append(target)
    return found


@pytest.fixture
def nothing_stays(root: Path) -> Iterator[None]:
    yield
    assert [] == descriptors_below(root)
    assert [] == list((root / "~/temporary").iterdir())


@pytest.mark.usefixtures("nothing_stays")
async def test_calls_that_succeed_leave_no_descriptor(driver: StorageDriver) -> None:
    for _ in range(3):
        await driver.put_content("/a/b", bytes(4 * MIB))
        await driver.get_content("/a/b")
        async with driver.reader("/a/b") as reader:
            await anext(aiter(reader))
        async with await driver.writer("/a/c") as writer:
            await writer.write(b"content")
        async with await driver.writer("/a/c", append=True) as writer:
            await writer.commit()
        async with await driver.writer("/a/d") as writer:
            await writer.cancel()
        await driver.move("/a/c", "/d")
        assert [info async for info in driver.walk("/")]
        assert [info async for info in driver.list("/a")]
        await driver.delete("/a")


@pytest.mark.usefixtures("nothing_stays")
async def test_calls_that_fail_leave_no_descriptor(driver: StorageDriver) -> None:
    await driver.put_content("/a/b", b"content")
    for _ in range(3):
        for path in ["/a", "/a/b/c", "/none"]:
            with pytest.raises(PathNotFoundError):
                await driver.get_content(path)
            with pytest.raises(PathNotFoundError):
                await driver.writer(path, append=True)
            with pytest.raises(PathNotFoundError):
                await driver.move(path, "/d")
        with pytest.raises(InvalidOffsetError):
            async with driver.reader("/a/b", offset=8):
                pass


@pytest.mark.usefixtures("nothing_stays")
async def test_a_listing_that_is_left_early_leaves_no_descriptor(driver: StorageDriver) -> None:
    for number in range(5):
        await driver.put_content(f"/a/{number}/b", b"content")

    async for _ in driver.walk("/"):
        break
    async for _ in driver.list("/a"):
        break


@pytest.mark.usefixtures("nothing_stays")
async def test_a_closed_driver_leaves_no_descriptor_and_no_thread(root: Path) -> None:
    async with open_driver("filesystem", rootdirectory=root, maxthreads=3) as driver:
        await driver.put_content("/b", bytes(4 * MIB))
        writer = await driver.writer("/a")
        await writer.write(b"content")
        reading = driver.reader("/b")
        await reading.__aenter__()
    await reading.__aexit__(None, None, None)

    assert [] == [each for each in threading.enumerate() if each.name.startswith("filesystem")]
    async with open_driver("filesystem", rootdirectory=root) as driver:
        assert [len(b"content")] == [each.size async for each in driver.unfinished()]


@pytest.mark.usefixtures("nothing_stays")
async def test_a_cancelled_opening_leaves_no_descriptor(driver: StorageDriver) -> None:
    await driver.put_content("/a", bytes(4 * MIB))

    async def read() -> None:
        async with driver.reader("/a") as reader:
            async for _ in reader:
                pass

    async def write() -> None:
        async with await driver.writer("/b") as writer:
            await writer.write(bytes(2 * MIB))
            await writer.commit()

    for work in [read, write]:
        for turns in range(12):
            task = asyncio.create_task(work())
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])


@pytest.mark.usefixtures("nothing_stays")
async def test_a_cancelled_write_keeps_count_of_what_it_wrote(driver: StorageDriver) -> None:
    async with await driver.writer("/a") as writer:
        await writer.write(b"x" * (MIB - 1))
        task = asyncio.create_task(writer.write(b"y" * MIB))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])

        size = writer.size
        assert size in {MIB - 1, 2 * MIB - 1}
        await writer.commit()

    content = b"x" * (MIB - 1) + b"y" * MIB
    assert content[:size] == await driver.get_content("/a")


async def test_an_emptied_root_holds_nothing_but_our_own(driver: StorageDriver, root: Path) -> None:
    for number in range(5):
        await driver.put_content(f"/a/{number}/b", b"content")
        async with await driver.writer(f"/a/{number}/c"):
            pass

    await driver.delete("/a")

    assert ["~"] == os.listdir(root)
    assert [] == os.listdir(root / "~/writers")


async def test_a_cancelled_delete_of_a_directory_can_be_repeated(driver: StorageDriver) -> None:
    for number in range(40):
        await driver.put_content(f"/a/{number % 7}/{number}", b"content")

    task = asyncio.create_task(driver.delete("/a"))
    for _ in range(3):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])

    async for info in driver.walk("/"):
        if not info.is_dir:
            assert b"content" == await driver.get_content(info.path)
    with suppress(PathNotFoundError):
        await driver.delete("/a")
    assert [] == [info async for info in driver.walk("/")]


async def test_a_move_leaves_no_empty_directory(driver: StorageDriver, root: Path) -> None:
    await driver.put_content("/a/b/c", b"content")

    await driver.move("/a/b/c", "/d")

    assert {"d", "~"} == set(os.listdir(root))


@pytest.mark.usefixtures("nothing_stays")
async def test_a_put_that_cannot_be_renamed_leaves_no_empty_directory(
    driver: StorageDriver, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "rename", refuse)

    with pytest.raises(StorageUnavailableError):
        await driver.put_content("/a/b/c", b"content")
    assert ["~"] == os.listdir(root)


async def test_a_commit_that_was_not_synced_can_be_repeated(
    driver: StorageDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = await driver.writer("/a/b")
    await writer.write(b"content")
    fsync = os.fsync
    folders: list[int] = []

    def refuse_once(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            folders.append(descriptor)
            if len(folders) == 1:
                raise OSError(errno.EIO, "Input/output error")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", refuse_once)

    with pytest.raises(StorageUnavailableError):
        await writer.commit()
    info = await writer.commit()

    assert await driver.stat("/a/b") == info
    assert 3 == len(folders)


async def test_bytes_that_were_not_accepted_are_never_published(
    driver: StorageDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    pwritev = os.pwritev

    def write_some(descriptor: int, pieces: list[memoryview], offset: int) -> int:
        if offset:
            raise OSError(errno.ENOSPC, "No space left on device")
        return pwritev(descriptor, [pieces[-1][:1000]], offset)

    def refuse(descriptor: int, size: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    async with await driver.writer("/a") as writer:
        with monkeypatch.context() as failing:
            failing.setattr(os, "pwritev", write_some)
            failing.setattr(os, "ftruncate", refuse)
            with pytest.raises(StorageFullError):
                await writer.write(bytes(MIB))

        assert 0 == writer.size
        await writer.commit()

    assert b"" == await driver.get_content("/a")


async def test_a_commit_leaves_nothing_among_the_writers(driver: StorageDriver, root: Path) -> None:
    async with await driver.writer("/a/b") as writer:
        await writer.commit()

    assert [] == os.listdir(root / "~/writers")


async def test_a_commit_that_was_cancelled_too_late_is_done(
    driver: StorageDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    fsync = os.fsync

    def wait(descriptor: int) -> None:
        begun.set()
        assert go_on.wait(60)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", wait)
    async with await driver.writer("/a") as writer:
        await writer.write(b"content")
        task = asyncio.create_task(writer.commit())
        await asyncio.to_thread(begun.wait, 60)
        task.cancel()
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert b"content" == await driver.get_content("/a")
    assert [] == [each async for each in driver.unfinished()]


async def test_a_writer_whose_close_failed_can_still_be_committed(
    driver: StorageDriver, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    async with await driver.writer("/a") as writer:
        await writer.write(b"content")
        with monkeypatch.context() as failing:
            failing.setattr(os, "pwritev", refuse)
            with pytest.raises(StorageFullError):
                await writer.close()
        assert [] == descriptors_below(root)

        await writer.commit()

    assert b"content" == await driver.get_content("/a")
