"""Writing a file: parts that are sent, sent again, and made a file of."""

import asyncio
from typing import Any

import pytest

from storagedriver.drivers.objectstore.service import Stored
from storagedriver.errors import StorageFullError, StorageUnavailableError, WriterLostError
from tests.drivers.objectstore.stores import MemoryStore
from tests.drivers.objectstore.writers import PART, begun, body, failing, resumed
from tests.waiting import turns


class SlowlyOwned(MemoryStore):
    """A store that tells who owns a path after all that can be done without knowing."""

    async def get(self, key: str) -> Stored:
        await turns(20)
        return await super().get(key)


@pytest.mark.parametrize("size", [0, 1, PART - 1, PART, PART + 1, 5 * PART - 1, 5 * PART])
@pytest.mark.parametrize("chunk", [1, 37, PART, 1000])
async def test_a_file_is_what_was_written_and_nothing_else_stays(size: int, chunk: int) -> None:
    store = MemoryStore()
    writing = await begun(store)
    for at in range(0, size, chunk):
        await writing.write(body(size)[at : at + chunk])
        assert "root/d/f" not in store.objects

    info = await writing.commit()

    assert (size, "/d/f") == (info.size, info.path)
    assert {"root/d/f": body(size)} == store.objects
    assert {} == store.uploads


async def test_a_writer_holds_no_more_than_its_parts() -> None:
    store = MemoryStore()
    most = 3
    running = 0
    seen = 0

    async def slow(*args: object) -> str:
        nonlocal running, seen
        running += 1
        seen = max(seen, running)
        for _ in range(5):
            await asyncio.sleep(0)
        running -= 1
        return await MemoryStore.send_part(store, *args)  # type: ignore[arg-type] # as they came

    store.send_part = slow  # type: ignore[method-assign] # to see it
    writing = await begun(store, most=most)
    await writing.write(body(20 * PART))
    await writing.commit()

    assert most - 1 == seen
    assert body(20 * PART) == store.objects["root/d/f"]


async def test_a_part_that_could_not_be_sent_is_sent_with_the_next_call() -> None:
    store = MemoryStore()
    writing = await begun(store)
    store.before = failing("send_part", times=1)
    with pytest.raises(StorageUnavailableError):
        await writing.write(body(10 * PART))
    accepted = writing.size

    await writing.write(body(10 * PART)[accepted:])
    await writing.commit()

    assert body(10 * PART) == store.objects["root/d/f"]


@pytest.mark.parametrize("request_", ["finish_upload", "send_part", "get"])
async def test_a_commit_that_failed_can_be_repeated(request_: str) -> None:
    store = MemoryStore()
    writing = await begun(store)
    await writing.write(body(2 * PART + 5))
    store.before = failing(request_)
    with pytest.raises(StorageUnavailableError):
        await writing.commit()
    assert "root/d/f" not in store.objects
    assert 1 == len(store.uploads)

    await writing.write(b"more")
    await writing.commit()

    assert {"root/d/f": body(2 * PART + 5) + b"more"} == store.objects


async def test_more_than_the_parts_can_hold_is_refused_and_not_cut() -> None:
    store = MemoryStore(max_parts=3)
    writing = await begun(store)
    await writing.write(body(3 * PART - 1))

    with pytest.raises(StorageFullError, match="300"):
        await writing.write(b"ab")

    assert 3 * PART - 1 == writing.size
    await writing.write(b"a")
    await writing.commit()
    assert 3 * PART == len(store.objects["root/d/f"])


async def test_the_last_parts_are_sent_before_it_is_known_whose_the_path_is() -> None:
    store = SlowlyOwned()
    writing = await begun(store)
    await writing.write(body(2 * PART + 5))
    await turns()
    order: list[str] = []
    store.before = order.append

    await writing.commit()

    assert ["send_part", "get", "finish_upload", "delete_if"] == order


@pytest.mark.parametrize("store", [MemoryStore(), SlowlyOwned()], ids=["at once", "late"])
@pytest.mark.parametrize("end", ["close", "commit"])
@pytest.mark.parametrize("is_sent", [False, True], ids=["unsent", "sent"])
async def test_a_writer_whose_upload_another_dropped_has_lost_the_path(
    store: MemoryStore, end: str, *, is_sent: bool
) -> None:
    writing = await begun(store)
    store.before = failing("send_part", times=0 if is_sent else 1)
    await writing.write(body(2 * PART + 5))
    await turns()
    other = await begun(store)

    with pytest.raises(WriterLostError):
        await getattr(writing, end)()

    await other.write(b"its own")
    await other.commit()
    assert {"root/d/f": b"its own"} == store.objects
    assert {} == store.uploads


async def test_a_new_writer_asks_nothing_and_its_close_once() -> None:
    store = MemoryStore()
    writing = await begun(store)

    assert {"put": 1} == store.requests

    await writing.write(body(5))
    store.requests.clear()
    await writing.close()
    assert {"get": 1, "put": 2} == store.requests


async def test_an_upload_is_not_forgotten_if_it_is_not_heard_that_it_was_noted() -> None:
    store = MemoryStore()
    writing = await begun(store)
    heard, put = 1, store.put

    async def unheard(*args: Any, **conditions: Any) -> str:  # noqa: ANN401 as they came
        nonlocal heard
        version = await put(*args, **conditions)
        heard -= 1
        if heard == -1:
            raise StorageUnavailableError
        return version

    store.put = unheard  # type: ignore[method-assign] # to lose an answer
    with pytest.raises(StorageUnavailableError):
        await writing.write(body(PART + 1))
    await writing.close()

    assert 1 == len(store.uploads)
    await (await resumed(store)).cancel()
    assert {} == store.uploads
    assert {} == store.objects
