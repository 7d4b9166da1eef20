"""Cancelling: wherever a call is cut, each file is as before or as after, and nothing is left.

Every case cuts its call at the first place where it waits, then at the second, and so on until the
call has no more of them, each time below a folder of its own.
"""

import asyncio
import gc
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from storagedriver.errors import PathNotFoundError
from storagedriver.protocol import StorageDriver
from tests.drivers.contract.cutting import cut
from tests.drivers.contract.observing import (
    MIB,
    everything,
    files,
    held,
    left_unfinished,
    read,
)

State = tuple[dict[str, bytes], list[tuple[str, int]]]
Call = Callable[[StorageDriver, str], Coroutine[Any, Any, None]]

# The most waits that any call of these may have; one more would be an endless loop.
MOST = 400

BIG = bytearray(b"big" * MIB)


async def state(driver: StorageDriver, top: str) -> State:
    """Files and unfinished writers below a folder, by their paths in it."""
    try:
        found = await files(driver, top)
    except PathNotFoundError:
        found = {}
    drafts = await held(driver, top)
    return (
        {path.removeprefix(top): content for path, content in found.items()},
        [(path.removeprefix(top), size) for path, size in drafts],
    )


async def prepare(driver: StorageDriver, top: str) -> None:
    await driver.put_content(f"{top}/file", b"old")
    await driver.put_content(f"{top}/tree/a", b"a")
    await driver.put_content(f"{top}/tree/b/c", b"c")
    await left_unfinished(driver, f"{top}/file", b"draft")


async def put(driver: StorageDriver, top: str) -> None:
    await driver.put_content(f"{top}/file", BIG)


async def put_new(driver: StorageDriver, top: str) -> None:
    await driver.put_content(f"{top}/new/file", b"new")


async def create(driver: StorageDriver, top: str) -> None:
    await driver.put_content(f"{top}/new", b"new", if_none_match=True)


async def move(driver: StorageDriver, top: str) -> None:
    await driver.move(f"{top}/file", f"{top}/far/away")


async def move_onto(driver: StorageDriver, top: str) -> None:
    await driver.move(f"{top}/file", f"{top}/tree/a")


async def delete(driver: StorageDriver, top: str) -> None:
    await driver.delete(f"{top}/file")


async def discard(driver: StorageDriver, top: str) -> None:
    for record in await everything(driver.unfinished(top)):
        await driver.discard(record)


async def look(driver: StorageDriver, top: str) -> None:
    await driver.stat(f"{top}/file")
    await driver.get_content(f"{top}/file")
    await read(driver, f"{top}/file")
    await everything(driver.list(f"{top}/tree"))
    await everything(driver.walk(top))
    await held(driver, top)


CALLS: list[Call] = [put, put_new, create, move, move_onto, delete, discard, look]


def name_of_call(call: Call) -> str:
    return getattr(call, "__name__", "")


@pytest.mark.parametrize("call", CALLS, ids=name_of_call)
async def test_a_cut_call_leaves_the_state_before_or_after(
    driver: StorageDriver, call: Call
) -> None:
    await prepare(driver, "/before")
    await prepare(driver, "/after")
    await call(driver, "/after")
    allowed = [await state(driver, "/before"), await state(driver, "/after")]
    if call in {move, move_onto}:
        # A cut move may leave both paths, equal.
        (old, drafts), (new, _) = allowed
        allowed.append(({**old, **new}, drafts))
    if call is delete:
        # The unfinished writer is another thing than the file, and may be the one that went.
        (old, drafts), (new, _) = allowed
        allowed += [(old, []), (new, drafts)]

    for at in range(1, MOST):
        await prepare(driver, f"/cut{at}")
        was_cut = await cut(call(driver, f"/cut{at}"), at)
        assert await state(driver, f"/cut{at}") in allowed
        if not was_cut:
            return
        # What was cut can be done again.
        await driver.put_content(f"/cut{at}/file", b"again")
    pytest.fail("the call never ended")


