"""Whose an unfinished file is, and what is left of it when it is dropped."""

from collections import Counter

import pytest

from storagedriver.errors import (
    PreconditionFailedError,
    StorageFullError,
    StorageUnavailableError,
    WriterLostError,
)
from tests.drivers.objectstore.stores import MemoryStore
from tests.drivers.objectstore.writers import (
    PART,
    begun,
    body,
    failing,
    resumed,
    state,
    unfinished,
)


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


TAIL = "root/~/w/d/f/!0123456789abcdef"


async def test_a_tail_that_no_draft_came_to_name_is_dropped_with_the_draft() -> None:
    store = MemoryStore()
    writing = await begun(store)
    await writing.write(body(30))
    store.before = failing("put", after=1)
    with pytest.raises(StorageUnavailableError):
        await writing.close()
    store.before = lambda _: None
    assert 2 == len(store.objects)

    (info,) = await unfinished(store)
    await state(store).discard(info.path, info.id)

    assert {} == store.objects


async def test_a_tail_without_a_draft_is_shown_as_empty_and_can_be_dropped() -> None:
    store = MemoryStore()
    store.objects[TAIL] = b"left"

    (info,) = await unfinished(store)
    assert ("/d/f", 0) == (info.path, info.size)
    await state(store).discard(info.path, info.id)

    assert {} == store.objects


async def test_a_tail_beside_a_draft_is_the_draft_s() -> None:
    store = MemoryStore()
    store.objects[TAIL] = b"left"
    (tail,) = await unfinished(store)
    await (await begun(store)).close()

    (info,) = await unfinished(store)
    await state(store).discard(tail.path, tail.id)

    assert info.id != tail.id
    assert TAIL in store.objects
    await state(store).discard(info.path, info.id)
    assert {} == store.objects


async def test_a_writer_that_is_lost_while_it_closes_leaves_no_tail() -> None:
    store = MemoryStore()
    lost = await begun(store)
    await lost.write(body(30))
    (draft,) = store.objects
    put = Counter[str]()

    def before(request: str) -> None:
        put[request] += 1
        if put["put"] == 2:
            store.objects[draft] = b"another writer's"

    store.before = before
    with pytest.raises(WriterLostError):
        await lost.close()

    assert [draft] == list(store.objects)


async def test_on_a_service_that_is_full_it_can_be_dropped_all_the_same() -> None:
    store = MemoryStore()
    writing = await begun(store)
    await writing.write(body(2 * PART + 30))
    await writing.close()

    def before(request: str) -> None:
        if request == "put":
            raise StorageFullError

    store.before = before
    (info,) = await unfinished(store)
    await state(store).discard(info.path, info.id)

    assert {} == store.objects
    assert {} == store.uploads
