"""What is damaged keeps what it might name."""

import pytest

from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import Digest, Store, layout
from storagedriver.registry.store.mediatypes import OCI_MANIFEST
from tests.registry.store.content import (
    CONFIG,
    IMAGE,
    LAYER,
    OTHER_IMAGE,
    body,
    check_storage,
    descriptor,
    encoded,
    files,
    image,
    push_blob,
    push_image,
    read_blob,
)
from tests.registry.store.garbage.collecting import (
    GARBAGE,
    NAME,
    collected,
    digests,
    plant,
    problems,
    stored,
)


@pytest.mark.parametrize(
    "content",
    [b"no JSON", b"[]", b"[" * 100_000, b'{"a": ' * 100_000],
    ids=["no-json", "no-object", "deep", "deep-objects"],
)
async def test_a_manifest_that_cannot_be_read_keeps_all_that_its_repository_has(
    driver: StorageDriver, store: Store, content: bytes
) -> None:
    await push_blob(store, NAME, LAYER)
    await push_blob(store, "other", GARBAGE)
    damaged = await plant(driver, content)

    events = await collected(driver, delete_untagged=True)

    assert [layout.blob(damaged)] == problems(events)
    assert digests(LAYER, content) == await stored(driver)
    assert LAYER == await read_blob(store, NAME, Digest.of(LAYER))


@pytest.mark.parametrize("content", [None, b"", IMAGE[:-1], OTHER_IMAGE])
async def test_a_manifest_that_is_lost_or_rotten_keeps_all_that_its_repository_has(
    driver: StorageDriver, store: Store, content: bytes | None
) -> None:
    digest = await push_image(store, NAME, "v1")
    await push_blob(store, NAME, GARBAGE)
    if content is None:
        await driver.delete(layout.blob(digest))
    else:
        await driver.put_content(layout.blob(digest), content)

    events = await collected(driver)

    assert [layout.blob(digest)] == problems(events)
    assert digests(LAYER, CONFIG, GARBAGE) <= await stored(driver)


@pytest.mark.parametrize("content", [b"", b"sha256:short", b"\xff"])
async def test_a_damaged_revision_keeps_the_manifest_that_its_path_names(
    driver: StorageDriver, store: Store, content: bytes
) -> None:
    digest = await push_image(store, NAME, "v1")
    await push_blob(store, NAME, GARBAGE)
    link = layout.revision(NAME, digest)
    await driver.put_content(link, content)

    events = await collected(driver, delete_untagged=True)

    assert [link] == problems(events)
    assert digests(LAYER, CONFIG, IMAGE) == await stored(driver)
    assert content == await driver.get_content(link)


async def test_a_revision_that_leads_to_another_manifest_keeps_all_that_its_repository_has(
    driver: StorageDriver, store: Store
) -> None:
    digest = await push_image(store, NAME, "v1")
    await push_blob(store, NAME, GARBAGE)
    link = layout.revision(NAME, digest)
    await driver.put_content(link, str(Digest.of(OTHER_IMAGE)).encode())

    events = await collected(driver)

    assert [link] == problems(events)
    assert digests(LAYER, CONFIG, IMAGE, GARBAGE) == await stored(driver)


async def test_a_damaged_tag_keeps_every_untagged_manifest_of_its_repository(
    driver: StorageDriver, store: Store
) -> None:
    await push_image(store, NAME, "v1")
    await push_image(store, NAME, "v2", manifest=OTHER_IMAGE)
    kept = await files(driver)
    await push_blob(store, NAME, GARBAGE)
    await driver.put_content(layout.current(NAME, "v1"), b"sha256:")

    events = await collected(driver, delete_untagged=True)

    assert [layout.current(NAME, "v1")] == problems(events)
    assert kept == await files(driver)


async def test_a_damaged_layer_keeps_the_blob_that_its_path_names(
    driver: StorageDriver, store: Store
) -> None:
    await push_blob(store, NAME, LAYER)
    await push_blob(store, NAME, GARBAGE)
    link = layout.layer(NAME, Digest.of(LAYER))
    await driver.put_content(link, b"")

    events = await collected(driver)

    assert [link] == problems(events)
    assert digests(LAYER) == await stored(driver)


async def test_a_damaged_layer_of_another_algorithm_keeps_all_that_its_repository_has(
    driver: StorageDriver, store: Store
) -> None:
    await push_blob(store, NAME, LAYER)
    link = layout.layer(NAME, Digest.of(GARBAGE, "sha512"))
    await driver.put_content(link, b"?")

    events = await collected(driver)

    assert [link] == problems(events)
    assert digests(LAYER) == await stored(driver)


async def test_a_manifest_by_an_algorithm_that_is_unknown_here_keeps_all_of_its_repository(
    driver: StorageDriver, store: Store
) -> None:
    await push_blob(store, NAME, LAYER)
    link = f"{layout.manifests(NAME)}/revisions/sha384/{'0' * 96}/link"
    await driver.put_content(link, f"sha384:{'0' * 96}".encode())

    events = await collected(driver)

    assert [link] == problems(events)
    assert digests(LAYER) == await stored(driver)


async def test_a_blob_that_another_registry_knows_by_two_digests_stays(
    driver: StorageDriver, store: Store
) -> None:
    await push_image(store, "other")
    digest = await push_blob(store, NAME, LAYER)
    for alias in (str(Digest.of(LAYER, "sha512")), f"sha384:{'0' * 96}"):
        folder = alias.replace(":", "/")
        await driver.put_content(f"{layout.layers(NAME)}/{folder}/link", str(digest).encode())
    kept = [path for path in await files(driver) if path.startswith(layout.layers(NAME))]
    await store.manifests.delete("other", Digest.of(IMAGE))

    events = await collected(driver)

    assert digests(LAYER) == await stored(driver)
    assert {*kept} <= {*await files(driver)}
    assert [] == problems(events)


async def test_blobs_and_manifests_by_sha512_are_collected_by_the_same_rules(
    driver: StorageDriver, store: Store
) -> None:
    layer, garbage = Digest.of(LAYER, "sha512"), Digest.of(GARBAGE, "sha512")
    for digest, content in ((layer, LAYER), (garbage, GARBAGE)):
        await store.uploads.push(NAME, digest, body(content))
    await push_blob(store, NAME, CONFIG)
    named = descriptor(LAYER, "a/layer") | {"digest": str(layer)}
    content = encoded(image(layers=[]) | {"layers": [named]})
    manifest = Digest.of(content, "sha512")
    await store.manifests.put(NAME, str(manifest), OCI_MANIFEST, content)

    await collected(driver)

    assert {layer, manifest, Digest.of(CONFIG)} == await stored(driver)
    await check_storage(driver)


async def test_signatures_of_old_registries_live_as_long_as_their_manifest(
    driver: StorageDriver, store: Store
) -> None:
    digest = await push_image(store, NAME, "v1")
    signature = Digest.of(GARBAGE)
    await driver.put_content(layout.blob(signature), GARBAGE)
    folder = layout.revision(NAME, digest).removesuffix("/link")
    link = f"{folder}/signatures/sha256/{signature.encoded}/link"
    await driver.put_content(link, str(signature).encode())
    kept = await files(driver)

    await collected(driver, delete_untagged=True)
    assert kept == await files(driver)

    await push_image(store, "other", "v1")
    await store.tags.delete(NAME, "v1")
    await collected(driver, delete_untagged=True)
    await collected(driver)
    assert digests(CONFIG, LAYER, IMAGE) == await stored(driver)
