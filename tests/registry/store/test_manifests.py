"""Manifests: exact bytes in, exact bytes out."""

import pytest

from storagedriver.errors import CorruptContentError
from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import Descriptor, Digest, Manifest, Store, Stored, layout
from storagedriver.registry.store.errors import (
    DigestInvalidError,
    ManifestBlobUnknownError,
    ManifestInvalidError,
    ManifestTooLargeError,
    ManifestUnknownError,
    TagInvalidError,
)
from storagedriver.registry.store.mediatypes import DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST
from tests.registry.store.content import (
    CONFIG,
    IMAGE,
    LAYER,
    OTHER_IMAGE,
    descriptor,
    encoded,
    files,
    image,
    index,
    push_blob,
    push_image,
)
from tests.registry.store.spying import SpyingDriver

NAME = "team/app"
DIGEST = Digest.of(IMAGE)
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"


async def test_a_manifest_comes_back_as_it_went_in(driver: StorageDriver, store: Store) -> None:
    content = IMAGE + b"\n\n  "
    await push_image(store, NAME, "v1", manifest=content)
    expected = Manifest(digest=Digest.of(content), media_type=OCI_MANIFEST, content=content)

    async with Store(driver) as fresh:
        for reader in (store, fresh):
            assert expected == await reader.manifests.get(NAME, "v1")
            assert expected == await reader.manifests.get(NAME, str(expected.digest))


async def test_a_manifest_is_described(store: Store) -> None:
    await push_image(store, NAME, "v1")
    expected = Descriptor(digest=DIGEST, size=len(IMAGE), media_type=OCI_MANIFEST)

    assert expected == await store.manifests.stat(NAME, "v1")
    assert expected == await store.manifests.stat(NAME, str(DIGEST))


async def test_a_docker_manifest_keeps_its_type(driver: StorageDriver, store: Store) -> None:
    content = encoded(image(mediaType=DOCKER_MANIFEST))
    await push_blob(store, NAME, CONFIG)
    await push_blob(store, NAME, LAYER)

    await store.manifests.put(NAME, "v1", DOCKER_MANIFEST, content)

    async with Store(driver) as fresh:
        assert DOCKER_MANIFEST == (await fresh.manifests.get(NAME, "v1")).media_type


async def test_a_manifest_pushed_by_digest_has_no_tag(store: Store) -> None:
    await push_image(store, NAME)

    assert [] == (await store.tags.list(NAME, limit=9)).items
    assert IMAGE == (await store.manifests.get(NAME, str(DIGEST))).content


async def test_a_manifest_is_pushed_by_its_sha512_digest(store: Store) -> None:
    await push_image(store, NAME)
    digest = Digest.of(IMAGE, "sha512")

    stored = await store.manifests.put(NAME, str(digest), OCI_MANIFEST, IMAGE)

    assert digest == stored.digest
    assert digest == (await store.manifests.get(NAME, str(digest))).digest


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
async def test_a_digest_that_is_not_the_contents_is_refused(
    driver: StorageDriver, store: Store, algorithm: str
) -> None:
    await push_image(store, NAME)
    before = await files(driver)

    with pytest.raises(DigestInvalidError):
        await store.manifests.put(
            NAME, str(Digest.of(b"other", algorithm)), OCI_MANIFEST, OTHER_IMAGE
        )

    assert before == await files(driver)


@pytest.mark.parametrize("reference", ["sha256:baddigeststring", ":", "sha256:" + "A" * 64])
async def test_a_reference_with_a_colon_is_a_digest_or_refused(
    store: Store, reference: str
) -> None:
    with pytest.raises(DigestInvalidError):
        await store.manifests.put(NAME, reference, OCI_MANIFEST, IMAGE)
    with pytest.raises(DigestInvalidError):
        await store.manifests.get(NAME, reference)


@pytest.mark.parametrize("reference", ["", "..", "a/b", ".hidden", "a" * 129])
async def test_another_reference_is_a_tag_or_refused(store: Store, reference: str) -> None:
    with pytest.raises(TagInvalidError):
        await store.manifests.put(NAME, reference, OCI_MANIFEST, IMAGE)
    with pytest.raises(TagInvalidError):
        await store.manifests.get(NAME, reference)


