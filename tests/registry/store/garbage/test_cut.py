"""A collection is cut at each of its removals: what lives is whole, and the next one finishes."""

import asyncio
from contextlib import suppress

import pytest

from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import Digest, Store, layout
from storagedriver.registry.store.garbage import collect
from storagedriver.registry.store.mediatypes import OCI_MANIFEST
from tests.registry.store.content import (
    CONFIG,
    IMAGE,
    OTHER_IMAGE,
    SIGNATURE,
    descriptor,
    encoded,
    files,
    image,
    push_blob,
    push_image,
)
from tests.registry.store.spying import SpyingDriver

NAME = "team/app"
KEPT = encoded(image(layers=[b"kept"]))
KEPT_SIGNATURE = encoded(image(layers=[], subject=descriptor(KEPT, OCI_MANIFEST)))


class KilledError(BaseException):
    """The process is dead, and does nothing any more."""


async def prepare(store: Store) -> None:
    """Push an image that stays, with a signature, and others that go with all that they have."""
    for content in (CONFIG, b"kept"):
        await push_blob(store, NAME, content)
    await store.manifests.put(NAME, "kept", OCI_MANIFEST, KEPT)
    digest = str(Digest.of(KEPT_SIGNATURE))
    await store.manifests.put(NAME, digest, OCI_MANIFEST, KEPT_SIGNATURE)
    await push_image(store, NAME, "v1")
    await store.manifests.put(NAME, str(Digest.of(SIGNATURE)), OCI_MANIFEST, SIGNATURE)
    await push_image(store, NAME, "v1", manifest=OTHER_IMAGE)
    await push_image(store, "gone", manifest=OTHER_IMAGE)
    await store.tags.delete(NAME, "v1")


async def run(driver: StorageDriver) -> None:
    async for _ in collect(driver, before=None, delete_untagged=True):
        pass


async def result() -> tuple[list[str], list[str]]:
    """Return the removals of a collection that nothing cuts, and what is left of it."""
    async with open_driver("memory") as driver, Store(driver) as store:
        await prepare(store)
        spy = SpyingDriver(driver)
        await run(spy)
        removals = [call for call in spy.calls if call.startswith("delete")]
        return removals, await files(driver)


async def check(driver: StorageDriver, left: list[str]) -> None:
    """What lives is whole, each manifest that is there can be read, and repeating it finishes."""
    async with Store(driver) as store:
        assert KEPT == (await store.manifests.get(NAME, "kept")).content
        for digest in (Digest.of(CONFIG), Digest.of(b"kept")):
            assert await store.blobs.find(NAME, digest)
        referrers = await store.referrers.list(NAME, Digest.of(KEPT), limit=9)
        assert [Digest.of(KEPT_SIGNATURE)] == [each.digest for each in referrers.items]
        for path in await files(driver):
            if "/revisions/" in path:
                name = path.removeprefix(f"{layout.REPOSITORIES}/").partition("/_manifests/")[0]
                assert await store.manifests.get(name, (await driver.get_content(path)).decode())
    await run(driver)
    assert left == await files(driver)


@pytest.mark.parametrize("is_done", [False, True], ids=["before-the-step", "after-the-step"])
async def test_a_kill_at_any_removal_loses_nothing_that_lives(*, is_done: bool) -> None:
    removals, left = await result()
    assert any(Digest.of(IMAGE).encoded in call for call in removals)

    for number in range(1, len(removals) + 1):
        async with open_driver("memory") as driver, Store(driver) as store:
            await prepare(store)
            spy = SpyingDriver(driver)
            step = Killing(spy, number)
            setattr(spy, "after" if is_done else "before", step)

            with pytest.raises(KilledError):
                await run(spy)

            await check(driver, left)


class Killing:
    """Kills the process at a removal, and whatever it does after that."""

    def __init__(self, spy: SpyingDriver, number: int) -> None:
        self._spy = spy
        self._number = number

    async def __call__(self, _: str) -> None:
        if sum(call.startswith("delete") for call in self._spy.calls) >= self._number:
            raise KilledError


async def test_a_cancellation_at_any_removal_leaves_no_task_and_loses_nothing_that_lives() -> None:
    removals, left = await result()

    for number in range(1, len(removals) + 1):
        async with open_driver("memory") as driver, Store(driver) as store:
            await prepare(store)
            spy = SpyingDriver(driver)
            running = asyncio.ensure_future(run(spy))

            async def cancel(
                _: str,
                spy: SpyingDriver = spy,
                number: int = number,
                running: "asyncio.Future[None]" = running,
            ) -> None:
                if sum(call.startswith("delete") for call in spy.calls) == number:
                    running.cancel()
                    await asyncio.sleep(0)

            spy.before = cancel
            with suppress(asyncio.CancelledError):
                await running

            assert running.cancelled()
            assert {asyncio.current_task()} == asyncio.all_tasks()
            await check(driver, left)
