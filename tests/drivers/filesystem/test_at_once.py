"""Reads that take no thread, with calls that stand in for the kernel's: not all files have them."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import pytest

from storagedriver.aio import Threads
from storagedriver.drivers.filesystem import opening
from storagedriver.drivers.filesystem.atonce import MOST, PIECE, AtOnce, probe
from storagedriver.errors import (
    CorruptContentError,
    InvalidOffsetError,
    PathNotFoundError,
    StorageDriverError,
)
from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver

T = TypeVar("T")


class Kernel:
    """What a test lets the kernel say: a number of calls that it can do without waiting."""

    def __init__(self) -> None:
        self.opens = 1_000_000
        self.reads = 1_000_000
        self.most = MOST
        self.reading: Callable[[], object] = int

    def open(self, file: str, flags: int) -> int:
        self.opens -= 1
        if self.opens < 0:
            raise BlockingIOError
        return os.open(file, flags)

    def read(self, descriptor: int, size: int, offset: int) -> bytes:
        self.reads -= 1
        if self.reads < 0:
            raise BlockingIOError
        self.reading()
        return os.pread(descriptor, min(size, self.most), offset)


@pytest.fixture
def kernel() -> Kernel:
    return Kernel()


@pytest.fixture
async def driver(
    root: Path, kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[StorageDriver]:
    monkeypatch.setattr(opening, "probe", lambda _: AtOnce(kernel.open, kernel.read))
    async with open_driver("filesystem", rootdirectory=root) as opened:
        yield opened


@pytest.fixture
def hops(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The calls that were made in a thread."""
    made: list[object] = []
    run = Threads.run

    async def noted(self: Threads, function: Callable[..., object], *args: object) -> object:
        made.append(function)
        return await run(self, function, *args)

    monkeypatch.setattr(Threads, "run", noted)
    return made


def open_below(root: Path) -> list[str]:
    found = []
    for descriptor in os.listdir("/dev/fd"):
        with suppress(OSError):
            found.append(os.readlink(f"/dev/fd/{descriptor}"))
    return [name for name in found if name.startswith(str(root))]


def patiently(call: Callable[[], T]) -> T:
    """Call until the kernel does it: it may refuse while others rename files, or mount."""
    for _ in range(1000):
        with suppress(BlockingIOError):
            return call()
        time.sleep(0.001)
    return call()


async def read(driver: StorageDriver, path: str, offset: int = 0) -> bytes:
    async with driver.reader(path, offset=offset) as reader:
        return b"".join([piece async for piece in reader])


async def test_what_is_in_memory_is_read_without_a_thread(
    driver: StorageDriver, hops: list[object]
) -> None:
    put = await driver.put_content("/a/b", b"content")
    await driver.put_content("/a/empty", b"")
    hops.clear()

    assert b"content" == await driver.get_content("/a/b")
    assert b"content" == await read(driver, "/a/b")
    assert b"tent" == await read(driver, "/a/b", 3)
    assert put == await driver.stat("/a/b")
    assert b"" == await driver.get_content("/a/empty")
    assert b"" == await read(driver, "/a/empty")
    assert [] == hops


async def test_a_file_that_cannot_be_opened_at_once_is_read_in_a_thread(
    driver: StorageDriver, kernel: Kernel, hops: list[object]
) -> None:
    put = await driver.put_content("/a", b"content")
    kernel.opens = 0
    hops.clear()

    assert b"content" == await driver.get_content("/a")
    assert b"content" == await read(driver, "/a")
    assert put == await driver.stat("/a")
    assert 3 == len(hops)


@pytest.mark.parametrize("parts", [0, 1])
async def test_what_cannot_be_read_at_once_is_read_in_a_thread(
    driver: StorageDriver, kernel: Kernel, hops: list[object], parts: int
) -> None:
    await driver.put_content("/a", b"content")
    kernel.most = 3
    hops.clear()

    kernel.reads = parts
    assert b"content" == await driver.get_content("/a")
    kernel.reads = parts
    assert b"content" == await read(driver, "/a")
    assert 2 == len(hops)


async def test_what_came_in_parts_is_put_together(driver: StorageDriver, kernel: Kernel) -> None:
    await driver.put_content("/a", b"content")
    kernel.most = 3

    assert b"content" == await driver.get_content("/a")
    assert b"content" == await read(driver, "/a")


async def test_a_file_that_is_not_small_is_got_in_a_thread(
    driver: StorageDriver, kernel: Kernel
) -> None:
    content = os.urandom(MOST + 1)
    await driver.put_content("/a", content)
    kernel.reads = 0

    assert content == await driver.get_content("/a")
    assert 0 == kernel.reads


async def test_a_large_file_that_is_in_memory_is_read_without_a_thread(
    driver: StorageDriver, kernel: Kernel, hops: list[object]
) -> None:
    content = os.urandom(2 * PIECE + 5)
    await driver.put_content("/a", content)
    kernel.most = 2 * PIECE
    hops.clear()

    async with driver.reader("/a") as reader:
        pieces = [piece async for piece in reader]

    assert [PIECE, PIECE, 5] == [len(piece) for piece in pieces]
    assert content == b"".join(pieces)
    assert [] == hops