async def test_missing_blobs_are_all_listed_and_nothing_is_stored(
    driver: StorageDriver, store: Store
) -> None:
    layers = [b"first", b"second", b"third"]
    await push_blob(store, NAME, b"second")
    await push_blob(store, "another", b"third")
    before = await files(driver)

    with pytest.raises(ManifestBlobUnknownError) as caught:
        await store.manifests.put(NAME, "v1", OCI_MANIFEST, encoded(image(layers=layers)))

    assert [
        {"field": "config", "digest": str(Digest.of(CONFIG))},
        {"field": "layers[0]", "digest": str(Digest.of(b"first"))},
        {"field": "layers[2]", "digest": str(Digest.of(b"third"))},
    ] == caught.value.detail
    assert before == await files(driver)


async def test_what_is_named_many_times_is_looked_for_once(driver: StorageDriver) -> None:
    spy = SpyingDriver(driver)
    async with Store(spy) as store:
        await push_image(store, NAME, "v1")
        spy.calls.clear()

        await push_image(store, NAME, "v2", manifest=encoded(image(layers=[LAYER] * 500)))

    assert 60 > len(spy.calls)


async def test_an_error_names_only_so_many_of_what_is_missing(store: Store) -> None:
    await push_blob(store, NAME, CONFIG)
    layers = [str(number).encode() for number in range(101)]

    with pytest.raises(ManifestBlobUnknownError, match="lacks 101 of") as caught:
        await store.manifests.put(NAME, "v1", OCI_MANIFEST, encoded(image(layers=layers)))

    assert isinstance(caught.value.detail, list)
    assert 100 == len(caught.value.detail)


async def test_a_layer_whose_bytes_were_collected_is_missing(
    driver: StorageDriver, store: Store
) -> None:
    await push_image(store, NAME)
    await driver.delete(layout.blob(Digest.of(LAYER)))

    with pytest.raises(ManifestBlobUnknownError):
        await store.manifests.put(NAME, "v1", OCI_MANIFEST, IMAGE)


async def test_a_foreign_layer_need_not_be_there(store: Store) -> None:
    await push_blob(store, NAME, CONFIG)
    media_type = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"
    content = encoded(image() | {"layers": [descriptor(b"elsewhere", media_type)]})

    await store.manifests.put(NAME, "v1", OCI_MANIFEST, content)

    assert content == (await store.manifests.get(NAME, "v1")).content


async def test_a_subject_need_not_be_there_and_is_told(store: Store) -> None:
    await push_image(store, NAME)
    subject = descriptor(b"not there", OCI_MANIFEST)
    content = encoded(image(subject=subject))

    stored = await store.manifests.put(NAME, str(Digest.of(content)), OCI_MANIFEST, content)

    expected = Stored(
        digest=Digest.of(content), media_type=OCI_MANIFEST, subject=Digest.of(b"not there")
    )
    assert expected == stored


async def test_an_index_needs_its_manifests_in_the_repository(store: Store) -> None:
    await push_image(store, "another")
    content = encoded(index([IMAGE]))

    with pytest.raises(ManifestBlobUnknownError) as caught:
        await store.manifests.put(NAME, "all", OCI_INDEX, content)
    assert [{"field": "manifests[0]", "digest": str(DIGEST)}] == caught.value.detail
    await push_blob(store, NAME, IMAGE)
    with pytest.raises(ManifestBlobUnknownError):
        await store.manifests.put(NAME, "all", OCI_INDEX, content)

    await push_image(store, NAME)
    await store.manifests.put(NAME, "all", OCI_INDEX, content)
    nested = encoded(
        {"schemaVersion": 2, "manifests": [descriptor(content, OCI_INDEX)]},
    )
    await store.manifests.put(NAME, "nested", OCI_INDEX, nested)
    assert nested == (await store.manifests.get(NAME, "nested")).content


async def test_an_index_of_layers_as_build_caches_are_is_taken(store: Store) -> None:
    await push_blob(store, NAME, LAYER)
    content = encoded({"schemaVersion": 2, "manifests": [descriptor(LAYER, OCI_LAYER)]})

    await store.manifests.put(NAME, "cache", OCI_INDEX, content)

    assert content == (await store.manifests.get(NAME, "cache")).content


