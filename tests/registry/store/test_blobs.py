"""Blobs: each repository reads its own, the bytes are stored once."""

import pytest

from storagedriver.errors import CorruptContentError, InvalidOffsetError
from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import Digest, Store, layout
from storagedriver.registry.store.errors import BlobUnknownError, NameInvalidError
from storagedriver.registry.store.records import Blob
from tests.registry.store.content import CONFIG, LAYER, body, files, push_blob, read_blob

MISSING = Digest.of(b"never pushed")


@pytest.fixture
async def digest(store: Store) -> Digest:
    return await push_blob(store, "team/app", LAYER)


async def test_a_blob_is_described(store: Store, digest: Digest) -> None:
    media_type = "application/octet-stream"
    expected = Blob(digest=digest, size=len(LAYER), media_type=media_type, target=digest)

    assert expected == await store.blobs.stat("team/app", digest)


async def test_a_blob_is_read_whole_and_in_part(store: Store, digest: Digest) -> None:
    assert LAYER == await read_blob(store, "team/app", digest)
    async with store.blobs.reader("team/app", digest, offset=10, length=20) as reader:
        assert len(LAYER) == reader.info.size
        assert LAYER[10:30] == b"".join([chunk async for chunk in reader])


async def test_an_offset_beyond_the_end_is_the_drivers_error(store: Store, digest: Digest) -> None:
    with pytest.raises(InvalidOffsetError):
        async with store.blobs.reader("team/app", digest, offset=len(LAYER) + 1):
            pass


async def test_another_repository_does_not_have_the_blob(store: Store, digest: Digest) -> None:
    for name in ("team/other", "team", "team/app/below"):
        with pytest.raises(BlobUnknownError):
            await store.blobs.stat(name, digest)
        with pytest.raises(BlobUnknownError):
            async with store.blobs.reader(name, digest):
                pass
        with pytest.raises(BlobUnknownError):
            await store.blobs.delete(name, digest)


async def test_a_blob_that_was_never_pushed_is_unknown(store: Store, digest: Digest) -> None:
    with pytest.raises(BlobUnknownError) as caught:
        await store.blobs.stat("team/app", MISSING)

    assert {"digest": str(MISSING)} == caught.value.detail
    assert digest != MISSING


@pytest.mark.usefixtures("digest")
async def test_a_link_whose_bytes_were_collected_is_an_unknown_blob(
    driver: StorageDriver, store: Store, digest: Digest
) -> None:
    await store.blobs.stat("team/app", digest)
    await driver.delete(layout.blob(digest))

    with pytest.raises(BlobUnknownError):
        await store.blobs.stat("team/app", digest)
    with pytest.raises(BlobUnknownError):
        async with store.blobs.reader("team/app", digest):
            pass
    with pytest.raises(BlobUnknownError):
        await store.blobs.mount("team/other", digest, "team/app")


@pytest.mark.parametrize("content", [b"sha256:12", "{digest}\n", " {digest}", b"\xff"])
async def test_a_corrupt_link_is_no_missing_blob(
    driver: StorageDriver, store: Store, digest: Digest, content: bytes | str
) -> None:
    if isinstance(content, str):
        content = content.format(digest=digest).encode()
    path = layout.layer("team/app", digest)
    await driver.put_content(path, content)

    with pytest.raises(CorruptContentError) as caught:
        await store.blobs.stat("team/app", digest)

    assert ("memory", path) == (caught.value.driver, caught.value.path)


async def test_a_link_that_a_power_cut_left_empty_is_missing_and_mended_by_a_push(
    driver: StorageDriver, store: Store, digest: Digest
) -> None:
    await driver.put_content(layout.layer("team/app", digest), b"")
    with pytest.raises(BlobUnknownError):
        await store.blobs.stat("team/app", digest)

    await push_blob(store, "team/app", LAYER)

    assert LAYER == await read_blob(store, "team/app", digest)


async def test_a_link_from_one_algorithm_to_another_is_followed(
    driver: StorageDriver, store: Store, digest: Digest
) -> None:
    other = Digest.of(LAYER, "sha512")
    await driver.put_content(layout.layer("team/app", other), str(digest).encode())

    assert LAYER == await read_blob(store, "team/app", other)
    assert other == (await store.blobs.stat("team/app", other)).digest
    await store.blobs.mount("team/other", other, "team/app")
    assert LAYER == await read_blob(store, "team/other", other)


async def test_mounting_gives_the_blob_to_the_target_alone(store: Store, digest: Digest) -> None:
    mounted = await store.blobs.mount("team/other", digest, "team/app")

    assert (digest, len(LAYER)) == (mounted.digest, mounted.size)
    assert LAYER == await read_blob(store, "team/other", digest)
    with pytest.raises(BlobUnknownError):
        await store.blobs.stat("team/third", digest)


@pytest.mark.parametrize("source", [None, "team/other", "No Name", "../team/app"])
async def test_a_blob_is_not_mounted_from_where_it_is_not(
    driver: StorageDriver, store: Store, digest: Digest, source: str | None
) -> None:
    before = await files(driver)

    with pytest.raises(BlobUnknownError):
        await store.blobs.mount("team/target", digest, source)

    assert before == await files(driver)


async def test_deleting_takes_the_blob_from_one_repository_only(
    driver: StorageDriver, store: Store, digest: Digest
) -> None:
    await store.blobs.mount("team/other", digest, "team/app")

    await store.blobs.delete("team/app", digest)

    with pytest.raises(BlobUnknownError):
        await store.blobs.stat("team/app", digest)
    with pytest.raises(BlobUnknownError):
        await store.blobs.delete("team/app", digest)
    assert LAYER == await read_blob(store, "team/other", digest)
    assert LAYER == await driver.get_content(layout.blob(digest))


async def test_a_deleted_blob_can_be_pushed_again(store: Store, digest: Digest) -> None:
    await store.blobs.delete("team/app", digest)

    await push_blob(store, "team/app", LAYER)

    assert LAYER == await read_blob(store, "team/app", digest)


async def test_an_error_in_the_readers_block_stays_itself(store: Store, digest: Digest) -> None:
    with pytest.raises(FileNotFoundError, match="of the caller"):
        async with store.blobs.reader("team/app", digest):
            raise FileNotFoundError("of the caller")


async def test_no_call_takes_a_wrong_name(driver: StorageDriver, store: Store) -> None:
    name, digest = "../a", MISSING
    calls = [
        store.blobs.stat(name, digest),
        store.blobs.mount(name, digest, "a"),
        store.blobs.delete(name, digest),
        store.uploads.start(name),
        store.uploads.push(name, digest, body(CONFIG)),
        store.uploads.status(name, "id"),
        store.uploads.cancel(name, "id"),
        store.uploads.append(name, "id", body(CONFIG)),
        store.uploads.finish(name, "id", digest, body(CONFIG)),
        store.manifests.get(name, "latest"),
        store.manifests.put(name, "latest", None, CONFIG),
        store.manifests.delete(name, digest),
        store.tags.list(name, limit=1),
        store.tags.delete(name, "latest"),
        store.catalog.list(limit=1, after=name),
    ]
    for call in calls:
        with pytest.raises(NameInvalidError):
            await call
    assert [] == await files(driver)
