"""A client's act is cut at each of its steps in storage: killed, refused, or cancelled."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from itertools import count

import pytest

from storagedriver.errors import StorageDriverError, StorageFullError, StorageUnavailableError
from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import Digest, Store
from storagedriver.registry.store.errors import UploadUnknownError
from tests.registry.store.content import LAYER, body, check_storage, chunked, read_blob
from tests.registry.store.scenes import SCENES, Scene
from tests.registry.store.spying import SpyingDriver

NAME = "team/app"
DIGEST = Digest.of(LAYER)
HALF = len(LAYER) // 2

NEEDS_ROOM = ("put_content", "write", "commit", "close", "move")

scenes = pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)


class KilledError(BaseException):
    """The process is dead, and does nothing any more."""


async def count_steps(scene: Scene) -> int:
    async with open_driver("memory") as driver:
        async with Store(driver) as store:
            await scene.prepare(store)
        spy = SpyingDriver(driver)
        async with Store(spy) as store:
            await scene.act(store)
            await scene.check(Store(driver))
        return len(spy.calls)


async def each_step(scene: Scene) -> AsyncIterator[tuple[int, StorageDriver]]:
    """Give each number of a step, with storage that is prepared for the scene."""
    steps = await count_steps(scene)
    assert steps > 0
    for number in range(1, steps + 1):
        async with open_driver("memory") as driver:
            async with Store(driver) as store:
                await scene.prepare(store)
            yield number, driver


async def check_retry(scene: Scene, driver: StorageDriver, store: Store) -> None:
    """What is left is sound, and doing it again succeeds."""
    await check_storage(driver)
    await scene.act(store)
    await scene.check(store)
    await check_storage(driver)


@scenes
@pytest.mark.parametrize("is_done", [False, True], ids=["before-the-step", "after-the-step"])
async def test_a_kill_at_any_step_leaves_garbage_at_most(scene: Scene, *, is_done: bool) -> None:
    async for number, driver in each_step(scene):
        spy = SpyingDriver(driver)

        async def kill(_: str, spy: SpyingDriver = spy, number: int = number) -> None:
            if len(spy.calls) >= number:
                raise KilledError

        setattr(spy, "after" if is_done else "before", kill)
        async with Store(spy) as store:
            with pytest.raises(KilledError):
                await scene.act(store)

        async with Store(driver) as store:
            await check_retry(scene, driver, store)


@scenes
@pytest.mark.parametrize("error", [StorageFullError, StorageUnavailableError])
@pytest.mark.parametrize("is_done", [False, True], ids=["before-the-step", "after-the-step"])
async def test_a_refusal_at_any_step_passes_and_a_repetition_succeeds(
    scene: Scene, error: type[StorageDriverError], *, is_done: bool
) -> None:
    async for number, driver in each_step(scene):
        spy = SpyingDriver(driver)

        async def refuse(_: str, spy: SpyingDriver = spy, number: int = number) -> None:
            if len(spy.calls) == number:
                raise error()

        setattr(spy, "after" if is_done else "before", refuse)
        async with Store(spy) as store:
            with suppress(error):
                await scene.act(store)
            await check_retry(scene, driver, store)


@scenes
async def test_storage_that_stays_full_from_any_step_on_loses_nothing(scene: Scene) -> None:
    async for number, driver in each_step(scene):
        spy = SpyingDriver(driver)

        async def refuse(call: str, spy: SpyingDriver = spy, number: int = number) -> None:
            if len(spy.calls) >= number and call.startswith(NEEDS_ROOM):
                raise StorageFullError

        spy.before = refuse
        async with Store(spy) as store:
            with suppress(StorageFullError):
                await scene.act(store)
            spy.before = spy.after
            await check_retry(scene, driver, store)


@scenes
async def test_a_cancellation_at_any_step_leaves_no_task_and_no_damage(scene: Scene) -> None:
    async for number, driver in each_step(scene):
        spy = SpyingDriver(driver)
        async with Store(spy) as store:
            acting = asyncio.ensure_future(scene.act(store))

            async def cancel(
                _: str,
                spy: SpyingDriver = spy,
                number: int = number,
                acting: asyncio.Future[None] = acting,
            ) -> None:
                if len(spy.calls) == number:
                    acting.cancel()
                    await asyncio.sleep(0)

            spy.before = cancel
            await asyncio.wait([acting])

            assert acting.cancelled()
            assert {asyncio.current_task()} == asyncio.all_tasks()
            await check_retry(scene, driver, store)


class Cut:
    """Kills the process, or refuses one step, when the steps in storage come to this number."""

    def __init__(self, spy: SpyingDriver, number: int, *, is_killed: bool) -> None:
        self._spy = spy
        self._number = number
        self._is_killed = is_killed

    async def __call__(self, _: str) -> None:
        if self._is_killed and len(self._spy.calls) >= self._number:
            raise KilledError
        if len(self._spy.calls) == self._number:
            raise StorageUnavailableError

    @property
    def is_past(self) -> bool:
        return len(self._spy.calls) < self._number


async def check_nothing_lost(driver: StorageDriver, upload_id: str) -> None:
    """The blob is there, or its upload with all that was acknowledged."""
    await check_storage(driver)
    async with Store(driver) as store:
        try:
            size = (await store.uploads.status(NAME, upload_id)).size
        except UploadUnknownError:
            size = 0
        if size == 0:  # it has ended, which a server that did not see it cannot tell from an empty
            size = len(LAYER)
        assert HALF <= size
        await store.uploads.finish(NAME, upload_id, DIGEST, body(*chunked(LAYER[size:])))
        assert LAYER == await read_blob(store, NAME, DIGEST)


@pytest.mark.parametrize("is_killed", [False, True], ids=["refused", "killed"])
@pytest.mark.parametrize("is_done", [False, True], ids=["before-the-step", "after-the-step"])
@pytest.mark.parametrize("is_known", [False, True], ids=["hash-unknown", "hash-known"])
async def test_what_an_upload_had_is_there_whatever_cuts_its_end(
    *, is_killed: bool, is_done: bool, is_known: bool
) -> None:
    for number in count(1):
        async with open_driver("memory") as driver:
            spy = SpyingDriver(driver)
            async with Store(spy) as first, Store(spy) as second:
                upload_id = (await first.uploads.start(NAME)).id
                await first.uploads.append(NAME, upload_id, body(*chunked(LAYER[:HALF])))
                spy.calls.clear()
                cut = Cut(spy, number, is_killed=is_killed)
                setattr(spy, "after" if is_done else "before", cut)
                with suppress(KilledError, StorageUnavailableError):
                    rest = body(*chunked(LAYER[HALF:]))
                    await (first if is_known else second).uploads.finish(
                        NAME, upload_id, DIGEST, rest
                    )
            if cut.is_past:
                break
            await check_nothing_lost(driver, upload_id)
    assert number > len(["list", "writer", "stat", "commit", "put_content", "move", "put_content"])