async def test_a_manifest_has_a_largest_size(driver: StorageDriver) -> None:
    async with Store(driver, max_manifest=len(IMAGE)) as store:
        await push_image(store, NAME, "v1")
        with pytest.raises(ManifestTooLargeError) as caught:
            await store.manifests.put(NAME, "v2", OCI_MANIFEST, IMAGE + b" ")

    assert isinstance(caught.value, ManifestInvalidError)
    assert {"size": len(IMAGE) + 1} == caught.value.detail


async def test_a_manifest_of_almost_4_mib_is_taken(driver: StorageDriver, store: Store) -> None:
    content = IMAGE + b" " * (4 * 1024 * 1024 - len(IMAGE))
    await push_image(store, NAME, "v1", manifest=content)

    async with Store(driver) as fresh:
        assert content == (await fresh.manifests.get(NAME, "v1")).content


@pytest.mark.parametrize("reference", ["v1", str(DIGEST)])
async def test_what_was_never_pushed_is_unknown(store: Store, reference: str) -> None:
    for name in (NAME, "another"):
        with pytest.raises(ManifestUnknownError) as caught:
            await store.manifests.get(name, reference)
        assert {"reference": reference} == caught.value.detail
        await push_image(store, NAME, "other", manifest=OTHER_IMAGE)


async def test_another_repository_does_not_have_the_manifest(store: Store) -> None:
    await push_image(store, NAME, "v1")

    for reference in ("v1", str(DIGEST)):
        with pytest.raises(ManifestUnknownError):
            await store.manifests.get("another", reference)


async def test_reading_by_tag_is_two_reads_and_by_digest_one(driver: StorageDriver) -> None:
    spy = SpyingDriver(driver)
    async with Store(spy) as store:
        await push_image(store, NAME, "v1")
        spy.calls.clear()

        await store.manifests.get(NAME, "v1")
        await store.manifests.get(NAME, str(DIGEST))

    revision = f"get_content {layout.revision(NAME, DIGEST)}"
    assert [f"get_content {layout.current(NAME, 'v1')}", revision, revision] == spy.calls


async def test_a_tag_is_read_each_time(driver: StorageDriver, store: Store) -> None:
    await push_image(store, NAME, "v1")
    await store.manifests.get(NAME, "v1")
    async with Store(driver) as other:
        await push_image(other, NAME, "v1", manifest=OTHER_IMAGE)

    assert OTHER_IMAGE == (await store.manifests.get(NAME, "v1")).content


async def test_deleting_takes_the_tags_that_name_it_and_no_others(
    driver: StorageDriver, store: Store
) -> None:
    await push_image(store, NAME, "a", "b", "moved")
    await push_image(store, NAME, "moved", "other", manifest=OTHER_IMAGE)

    await store.manifests.delete(NAME, DIGEST)

    assert ["moved", "other"] == (await store.tags.list(NAME, limit=9)).items
    for reference in ("a", "b", str(DIGEST)):
        with pytest.raises(ManifestUnknownError):
            await store.manifests.get(NAME, reference)
    assert OTHER_IMAGE == (await store.manifests.get(NAME, "moved")).content
    with pytest.raises(ManifestUnknownError):
        await store.manifests.delete(NAME, DIGEST)
    folder = layout.tags(NAME)
    assert {"moved", "other"} == {
        path.removeprefix(f"{folder}/").partition("/")[0]
        for path in await files(driver)
        if path.startswith(folder)
    }


async def test_deleting_leaves_other_repositories_alone(store: Store) -> None:
    await push_image(store, NAME, "v1")
    await push_image(store, "another", "v1")

    await store.manifests.delete(NAME, DIGEST)

    assert IMAGE == (await store.manifests.get("another", "v1")).content


async def test_a_deleted_manifest_can_be_pushed_again(store: Store) -> None:
    await push_image(store, NAME, "v1")
    await store.manifests.delete(NAME, DIGEST)

    await store.manifests.put(NAME, "v1", OCI_MANIFEST, IMAGE)

    assert IMAGE == (await store.manifests.get(NAME, "v1")).content


async def test_deleting_by_another_process_is_seen_at_once(
    driver: StorageDriver, store: Store
) -> None:
    await push_image(store, NAME, "v1")
    await store.manifests.get(NAME, "v1")
    async with Store(driver) as other:
        await other.manifests.delete(NAME, DIGEST)

    for reference in ("v1", str(DIGEST)):
        with pytest.raises(ManifestUnknownError):
            await store.manifests.get(NAME, reference)


