"""Two clients at once on one manifest: a step of the one happens between any two of the other."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import Digest, Store, layout
from storagedriver.registry.store.errors import ManifestUnknownError
from storagedriver.registry.store.mediatypes import OCI_MANIFEST
from tests.registry.store.content import IMAGE, OTHER_IMAGE, push_image
from tests.registry.store.spying import SpyingDriver

NAME = "team/app"
DIGEST = Digest.of(IMAGE)


async def put(store: Store) -> None:
    await store.manifests.put(NAME, "v1", OCI_MANIFEST, IMAGE)


async def delete(store: Store) -> None:
    try:
        await store.manifests.delete(NAME, DIGEST)
    except ManifestUnknownError:
        return


async def move_tag(store: Store) -> None:
    await store.manifests.put(NAME, "v1", OCI_MANIFEST, OTHER_IMAGE)


async def meet(
    driver: StorageDriver,
    number: int,
    first: Callable[[Store], Awaitable[None]],
    second: Callable[[Store], Awaitable[None]],
) -> bool:
    """Run `second` whole before step `number` of `first`; tell whether there was such a step."""
    spy = SpyingDriver(driver)

    async def before(_: str) -> None:
        if len(spy.calls) == number:
            async with Store(driver) as other:
                await second(other)

    spy.before = before
    async with Store(spy) as store:
        await first(store)
    return len(spy.calls) >= number


@pytest.mark.parametrize("first", [put, delete])
async def test_a_listed_tag_resolves_whenever_its_manifest_is_deleted(
    first: Callable[[Store], Awaitable[None]],
) -> None:
    second = delete if first is put else put
    number, has_step = 0, True
    while has_step:
        number += 1
        async with open_driver("memory") as driver, Store(driver) as store:
            await push_image(store, NAME, "v1")
            has_step = await meet(driver, number, first, second)

            for tag in (await store.tags.list(NAME, limit=9)).items:
                assert IMAGE == (await store.manifests.get(NAME, tag)).content
    assert number > 3


async def test_a_put_that_ends_after_a_delete_resolves() -> None:
    number, has_step = 0, True
    while has_step:
        number += 1
        async with open_driver("memory") as driver, Store(driver) as store:
            await push_image(store, NAME, "v1")
            has_step = await meet(driver, number, put, delete)

            if has_step:
                revision = layout.revision(NAME, DIGEST)
                assert str(DIGEST).encode() == await driver.get_content(revision)
    assert number > 3


async def test_a_tag_that_moves_away_meanwhile_is_not_deleted() -> None:
    number, has_step = 0, True
    while has_step:
        number += 1
        async with open_driver("memory") as driver, Store(driver) as store:
            await push_image(store, NAME, "v1", "other")
            has_step = await meet(driver, number, delete, move_tag)

            if has_step:
                assert OTHER_IMAGE == (await store.manifests.get(NAME, "v1")).content
    assert number > 5


async def test_a_tag_that_is_written_again_meanwhile_is_deleted(
    driver: StorageDriver, store: Store
) -> None:
    await push_image(store, NAME, "v1")
    spy = SpyingDriver(driver)
    current = layout.current(NAME, "v1")

    async def rewrite(call: str) -> None:
        if call == f"delete {current}" and spy.calls.count(call) == 1:
            await driver.put_content(current, str(DIGEST).encode())

    spy.before = rewrite
    async with Store(spy) as other:
        await other.manifests.delete(NAME, DIGEST)

    assert [] == (await store.tags.list(NAME, limit=9)).items
    assert [] == [entry.path async for entry in driver.walk("/") if entry.path == current]


async def test_many_pushes_of_one_image_at_once_succeed(driver: StorageDriver) -> None:
    async with Store(driver) as first, Store(driver) as second:
        await asyncio.gather(
            *(push_image(store, NAME, "v1", "v2") for store in (first, second) for _ in range(4))
        )

        assert ["v1", "v2"] == (await first.tags.list(NAME, limit=9)).items
        assert IMAGE == (await second.manifests.get(NAME, "v2")).content