@pytest.mark.parametrize("reads", [0, 1, 2])
async def test_of_a_large_file_what_is_not_in_memory_is_read_in_a_thread(
    driver: StorageDriver, kernel: Kernel, hops: list[object], reads: int
) -> None:
    content = os.urandom(4 * PIECE)
    await driver.put_content("/a", content)
    kernel.most, kernel.reads = PIECE - 1, reads
    hops.clear()

    assert content == await read(driver, "/a")
    assert 2 == len(hops)


async def test_a_large_file_that_changes_while_it_is_read_at_once_fails(
    driver: StorageDriver, kernel: Kernel, root: Path
) -> None:
    await driver.put_content("/a", bytes(2 * PIECE))

    async with driver.reader("/a") as reader:
        pieces = aiter(reader)
        await anext(pieces)
        kernel.reading = lambda: os.truncate(root / "a", PIECE + 3)

        with pytest.raises(CorruptContentError):
            await anext(pieces)


async def test_what_is_no_file_is_told_of_as_ever(driver: StorageDriver) -> None:
    await driver.put_content("/folder/a", b"")

    assert (await driver.stat("/folder")).is_dir
    assert (await driver.stat("/")).is_dir
    with pytest.raises(PathNotFoundError):
        await driver.get_content("/folder")
    with pytest.raises(PathNotFoundError):
        await read(driver, "/folder", 1 << 20)
    with pytest.raises(PathNotFoundError):
        await driver.stat("/none")
    with pytest.raises(InvalidOffsetError):
        await read(driver, "/folder/a", 1)


async def test_a_file_that_changes_while_it_is_read_at_once_fails(
    driver: StorageDriver, kernel: Kernel, root: Path
) -> None:
    await driver.put_content("/a", b"content")
    kernel.reading = lambda: os.truncate(root / "a", 3)

    with pytest.raises(CorruptContentError):
        await driver.get_content("/a")


async def test_reads_at_once_leave_no_descriptor_open(
    driver: StorageDriver, kernel: Kernel, root: Path
) -> None:
    await driver.put_content("/a", b"content")

    for reads in (2, 0):
        kernel.reads = reads
        await driver.get_content("/a")
        await read(driver, "/a")
        await driver.stat("/a")
    for path in ("/", "/none"):
        with pytest.raises(StorageDriverError):
            await read(driver, path)

    assert [] == open_below(root)


async def test_a_task_that_only_reads_lets_others_run(driver: StorageDriver) -> None:
    await driver.put_content("/a", b"content")
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    for _ in range(100):
        await driver.get_content("/a")
    task.cancel()

    assert turns >= 5


def test_the_kernels_own_calls_follow_no_link_and_read_what_is_there(tmp_path: Path) -> None:
    name = os.path.realpath(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a").write_bytes(b"content")
    (tmp_path / "empty").touch()
    (tmp_path / "link").symlink_to("folder")
    (tmp_path / "folder" / "link").symlink_to("a")
    calls = probe(f"{name}/empty")
    if calls is None:
        return  # another kernel, or a file system in memory or of a network

    descriptor = patiently(lambda: calls.open(f"{name}/folder/a", os.O_RDONLY))
    try:
        assert b"content" == patiently(lambda: calls.read(descriptor, 7, 0))
        assert b"tent" == patiently(lambda: calls.read(descriptor, 7, 3))
        assert b"" == patiently(lambda: calls.read(descriptor, 7, 7))
        assert not os.get_inheritable(descriptor)
    finally:
        os.close(descriptor)
    for path in ("link/a", "folder/link", "none"):
        with pytest.raises(OSError):  # noqa: PT011  all of them mean: try it in a thread
            calls.open(f"{name}/{path}", os.O_RDONLY)


@pytest.mark.parametrize("size", [1, 1 << 13, (1 << 13) + 1, PIECE])
def test_the_kernels_own_reads_give_bytes_of_their_own(tmp_path: Path, size: int) -> None:
    name = os.path.realpath(tmp_path)
    (tmp_path / "empty").touch()
    content = os.urandom(size)
    (tmp_path / "a").write_bytes(content)
    calls = probe(f"{name}/empty")
    if calls is None:
        return  # another kernel, or a file system in memory or of a network

    with (tmp_path / "a").open("rb") as file:
        # More than there is, and from the middle on: what is kept must not change meanwhile.
        whole = patiently(lambda: calls.read(file.fileno(), size + 9, 0))
        rest = patiently(lambda: calls.read(file.fileno(), size, size // 2))
        again = patiently(lambda: calls.read(file.fileno(), size, 0))

    assert [content, content[size // 2 :], content] == [whole, rest, again]


def test_there_are_no_such_calls_for_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert probe(f"{tmp_path}/none") is None