@pytest.mark.parametrize("content", [b"", IMAGE[:-1], OTHER_IMAGE, b"x" * len(IMAGE)], ids=len)
async def test_damaged_content_is_never_served(
    driver: StorageDriver, store: Store, content: bytes
) -> None:
    await push_image(store, NAME, "v1")
    await driver.put_content(layout.blob(DIGEST), content)

    async with Store(driver) as fresh:
        with pytest.raises(CorruptContentError):
            await fresh.manifests.get(NAME, "v1")


async def test_content_that_is_no_manifest_is_never_served(
    driver: StorageDriver, store: Store
) -> None:
    digest = await push_blob(store, NAME, CONFIG)
    await driver.put_content(layout.revision(NAME, digest), str(digest).encode())

    with pytest.raises(CorruptContentError):
        await store.manifests.get(NAME, str(digest))


async def test_pushing_again_heals_content_of_another_size(
    driver: StorageDriver, store: Store
) -> None:
    await push_image(store, NAME, "v1")
    await driver.put_content(layout.blob(DIGEST), b"")

    await store.manifests.put(NAME, "v1", OCI_MANIFEST, IMAGE)

    async with Store(driver) as fresh:
        assert IMAGE == (await fresh.manifests.get(NAME, "v1")).content


async def test_content_that_is_gone_is_unknown_and_can_be_pushed_again(
    driver: StorageDriver, store: Store
) -> None:
    await push_image(store, NAME, "v1")
    await driver.delete(layout.blob(DIGEST))
    async with Store(driver) as fresh:
        with pytest.raises(ManifestUnknownError):
            await fresh.manifests.get(NAME, "v1")

        await store.manifests.put(NAME, "v1", OCI_MANIFEST, IMAGE)

        assert IMAGE == (await fresh.manifests.get(NAME, "v1")).content


@pytest.mark.parametrize("content", [str(DIGEST).encode() + b"\n", b"latest"])
async def test_a_corrupt_tag_or_revision_is_no_missing_one(
    driver: StorageDriver, store: Store, content: bytes
) -> None:
    await push_image(store, NAME, "v1", "v2")
    await driver.put_content(layout.current(NAME, "v1"), content)
    with pytest.raises(CorruptContentError):
        await store.manifests.get(NAME, "v1")

    await driver.put_content(layout.revision(NAME, DIGEST), content)
    with pytest.raises(CorruptContentError):
        await store.manifests.get(NAME, str(DIGEST))
    await store.manifests.delete(NAME, DIGEST)


async def test_a_tag_and_a_revision_left_empty_are_missing_and_mended_by_a_push(
    driver: StorageDriver, store: Store
) -> None:
    await push_image(store, NAME, "v1", "v2")
    await driver.put_content(layout.current(NAME, "v1"), b"")
    with pytest.raises(ManifestUnknownError):
        await store.manifests.get(NAME, "v1")
    assert ["v2"] == (await store.tags.list(NAME, limit=10)).items
    await driver.put_content(layout.revision(NAME, DIGEST), b"")
    for use in (store.manifests.get(NAME, "v2"), store.manifests.delete(NAME, DIGEST)):
        with pytest.raises(ManifestUnknownError):
            await use
    with pytest.raises(ManifestBlobUnknownError):
        await store.manifests.put(NAME, "all", OCI_INDEX, encoded(index([IMAGE])))
    assert [] == (await store.tags.list(NAME, limit=10)).items

    await store.manifests.put(NAME, "v1", OCI_MANIFEST, IMAGE)

    assert IMAGE == (await store.manifests.get(NAME, "v1")).content
    assert ["v1", "v2"] == (await store.tags.list(NAME, limit=10)).items


async def test_a_revision_that_leads_to_another_manifest_is_corrupt(
    driver: StorageDriver, store: Store
) -> None:
    await push_image(store, NAME, "v1")
    other = await push_image(store, NAME, "v2", manifest=OTHER_IMAGE)
    await driver.put_content(layout.revision(NAME, DIGEST), str(other).encode())

    with pytest.raises(CorruptContentError):
        await store.manifests.get(NAME, "v1")
