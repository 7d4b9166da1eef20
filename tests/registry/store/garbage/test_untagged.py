"""Manifests that no tag leads to."""

import pytest

from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import Digest, Store, layout
from storagedriver.registry.store.garbage import (
    Kind,
)
from storagedriver.registry.store.mediatypes import OCI_MANIFEST
from tests.registry.store.content import (
    CONFIG,
    IMAGE,
    LAYER,
    OTHER_IMAGE,
    SIGNATURE,
    check_storage,
    descriptor,
    encoded,
    files,
    image,
    push_image,
)
from tests.registry.store.garbage.collecting import NAME, collected, digests, put, removed, stored


async def test_without_asking_an_untagged_manifest_stays(
    driver: StorageDriver, store: Store
) -> None:
    await push_image(store, NAME)
    kept = await files(driver)

    await collected(driver)

    assert kept == await files(driver)


async def test_an_untagged_manifest_goes_with_all_links_to_it(
    driver: StorageDriver, store: Store
) -> None:
    await push_image(store, NAME, "v1", "v2")
    await push_image(store, NAME, "v1", "v2", manifest=OTHER_IMAGE)

    events = await collected(driver, delete_untagged=True)

    assert digests(IMAGE) == removed(events, Kind.MANIFEST)
    assert digests(CONFIG, LAYER, OTHER_IMAGE) == await stored(driver)
    assert not [path for path in await files(driver) if Digest.of(IMAGE).encoded in path]
    await check_storage(driver)


async def test_an_untagged_manifest_stays_where_another_repository_has_tagged_it(
    driver: StorageDriver, store: Store
) -> None:
    await push_image(store, "a", "v1")
    await put(store, SIGNATURE, name="a")
    await push_image(store, "a", "v1", manifest=OTHER_IMAGE)
    await push_image(store, "b", "v1")
    await put(store, SIGNATURE, name="b")
    gone = [Digest.of(content).encoded for content in (IMAGE, SIGNATURE)]

    await collected(driver, delete_untagged=True)

    assert IMAGE == (await store.manifests.get("b", "v1")).content
    assert [] == [
        path
        for path in await files(driver)
        if "/a/_manifests/" in path and any(digest in path for digest in gone)
    ]


@pytest.mark.parametrize("is_linked", [True, False])
async def test_what_refers_to_a_living_manifest_stays(
    driver: StorageDriver, store: Store, *, is_linked: bool
) -> None:
    await push_image(store, NAME, "v1")
    signature = await put(store, SIGNATURE)
    signed_again = encoded(image(subject=descriptor(SIGNATURE, OCI_MANIFEST)))
    await put(store, signed_again)
    if not is_linked:
        await driver.delete(layout.referrer(NAME, Digest.of(IMAGE), signature))
    kept = await files(driver)

    await collected(driver, delete_untagged=True)

    assert kept == await files(driver)


async def test_what_refers_to_a_manifest_that_goes_goes_too(
    driver: StorageDriver, store: Store
) -> None:
    await push_image(store, NAME, "v1", manifest=OTHER_IMAGE)
    await push_image(store, NAME)
    await put(store, SIGNATURE)

    await collected(driver, delete_untagged=True)

    assert digests(CONFIG, LAYER, OTHER_IMAGE) == await stored(driver)


async def test_a_tagged_referrer_stays_when_its_subject_goes(
    driver: StorageDriver, store: Store
) -> None:
    await push_image(store, NAME)
    await put(store, SIGNATURE, "signed")

    await collected(driver, delete_untagged=True)

    assert digests(CONFIG, LAYER, SIGNATURE) == await stored(driver)


async def test_a_referrer_of_a_manifest_that_another_repository_has_is_untagged(
    driver: StorageDriver, store: Store
) -> None:
    await push_image(store, "other", "v1")
    await push_image(store, NAME, "v1", manifest=OTHER_IMAGE)
    await put(store, SIGNATURE)

    await collected(driver, delete_untagged=True)

    assert digests(CONFIG, LAYER, IMAGE, OTHER_IMAGE) == await stored(driver)


async def test_a_tag_that_leads_nowhere_keeps_nothing(driver: StorageDriver, store: Store) -> None:
    digest = await push_image(store, NAME, "v1")
    await driver.delete(layout.revision(NAME, digest))

    await collected(driver, delete_untagged=True)

    assert set() == await stored(driver)
