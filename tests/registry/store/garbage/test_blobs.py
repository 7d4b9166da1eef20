"""What no manifest names goes, and all else stays."""

import json

import pytest

from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import Digest, Store
from storagedriver.registry.store.garbage import (
    Summary,
)
from tests.registry.store.content import (
    CONFIG,
    IMAGE,
    LAYER,
    OTHER_IMAGE,
    check_storage,
    descriptor,
    encoded,
    files,
    image,
    index,
    push_blob,
    push_image,
    read_blob,
)
from tests.registry.store.garbage.collecting import (
    GARBAGE,
    INDEX,
    NAME,
    collected,
    digests,
    plant,
    problems,
    put,
    removed,
    stored,
    summary,
)


async def test_a_blob_that_no_manifest_names_goes_with_its_links(
    driver: StorageDriver, store: Store
) -> None:
    await push_image(store, NAME, "v1")
    kept = await files(driver)
    for name in (NAME, "other"):
        await push_blob(store, name, GARBAGE)

    events = await collected(driver)

    assert kept == await files(driver)
    assert digests(GARBAGE) == removed(events)
    assert Summary(
        repositories=2,
        manifests=1,
        live=3,
        young=0,
        removed_manifests=0,
        removed_links=2,
        removed_blobs=1,
        freed=len(GARBAGE),
        problems=0,
        is_dry=False,
    ) == summary(events)


async def test_a_dry_run_tells_the_same_and_removes_nothing(
    driver: StorageDriver, store: Store
) -> None:
    await push_image(store, NAME, "v1", "v2")
    await push_image(store, NAME, "v2", manifest=OTHER_IMAGE)
    await push_blob(store, NAME, GARBAGE)
    await store.tags.delete(NAME, "v1")
    kept = await files(driver)

    dry = await collected(driver, delete_untagged=True, dry_run=True)

    assert kept == await files(driver)
    done = await collected(driver, delete_untagged=True)
    assert dry[:-1] == done[:-1]
    assert summary(dry).is_dry
    assert digests(CONFIG, LAYER, OTHER_IMAGE) == await stored(driver)


async def test_a_deleted_manifest_goes_with_what_only_it_named(
    driver: StorageDriver, store: Store
) -> None:
    await push_blob(store, NAME, GARBAGE)
    await push_image(store, NAME, "v1")
    old = await put(store, encoded(image(layers=[LAYER, GARBAGE])), "v2")
    await store.manifests.delete(NAME, old)

    await collected(driver)

    assert digests(CONFIG, LAYER, IMAGE) == await stored(driver)
    await check_storage(driver)


async def test_what_one_repository_lost_stays_for_another_that_has_it(
    driver: StorageDriver, store: Store
) -> None:
    await push_image(store, NAME, "v1")
    await push_image(store, "other", "v1")
    await store.manifests.delete(NAME, Digest.of(IMAGE))

    await collected(driver, delete_untagged=True)

    assert LAYER == await read_blob(store, "other", Digest.of(LAYER))
    assert IMAGE == (await store.manifests.get("other", "v1")).content


async def test_a_link_to_a_removed_blob_gives_nothing_when_another_pushes_it(
    driver: StorageDriver, store: Store
) -> None:
    await push_blob(store, NAME, GARBAGE)
    await push_image(store, "other", "v1")

    await collected(driver)
    await push_blob(store, "other", GARBAGE)

    assert None is await store.blobs.find(NAME, Digest.of(GARBAGE))


@pytest.mark.parametrize("delete_untagged", [False, True])
async def test_an_index_keeps_its_children_and_their_layers(
    driver: StorageDriver, store: Store, *, delete_untagged: bool
) -> None:
    await push_image(store, NAME)
    await push_image(store, NAME, manifest=OTHER_IMAGE)
    await put(store, INDEX)
    await put(store, encoded(index([INDEX])), "v1")
    kept = await files(driver)

    await collected(driver, delete_untagged=delete_untagged)

    assert kept == await files(driver)


async def test_an_index_of_layers_keeps_them(driver: StorageDriver, store: Store) -> None:
    await push_blob(store, NAME, LAYER)
    cache = descriptor(LAYER, "application/vnd.oci.image.layer.v1.tar")
    await put(store, encoded(index([]) | {"manifests": [cache]}), "cache")
    kept = await files(driver)

    await collected(driver, delete_untagged=True)

    assert kept == await files(driver)


@pytest.mark.parametrize(
    "document",
    [
        {"mediaType": "application/vnd.oci.artifact.manifest.v1+json", "blobs": ["DESCRIPTOR"]},
        {"mediaType": "application/x.of-tomorrow", "parts": {"a": ["DIGEST"]}},
        {"schemaVersion": 1, "fsLayers": [{"blobSum": "DIGEST"}]},
        {"schemaVersion": 2, "config": {}, "layers": [], "of-tomorrow": {"a": "DESCRIPTOR"}},
    ],
)
async def test_a_manifest_of_an_unknown_kind_keeps_what_it_names(
    driver: StorageDriver, store: Store, document: object
) -> None:
    await push_blob(store, NAME, LAYER)
    await push_blob(store, NAME, GARBAGE)
    text = json.dumps(document).replace('"DESCRIPTOR"', json.dumps(descriptor(LAYER, "a/layer")))
    content = text.replace("DIGEST", str(Digest.of(LAYER))).encode()
    await plant(driver, content)

    events = await collected(driver)

    assert digests(LAYER, content) == await stored(driver)
    assert [] == problems(events)
