import os
import time
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from storagedriver.drivers.filesystem.locks import Locks
from storagedriver.errors import PreconditionFailedError
from storagedriver.protocol import StorageDriver


@pytest.fixture
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now)


async def version_of(driver: StorageDriver, path: str) -> str | None:
    return (await driver.stat(path)).version


@pytest.mark.usefixtures("stopped_clock")
async def test_contents_of_one_size_differ_in_version_although_the_clock_stands_still(
    driver: StorageDriver, second: StorageDriver
) -> None:
    versions = []
    for number in range(50):
        by = driver if number % 2 else second
        await by.put_content("/a", b"%03d" % number)
        versions.append(await version_of(driver, "/a"))
        if number % 3 == 0:
            await by.delete("/a")  # so that its inode is used again

    assert 50 == len(set(versions))


async def test_contents_differ_in_version_although_the_clock_was_put_back(
    driver: StorageDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time_ns()
    times = []
    for number in range(10):
        monkeypatch.setattr(time, "time_ns", lambda back=number: now - back * 10**9)
        info = await driver.put_content("/a", b"%03d" % number)
        times.append(info.modified or datetime.min.replace(tzinfo=UTC))
        await driver.delete("/a")

    assert sorted(times) == times


async def test_a_committed_file_bears_the_last_time_of_its_lock(
    driver: StorageDriver, root: Path
) -> None:
    async with await driver.writer("/a") as writer:
        await writer.commit()

    last = max(lock.stat().st_mtime_ns for lock in (root / "~/locks").iterdir())
    assert last == (root / "a").stat().st_mtime_ns


def test_a_coarse_file_system_gets_times_that_it_can_tell_apart(folder: Path) -> None:
    locks = Locks(str(folder), step=2_000_000_000)
    ticks = []
    for _ in range(3):
        with locks.hold("/a") as lock:
            ticks.append(lock.tick())

    assert all(later - earlier >= 2_000_000_000 for earlier, later in pairwise(ticks))


async def test_the_version_is_the_same_wherever_it_is_told(
    driver: StorageDriver, second: StorageDriver
) -> None:
    put = await driver.put_content("/a/b", b"content")

    async with second.reader("/a/b") as reader:
        assert put == reader.info
    assert put == await second.stat("/a/b")
    assert [put] == [info async for info in second.list("/a")]
    assert put in [info async for info in second.walk("/")]


async def test_a_file_that_another_program_replaced_has_another_version(
    driver: StorageDriver, root: Path
) -> None:
    version = (await driver.put_content("/a", b"ours")).version

    (root / "a").write_bytes(b"them")

    with pytest.raises(PreconditionFailedError):
        await driver.put_content("/a", b"new!", if_match=version)
    with pytest.raises(PreconditionFailedError):
        await driver.delete("/a", if_match=version)
    await driver.put_content("/a", b"new!", if_match=await version_of(driver, "/a"))
    assert b"new!" == (root / "a").read_bytes()


async def test_another_users_lock_file_still_gives_a_time(
    driver: StorageDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    utime = os.utime

    def refuse(file: int, *, ns: tuple[int, int]) -> None:
        if "/locks/" in os.readlink(f"/proc/self/fd/{file}"):
            raise PermissionError(1, "Operation not permitted")
        utime(file, ns=ns)

    monkeypatch.setattr(os, "utime", refuse)

    await driver.put_content("/a", b"content")

    assert b"content" == await driver.get_content("/a")
