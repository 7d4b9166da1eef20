"""Going on with a file that another writer left, closed or killed."""

import asyncio

import pytest

from storagedriver.errors import PathNotFoundError
from tests.drivers.objectstore.stores import MemoryStore
from tests.drivers.objectstore.writers import PART, begun, body, resumed, unfinished


@pytest.mark.parametrize("sizes", [[0, 0], [30, 30, 30], [99, 2], [250, 1, 250], [100, 100, 7]])
async def test_each_of_several_writers_goes_on_where_the_last_one_stopped(
    sizes: list[int],
) -> None:
    store = MemoryStore()
    whole = body(sum(sizes))
    await (await begun(store)).close()
    for at, size in enumerate(sizes):
        writing = await resumed(store)
        before = sum(sizes[:at])
        assert before == writing.size
        await writing.write(whole[before : before + size])
        await writing.close()
        assert [before + size] == [info.size for info in await unfinished(store)]

    await (await resumed(store)).commit()

    assert {"root/d/f": whole} == store.objects
    assert {} == store.uploads


async def test_what_a_killed_writer_had_sent_is_resumed_up_to_the_first_gap() -> None:
    store = MemoryStore()
    killed = await begun(store)
    await killed.write(body(5 * PART))
    await killed.stop()
    (_, parts) = next(iter(store.uploads.values()))
    parts.pop(3, None)

    writing = await resumed(store)

    assert writing.size <= 2 * PART
    kept = writing.size
    await writing.write(body(5 * PART)[kept:])
    await writing.commit()
    assert {"root/d/f": body(5 * PART)} == store.objects


async def test_a_part_that_a_lost_writer_still_sends_harms_nobody() -> None:
    store = MemoryStore()
    lost = await begun(store)
    await lost.write(body(3 * PART))
    await asyncio.sleep(0)
    owner = await resumed(store)
    kept = owner.size
    (_, parts) = next(iter(store.uploads.values()))
    for number in range(kept // PART + 1, kept // PART + 4):
        parts[number] = b"x" * PART

    await owner.write(body(5 * PART)[kept:])
    await owner.commit()

    assert body(5 * PART) == store.objects["root/d/f"]


async def test_the_tail_that_went_into_a_part_is_not_counted_twice() -> None:
    store = MemoryStore()
    first = await begun(store)
    await first.write(body(PART + 30))
    await first.close()
    killed = await resumed(store)
    await killed.write(body(3 * PART)[PART + 30 :] + b"more")
    await killed.stop()

    writing = await resumed(store)

    assert 0 == writing.size % PART or PART + 30 == writing.size
    kept = writing.size
    await writing.write(body(3 * PART)[kept:])
    await writing.commit()
    assert body(3 * PART) == store.objects["root/d/f"]


async def test_an_upload_that_the_service_dropped_begins_anew() -> None:
    store = MemoryStore()
    writing = await begun(store)
    await writing.write(body(2 * PART + 1))
    await writing.close()
    store.uploads.clear()

    again = await resumed(store)

    assert 0 == again.size
    await again.write(b"new")
    await again.commit()
    assert {"root/d/f": b"new"} == store.objects


async def test_there_is_nothing_to_resume_where_no_writer_was() -> None:
    with pytest.raises(PathNotFoundError):
        await resumed(MemoryStore())