async def test_a_cut_delete_of_a_tree_leaves_whole_files_and_can_be_repeated(
    driver: StorageDriver,
) -> None:
    paths = [f"/{number % 3}/{number}" for number in range(9)]
    for at in range(1, MOST):
        for path in paths:
            await driver.put_content(f"/tree{path}", path.encode())
        await left_unfinished(driver, "/tree/0/0", b"draft")
        was_cut = await cut(driver.delete("/tree"), at)

        left = await files(driver)
        assert all(left[path] == path.removeprefix("/tree").encode() for path in left)
        if not was_cut:
            assert {} == left
            return
        try:
            await driver.delete("/tree")
        except PathNotFoundError:
            assert {} == left
        assert {} == await files(driver)
        assert [] == await held(driver)
    pytest.fail("the call never ended")


async def test_a_cut_writer_leaves_all_that_it_held_or_nothing(driver: StorageDriver) -> None:
    async def write(path: str, sizes: list[int]) -> None:
        async with await driver.writer(path) as writer:
            await writer.write(b"one")
            sizes.append(writer.size)
            await writer.write(BIG)
            sizes.append(writer.size)
            await writer.commit()

    whole = b"one" + BIG
    for at in range(1, MOST):
        path, sizes = f"/cut{at}/file", [0]
        was_cut = await cut(write(path, sizes), at)

        found, drafts = await state(driver, f"/cut{at}")
        if found:
            assert ({"/file": whole}, []) == (found, drafts)
        elif drafts:
            # The block was left, so the writer was closed with at least what it had accepted.
            assert drafts[0][1] >= sizes[-1]
            async with await driver.writer(path, append=True) as writer:
                size = writer.size
                assert drafts == [("/file", size)]
                await writer.commit()
            assert whole[:size] == await driver.get_content(path)
        else:
            assert [0] == sizes
        if not was_cut:
            assert found
            return
    pytest.fail("the call never ended")


async def test_a_cut_cancel_of_a_writer_can_be_repeated(driver: StorageDriver) -> None:
    for at in range(1, MOST):
        writer = await driver.writer("/file")
        await writer.write(BIG)
        was_cut = await cut(writer.cancel(), at)
        await writer.cancel()

        assert [] == await held(driver)
        if not was_cut:
            return
    pytest.fail("the call never ended")


async def test_a_cut_commit_is_committed_or_can_be(driver: StorageDriver) -> None:
    for at in range(1, MOST):
        path = f"/cut{at}"
        writer = await driver.writer(path)
        await writer.write(b"written")
        was_cut = await cut(writer.commit(), at)

        if path in await files(driver):
            assert [] == await held(driver)
        else:
            # It is as open as before: what it has only gathered so far need not be told of.
            assert 7 == writer.size
            await writer.commit()
            assert [] == await held(driver)
        assert b"written" == await driver.get_content(path)
        if not was_cut:
            return
    pytest.fail("the call never ended")


@pytest.mark.parametrize("append", [False, True])
async def test_a_cut_opening_leaves_a_path_that_can_be_written(
    driver: StorageDriver, *, append: bool
) -> None:
    for at in range(1, MOST):
        path = f"/cut{at}"
        await left_unfinished(driver, path, b"draft")
        was_cut = await cut(_opened(driver, path, append=append), at)
        sizes = [size for _, size in await held(driver, path)]

        assert sizes in [[5], [5] if append else [0], [5] if append else []]
        async with await driver.writer(path) as writer:
            await writer.write(b"whole")
            await writer.commit()
        assert b"whole" == await driver.get_content(path)
        if not was_cut:
            return
    pytest.fail("the call never ended")


async def _opened(driver: StorageDriver, path: str, *, append: bool) -> None:
    await driver.writer(path, append=append)


async def test_a_reader_may_be_cut_at_any_wait(driver: StorageDriver) -> None:
    await driver.put_content("/file", BIG)
    for at in range(1, MOST):
        was_cut = await cut(read(driver, "/file"), at)
        if not was_cut:
            break
    else:
        pytest.fail("the call never ended")

    gc.collect()  # an open handle that nobody holds would warn, and a warning is an error
    await asyncio.sleep(0)
    assert bytes(BIG) == await read(driver, "/file")
