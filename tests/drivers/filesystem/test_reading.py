import os
from pathlib import Path

import pytest

from storagedriver.drivers.filesystem.reading import PIECE
from storagedriver.errors import CorruptContentError, DriverClosedError, StorageUnavailableError
from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver


async def test_a_large_file_comes_in_pieces(driver: StorageDriver) -> None:
    await driver.put_content("/a", bytes(2 * PIECE + 5))

    async with driver.reader("/a", offset=3) as reader:
        assert [PIECE, PIECE, 2] == [len(piece) async for piece in reader]


async def test_an_open_reader_gives_the_old_bytes_whatever_becomes_of_the_file(
    driver: StorageDriver,
) -> None:
    content = os.urandom(3 * PIECE)
    await driver.put_content("/a", content)
    await driver.put_content("/b", content)
    await driver.put_content("/c", content)

    async with driver.reader("/a") as one, driver.reader("/b") as two, driver.reader("/c") as three:
        await driver.put_content("/a", bytes(3 * PIECE))
        await driver.delete("/b")
        await driver.move("/c", "/d")

        assert content == b"".join([piece async for piece in one])
        assert content == b"".join([piece async for piece in two])
        assert content == b"".join([piece async for piece in three])


@pytest.mark.parametrize("size", [0, PIECE + 1, 2 * PIECE, 3 * PIECE])
async def test_a_file_that_is_changed_in_place_while_it_is_read_fails(
    driver: StorageDriver, root: Path, size: int
) -> None:
    await driver.put_content("/a", b"x" * (2 * PIECE))

    async with driver.reader("/a") as reader:
        pieces = aiter(reader)
        assert b"x" * PIECE == await anext(pieces)
        (root / "a").write_bytes(b"y" * size)

        with pytest.raises(CorruptContentError):
            await anext(pieces)


@pytest.mark.usefixtures("all_in_threads")
async def test_a_file_that_shrinks_while_it_is_got_fails(
    driver: StorageDriver, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await driver.put_content("/a", b"content")
    pread = os.pread

    def shrinking(descriptor: int, size: int, offset: int) -> bytes:
        os.truncate(root / "a", 3)
        return pread(descriptor, size, offset)

    monkeypatch.setattr(os, "pread", shrinking)

    with pytest.raises(CorruptContentError):
        await driver.get_content("/a")


@pytest.mark.usefixtures("all_in_threads")
async def test_short_reads_are_joined(
    driver: StorageDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    await driver.put_content("/a", b"content")
    pread = os.pread
    monkeypatch.setattr(os, "pread", lambda file, size, offset: pread(file, min(size, 2), offset))

    assert b"content" == await driver.get_content("/a")


@pytest.mark.usefixtures("all_in_threads")
async def test_a_refusing_disk_is_unavailable_and_not_empty(
    driver: StorageDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    await driver.put_content("/a", b"content")

    def refuse(*_: object) -> bytes:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "pread", refuse)

    with pytest.raises(StorageUnavailableError) as caught:
        await driver.get_content("/a")
    assert isinstance(caught.value.__cause__, OSError)


@pytest.mark.usefixtures("all_in_threads")
async def test_files_are_read_where_nothing_tells_of_open_descriptors(
    driver: StorageDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> str:
        raise FileNotFoundError(2, "No such file or directory", "/proc")

    monkeypatch.setattr(os, "readlink", refuse)

    await driver.put_content("/a/b/c", b"content")

    assert b"content" == await driver.get_content("/a/b/c")
    assert ["/a", "/a/b", "/a/b/c"] == [info.path async for info in driver.walk("/")]
    await driver.delete("/a")


async def test_a_reader_of_a_closed_driver_says_so(root: Path) -> None:
    async with open_driver("filesystem", rootdirectory=root) as driver:
        await driver.put_content("/a", bytes(2 * PIECE))
        opening = driver.reader("/a")
        pieces = aiter(await opening.__aenter__())
        await anext(pieces)

    with pytest.raises(DriverClosedError):
        await anext(pieces)
    await opening.__aexit__(None, None, None)
