import asyncio
from collections import Counter
from collections.abc import Callable

import pytest

from storagedriver.drivers.objectstore.ownership import Ownership, Resumed
from storagedriver.drivers.objectstore.sidestate import SideState
from storagedriver.drivers.objectstore.writing import ObjectWriter
from storagedriver.errors import (
    PathNotFoundError,
    PreconditionFailedError,
    StorageFullError,
    StorageUnavailableError,
    WriterLostError,
)
from storagedriver.records import UnfinishedInfo
from tests.drivers.objectstore.stores import MemoryStore

PART = 100


def state(store: MemoryStore) -> SideState:
    return SideState(store, "root/", lambda path: "!" not in path)


async def begun(store: MemoryStore, path: str = "/d/f", *, most: int = 3) -> ObjectWriter:
    owner = await Ownership.taken(state(store), path, PART)
    return writer(owner, Resumed([], b""), most)


async def resumed(store: MemoryStore, path: str = "/d/f", *, most: int = 3) -> ObjectWriter:
    owner, kept = await Ownership.resumed(state(store), path)
    return writer(owner, kept, most)


def writer(owner: Ownership, kept: Resumed, most: int) -> ObjectWriter:
    return ObjectWriter(owner, kept, most=most, grace=5, ended=lambda _: None)


async def unfinished(store: MemoryStore, path: str = "/") -> list[UnfinishedInfo]:
    return [info async for info in state(store).unfinished(path)]


def body(size: int, first: int = 0) -> bytes:
    return bytes((first + at) % 251 for at in range(size))


def failing(name: str, times: int = 1) -> Callable[[str], None]:
    """Let the first requests of a name fail."""
    left = Counter({name: times})

    def before(request: str) -> None:
        if left[request]:
            left[request] -= 1
            raise StorageUnavailableError(f"{request} is not answered")

    return before


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


@pytest.mark.parametrize("call", ["write", "close", "commit"])
@pytest.mark.parametrize("append", [True, False])
async def test_a_lost_writer_is_told_and_changes_nothing(call: str, *, append: bool) -> None:
    store = MemoryStore()
    lost = await begun(store)
    await lost.write(body(30))
    owner = await (resumed(store) if append else begun(store))

    with pytest.raises(WriterLostError):
        await (lost.write(b"late") if call == "write" else getattr(lost, call)())

    await lost.cancel()
    await owner.write(body(20))
    await owner.commit()
    assert {"root/d/f": body(20)} == store.objects


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


async def test_cancel_and_taking_over_anew_leave_no_upload_and_no_object() -> None:
    store = MemoryStore()
    for end in ("cancel", "taken over"):
        writing = await begun(store)
        await writing.write(body(3 * PART + 7))
        await writing.close()
        assert 1 == len(store.uploads)
        await ((await begun(store)).cancel() if end == "taken over" else writing.cancel())

        assert {} == store.objects
        assert {} == store.uploads


async def test_an_upload_whose_id_was_lost_is_dropped_with_the_draft() -> None:
    store = MemoryStore()
    killed = await begun(store)
    put = Counter[str]()

    def before(request: str) -> None:
        put[request] += 1
        if request == "put" and put["start_upload"]:
            raise StorageUnavailableError("killed here")

    store.before = before
    with pytest.raises(StorageUnavailableError):
        await killed.write(body(2 * PART))
    store.before = lambda _: None
    assert 1 == len(store.uploads)

    (info,) = await unfinished(store)
    await state(store).discard(info.path, info.id)

    assert {} == store.uploads
    assert {} == store.objects


async def test_a_stale_record_discards_nothing() -> None:
    store = MemoryStore()
    await (await begun(store)).close()
    (info,) = await unfinished(store)
    await (await resumed(store)).close()

    await state(store).discard(info.path, info.id)

    assert 1 == len(await unfinished(store))


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


async def test_a_draft_that_cannot_be_read_holds_nothing_and_can_be_dropped() -> None:
    store = MemoryStore()
    await (await begun(store)).close()
    (key,) = store.objects
    store.objects[key] = b"{"
    store.uploads["stray"] = ("root/d/f", {})

    assert [0] == [info.size for info in await unfinished(store)]
    await state(store).drop_below("/d")

    assert {} == store.objects
    assert {} == store.uploads


async def test_unfinished_writers_are_given_in_the_order_of_paths() -> None:
    store = MemoryStore(page_size=2)
    paths = ["/a", "/a/x", "/a/x/y", "/a-", "/a-/x", "/a.b/x", "/ab"]
    for path in paths:
        await (await begun(store, path)).close()

    assert paths == [info.path for info in await unfinished(store)]
    assert paths[:3] == [info.path for info in await unfinished(store, "/a")]


async def test_there_is_nothing_to_resume_where_no_writer_was() -> None:
    with pytest.raises(PathNotFoundError):
        await resumed(MemoryStore())


async def test_without_conditions_of_the_service_a_lost_writer_is_still_told() -> None:
    store = MemoryStore(has_conditional_put=False, has_conditional_delete=False)
    lost = await begun(store)
    owner = await begun(store)

    with pytest.raises(WriterLostError):
        await lost.write(b"late")
    with pytest.raises(PreconditionFailedError):
        await state(store).replace("/d/f", owner._parts._owner.draft, None)
    await owner.write(b"owner's")
    await owner.commit()

    assert {"root/d/f": b"owner's"} == store.objects
