"""Writers: what they hold is invisible until it is committed, and resumable until then."""

import pytest

from storagedriver.errors import PathNotFoundError, WriterClosedError
from storagedriver.protocol import StorageDriver
from tests.drivers.contract.observing import MIB, files, held, left_unfinished, listed, walked

EDGES = [1, MIB - 1, MIB, MIB + 1, 5 * MIB - 1, 5 * MIB, 5 * MIB + 1]


@pytest.mark.parametrize("size", [0, *EDGES])
async def test_a_commit_publishes_exactly_what_was_written(
    driver: StorageDriver, size: int
) -> None:
    content = (bytes(range(255)) * (size // 255 + 1))[:size]

    async with await driver.writer("/a/file") as writer:
        await writer.write(content)
        told = await writer.commit()

    assert content == await driver.get_content("/a/file")
    assert ("/a/file", size) == (told.path, told.size)
    assert told.version == (await driver.stat("/a/file")).version
    assert [] == await held(driver)


@pytest.mark.parametrize("chunk", [1000, 65536, MIB, MIB + 1, 3 * MIB])
async def test_chunks_of_any_size_add_up(driver: StorageDriver, chunk: int) -> None:
    content = bytes(index * 31 % 253 for index in range(4 * MIB + 3))

    async with await driver.writer("/file") as writer:
        for start in range(0, len(content), chunk):
            assert start == writer.size
            await writer.write(content[start : start + chunk])
        await writer.commit()

    assert content == await driver.get_content("/file")


async def test_small_and_large_chunks_keep_their_order(driver: StorageDriver) -> None:
    chunks = [b"a", b"b" * MIB, b"c" * 10, b"d" * 3 * MIB, b"e" * (MIB - 1), b"f", b"g" * MIB, b"h"]

    async with await driver.writer("/file") as writer:
        for chunk in chunks:
            await writer.write(chunk)
        await writer.commit()

    assert b"".join(chunks) == await driver.get_content("/file")


@pytest.mark.parametrize("size", [10, 2 * MIB])
async def test_a_chunk_changed_after_the_call_changes_nothing(
    driver: StorageDriver, size: int
) -> None:
    chunk = bytearray(b"a" * size)

    async with await driver.writer("/file") as writer:
        await writer.write(chunk)
        chunk[:] = b"b" * size
        await writer.write(memoryview(chunk)[:3])
        await writer.commit()

    assert b"a" * size + b"bbb" == await driver.get_content("/file")


async def test_an_empty_chunk_adds_nothing(driver: StorageDriver) -> None:
    async with await driver.writer("/file") as writer:
        await writer.write(b"")
        await writer.write(b"x")
        await writer.write(b"")
        assert 1 == writer.size
        await writer.commit()

    assert b"x" == await driver.get_content("/file")


async def test_nothing_is_visible_before_the_commit(driver: StorageDriver) -> None:
    async with await driver.writer("/a/file") as writer:
        await writer.write(bytes(3 * MIB))
        await writer.close()

    assert [] == await listed(driver)
    assert [] == await walked(driver)
    for path in ("/a", "/a/file"):
        with pytest.raises(PathNotFoundError):
            await driver.stat(path)
    with pytest.raises(PathNotFoundError):
        await driver.get_content("/a/file")
    with pytest.raises(PathNotFoundError):
        await listed(driver, "/a")


async def test_the_committed_file_stays_until_the_next_commit(driver: StorageDriver) -> None:
    await driver.put_content("/file", b"old")

    async with await driver.writer("/file") as writer:
        await writer.write(b"newer")
        assert b"old" == await driver.get_content("/file")
        await writer.commit()

    assert b"newer" == await driver.get_content("/file")


@pytest.mark.parametrize("size", [0, *EDGES])
async def test_a_closed_writer_is_resumed_where_it_stopped(
    driver: StorageDriver, size: int
) -> None:
    content = (bytes(range(255)) * (size // 255 + 1))[:size]
    await left_unfinished(driver, "/file", content)

    async with await driver.writer("/file", append=True) as writer:
        assert size == writer.size
        await writer.write(b"rest")
        assert size + 4 == writer.size
        await writer.commit()

    assert content + b"rest" == await driver.get_content("/file")


async def test_a_writer_is_resumed_many_times(driver: StorageDriver) -> None:
    await left_unfinished(driver, "/file", b"")
    for number in range(8):
        async with await driver.writer("/file", append=True) as writer:
            assert number == writer.size
            await writer.write(b"%d" % number)

    async with await driver.writer("/file", append=True) as writer:
        await writer.commit()

    assert b"01234567" == await driver.get_content("/file")


async def test_leaving_the_block_by_an_error_keeps_what_was_written(
    driver: StorageDriver,
) -> None:
    async def fail() -> None:
        async with await driver.writer("/file") as writer:
            await writer.write(b"kept")
            raise LookupError

    with pytest.raises(LookupError):
        await fail()

    assert [("/file", 4)] == await held(driver)
    resumed = await driver.writer("/file", append=True)
    assert 4 == resumed.size
    await resumed.cancel()


async def test_there_must_be_something_to_resume(driver: StorageDriver) -> None:
    await driver.put_content("/file", b"committed")

    for path in ("/file", "/missing"):
        with pytest.raises(PathNotFoundError):
            await driver.writer(path, append=True)


async def test_a_new_writer_drops_what_an_earlier_one_left(driver: StorageDriver) -> None:
    await left_unfinished(driver, "/file", b"earlier")

    async with await driver.writer("/file") as writer:
        assert 0 == writer.size
        await writer.write(b"later")
        await writer.commit()

    assert b"later" == await driver.get_content("/file")
    assert [] == await held(driver)


@pytest.mark.parametrize("end", ["commit", "cancel", "close"])
async def test_an_ended_writer_takes_no_more(driver: StorageDriver, end: str) -> None:
    writer = await driver.writer("/file")
    await writer.write(b"once")
    await getattr(writer, end)()
    before = (await files(driver), await held(driver))

    with pytest.raises(WriterClosedError):
        await writer.write(b"more")
    with pytest.raises(WriterClosedError):
        await writer.commit()

    assert before == (await files(driver), await held(driver))


@pytest.mark.parametrize("end", ["commit", "cancel", "close"])
async def test_closing_and_cancelling_may_be_repeated(driver: StorageDriver, end: str) -> None:
    writer = await driver.writer("/file")
    await writer.write(b"once")

    await getattr(writer, end)()
    await writer.close()
    await writer.close()
    await writer.cancel()
    await writer.cancel()
    await writer.close()

    assert ({"/file": b"once"} if end == "commit" else {}) == await files(driver)
    assert [] == await held(driver)


async def test_a_cancelled_writer_leaves_nothing(driver: StorageDriver) -> None:
    await driver.put_content("/file", b"old")
    async with await driver.writer("/file") as writer:
        await writer.write(bytes(2 * MIB))
        await writer.cancel()

    assert b"old" == await driver.get_content("/file")
    assert [] == await held(driver)
    with pytest.raises(PathNotFoundError):
        await driver.writer("/file", append=True)


async def test_writers_of_different_paths_do_not_mix(driver: StorageDriver) -> None:
    writers = {path: await driver.writer(path) for path in ("/a", "/b/a", "/b/b")}
    for number in range(3):
        for path, writer in writers.items():
            await writer.write(f"{path}{number}".encode())
    for writer in writers.values():
        await writer.commit()

    assert {path: f"{path}0{path}1{path}2".encode() for path in writers} == await files(driver)
