"""One writer owns a path: who comes later takes it over."""

import asyncio

import pytest

from storagedriver.errors import PathNotFoundError, StorageDriverError, WriterLostError
from storagedriver.protocol import StorageDriver
from tests.drivers.backends import on_shared
from tests.drivers.contract.observing import MIB, files, held, left_unfinished


@pytest.mark.parametrize("call", ["write", "close", "commit"])
@pytest.mark.parametrize("append", [False, True])
async def test_the_former_owner_is_told_and_changes_nothing(
    driver: StorageDriver, call: str, *, append: bool
) -> None:
    former = await driver.writer("/file")
    await former.write(b"former")
    latter = await driver.writer("/file", append=append)
    size = latter.size

    with pytest.raises(WriterLostError) as caught:
        await (former.write(b"late") if call == "write" else getattr(former, call)())

    assert ("/file", driver.name) == (caught.value.path, caught.value.driver)
    await latter.write(b"latter")
    await latter.commit()
    assert {"/file": b"former"[:size] + b"latter"} == await files(driver)


async def test_a_former_owner_cannot_cancel_what_was_taken_over(driver: StorageDriver) -> None:
    former = await driver.writer("/file")
    await former.write(b"former")
    await former.close()
    latter = await driver.writer("/file", append=True)

    await former.cancel()

    await latter.write(b", latter")
    await latter.commit()
    assert {"/file": b"former, latter"} == await files(driver)


async def test_a_former_owner_cannot_cancel_what_was_begun_anew(driver: StorageDriver) -> None:
    former = await driver.writer("/file")
    latter = await driver.writer("/file")

    await former.cancel()

    await latter.write(b"latter")
    await latter.close()
    assert [("/file", 6)] == await held(driver)


async def test_a_taken_over_writer_keeps_only_what_it_really_held(driver: StorageDriver) -> None:
    first = await driver.writer("/file")
    await first.write(b"kept")
    await first.close()
    second = await driver.writer("/file", append=True)
    await second.write(bytes(MIB))
    third = await driver.writer("/file", append=True)

    size = third.size
    await third.commit()

    assert 4 <= size <= 4 + MIB
    assert (b"kept" + bytes(MIB))[:size] == await driver.get_content("/file")


async def test_leaving_the_block_of_a_lost_writer_raises_that_once(
    driver: StorageDriver,
) -> None:
    async def lose() -> None:
        async with await driver.writer("/file") as former:
            await driver.writer("/file")
            await former.write(b"late")

    with pytest.raises(WriterLostError) as caught:
        await lose()

    assert not isinstance(caught.value.__context__, WriterLostError)


async def test_of_concurrent_writers_one_owns_the_path(driver: StorageDriver) -> None:
    writers = await asyncio.gather(*(driver.writer("/file") for _ in range(8)))

    async def write(number: int) -> bytes | None:
        try:
            await writers[number].write(b"%d" % number)
            await writers[number].commit()
        except WriterLostError:
            return None
        return b"%d" % number

    written = [one for one in await asyncio.gather(*map(write, range(8))) if one is not None]

    assert 1 == len(written)
    assert {"/file": written[0]} == await files(driver)


@pytest.mark.parametrize("path", ["/a/file", "/a"])
async def test_a_delete_takes_the_writer_its_path(driver: StorageDriver, path: str) -> None:
    writer = await driver.writer("/a/file")
    await writer.write(b"dropped")
    with pytest.raises(PathNotFoundError):
        await driver.delete(path)

    for call in (writer.write(b"late"), writer.close(), writer.commit()):
        with pytest.raises(WriterLostError):
            await call

    await writer.cancel()
    assert {} == await files(driver)
    assert [] == await held(driver)


@pytest.mark.parametrize("change", ["put", "move"])
async def test_a_put_or_move_onto_the_path_leaves_the_writer_alive(
    driver: StorageDriver, change: str
) -> None:
    await driver.put_content("/other", b"moved")
    writer = await driver.writer("/file")
    await writer.write(b"written")

    if change == "put":
        await driver.put_content("/file", b"put")
    else:
        await driver.move("/other", "/file")
        await driver.move("/file", "/away")
    await writer.write(b" on")
    await writer.commit()

    assert b"written on" == await driver.get_content("/file")


async def test_a_move_away_leaves_the_unfinished_writer_where_it_is(
    driver: StorageDriver,
) -> None:
    await driver.put_content("/a/file", b"body")
    await left_unfinished(driver, "/a/file", b"draft")

    await driver.move("/a/file", "/b/file")

    assert [("/a/file", 5)] == await held(driver)


@on_shared
async def test_another_instance_resumes_what_was_closed_here(
    driver: StorageDriver, second: StorageDriver
) -> None:
    await left_unfinished(driver, "/file", bytes(MIB + 1))

    assert [("/file", MIB + 1)] == await held(second)
    async with await second.writer("/file", append=True) as writer:
        assert MIB + 1 == writer.size
        await writer.write(b"there")
        await writer.commit()

    assert bytes(MIB + 1) + b"there" == await driver.get_content("/file")


@on_shared
@pytest.mark.parametrize("append", [False, True])
async def test_another_instance_takes_over_what_is_open_here(
    driver: StorageDriver, second: StorageDriver, *, append: bool
) -> None:
    former = await driver.writer("/file")
    await former.write(b"former")
    latter = await second.writer("/file", append=append)

    for call in (former.write(b"late"), former.close(), former.commit()):
        with pytest.raises(WriterLostError):
            await call
    size = latter.size
    await latter.write(b"latter")
    await latter.commit()

    assert {"/file": b"former"[:size] + b"latter"} == await files(driver)


@on_shared
async def test_a_closed_driver_leaves_its_open_writers_resumable(
    driver: StorageDriver, second: StorageDriver
) -> None:
    async with await driver.writer("/kept") as writer:
        await writer.write(b"kept")
    opened = await driver.writer("/open")
    await opened.write(b"open")

    await driver.aclose()

    with pytest.raises(StorageDriverError):
        await opened.write(b"more")
    async with await second.writer("/kept", append=True) as resumed:
        assert 4 == resumed.size
    async with await second.writer("/open", append=True) as resumed:
        size = resumed.size
        await resumed.commit()
    assert b"open"[:size] == await second.get_content("/open")
