"""Reading a part, or all of it, in pieces."""

import pytest

from storagedriver.errors import InvalidOffsetError
from storagedriver.protocol import StorageDriver
from tests.drivers.backends import on_shared, on_stable_read
from tests.drivers.contract.observing import MIB, read

SIZE = 2 * MIB + 5
BODY = bytes(index * 7 % 251 for index in range(SIZE))


@pytest.mark.parametrize(
    ("offset", "length"),
    [
        (0, None),
        (0, 0),
        (0, 1),
        (0, SIZE),
        (0, SIZE + 1),
        (1, None),
        (MIB - 1, 2),
        (MIB, 1),
        (MIB, MIB),
        (MIB + 1, MIB + 1),
        (SIZE - 1, None),
        (SIZE - 1, 100),
        (SIZE, None),
        (SIZE, 0),
        (SIZE, 10),
    ],
)
async def test_a_reader_gives_exactly_the_range(
    driver: StorageDriver, offset: int, length: int | None
) -> None:
    await driver.put_content("/file", BODY)
    stop = SIZE if length is None else offset + length

    assert BODY[offset:stop] == await read(driver, "/file", offset=offset, length=length)


@pytest.mark.parametrize("offset", [-1, SIZE + 1, 1 << 40])
async def test_an_offset_outside_the_file_is_refused_on_entering(
    driver: StorageDriver, offset: int
) -> None:
    await driver.put_content("/file", BODY)
    reading = driver.reader("/file", offset=offset)

    with pytest.raises(InvalidOffsetError) as caught:
        await reading.__aenter__()

    assert "/file" == caught.value.path


async def test_a_negative_length_is_refused(driver: StorageDriver) -> None:
    await driver.put_content("/file", b"content")

    with pytest.raises(ValueError, match="length"):
        await driver.reader("/file", length=-1).__aenter__()


async def test_an_empty_file_reads_as_nothing(driver: StorageDriver) -> None:
    await driver.put_content("/file", b"")

    assert b"" == await read(driver, "/file")
    with pytest.raises(InvalidOffsetError):
        await read(driver, "/file", offset=1)


async def test_pieces_are_bytes_and_never_empty(driver: StorageDriver) -> None:
    await driver.put_content("/file", BODY)

    async with driver.reader("/file", offset=3) as reader:
        pieces = [piece async for piece in reader]

    assert {bytes} == {type(piece) for piece in pieces}
    assert all(pieces)


async def test_a_large_file_comes_in_several_pieces(driver: StorageDriver) -> None:
    await driver.put_content("/file", bytes(9 * MIB))

    async with driver.reader("/file") as reader:
        sizes = [len(piece) async for piece in reader]

    assert 9 * MIB == sum(sizes)
    assert max(sizes) <= 8 * MIB


async def test_a_reader_tells_of_the_whole_file(driver: StorageDriver) -> None:
    await driver.put_content("/a/file", BODY)

    async with driver.reader("/a/file", offset=5, length=2) as reader:
        info = reader.info

    assert await driver.stat("/a/file") == info


async def test_a_reader_left_early_leaves_the_file_usable(driver: StorageDriver) -> None:
    await driver.put_content("/file", BODY)

    async with driver.reader("/file") as reader:
        async for piece in reader:
            assert BODY.startswith(piece)
            break
    await driver.delete("/file")
    await driver.put_content("/file", b"next")

    assert b"next" == await driver.get_content("/file")


@on_stable_read
@pytest.mark.parametrize("change", ["put", "move", "delete", "commit"])
async def test_an_open_reader_gives_the_old_bytes_to_the_end(
    driver: StorageDriver, change: str
) -> None:
    await driver.put_content("/file", BODY)
    await driver.put_content("/other", bytes(SIZE))

    async with driver.reader("/file") as reader:
        pieces = aiter(reader)
        got = [await anext(pieces)]
        if change == "put":
            await driver.put_content("/file", bytes(SIZE))
        elif change == "move":
            await driver.move("/other", "/file")
        elif change == "delete":
            await driver.delete("/file")
        else:
            async with await driver.writer("/file") as writer:
                await writer.write(bytes(SIZE))
                await writer.commit()
        got += [piece async for piece in pieces]

    assert BODY == b"".join(got)


@on_shared
async def test_a_reader_here_is_not_disturbed_by_a_put_there(
    driver: StorageDriver, second: StorageDriver
) -> None:
    await driver.put_content("/file", BODY)

    async with driver.reader("/file") as reader:
        await second.put_content("/file", bytes(SIZE))
        got = b"".join([piece async for piece in reader])

    assert got in {BODY, bytes(SIZE)}
    assert bytes(SIZE) == await read(driver, "/file")


async def test_many_readers_of_one_file_do_not_disturb_each_other(driver: StorageDriver) -> None:
    await driver.put_content("/file", BODY)

    async with driver.reader("/file") as one, driver.reader("/file", offset=9) as other:
        ones, others = aiter(one), aiter(other)
        mixed = [await anext(ones), await anext(others)]
        ones_rest = b"".join([piece async for piece in ones])
        others_rest = b"".join([piece async for piece in others])

    assert BODY == mixed[0] + ones_rest
    assert BODY[9:] == mixed[1] + others_rest
