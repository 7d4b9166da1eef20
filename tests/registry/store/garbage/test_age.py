"""What is young, and what uploads have brought."""

from datetime import UTC, datetime, timedelta

import pytest

from storagedriver.errors import (
    StorageUnavailableError,
)
from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import Digest, Store, layout
from tests.registry.store.content import (
    CONFIG,
    IMAGE,
    LAYER,
    body,
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
    NAME,
    collected,
    pause,
    problems,
    put,
    stored,
    summary,
)
from tests.registry.store.spying import SpyingDriver


async def test_what_is_younger_than_the_moment_stays(driver: StorageDriver, store: Store) -> None:
    await push_image(store, NAME)
    await push_blob(store, NAME, GARBAGE)
    kept = await files(driver)

    events = await collected(
        driver, before=datetime.now(UTC) - timedelta(days=1), delete_untagged=True
    )

    assert kept == await files(driver)
    assert 1 == summary(events).young


async def test_an_old_blob_that_was_mounted_lately_stays(
    driver: StorageDriver, store: Store
) -> None:
    digest = await push_blob(store, "other", GARBAGE)
    between = await pause()
    await store.blobs.mount(NAME, digest, "other")

    await collected(driver, before=between)

    assert GARBAGE == await read_blob(store, NAME, digest)


async def test_a_young_blob_without_a_link_stays_and_is_counted(
    driver: StorageDriver, store: Store
) -> None:
    await push_image(store, NAME)
    between = await pause()
    await driver.put_content(layout.blob(Digest.of(GARBAGE)), GARBAGE)

    events = await collected(driver, before=between)

    assert 1 == summary(events).young
    assert Digest.of(GARBAGE) in await stored(driver)


async def test_an_old_link_to_a_young_blob_stays(driver: StorageDriver, store: Store) -> None:
    digest = await push_blob(store, NAME, GARBAGE)
    between = await pause()
    await driver.put_content(layout.blob(digest), GARBAGE)

    await collected(driver, before=between)

    assert GARBAGE == await read_blob(store, NAME, digest)


async def test_a_child_that_was_deleted_goes_with_its_layers(
    driver: StorageDriver, store: Store
) -> None:
    await push_image(store, NAME)
    child = await put(store, encoded(image(layers=[])))
    await put(store, encoded(index([IMAGE, encoded(image(layers=[]))])), "v1")
    await store.manifests.delete(NAME, Digest.of(IMAGE))

    await collected(driver)

    assert Digest.of(LAYER) not in await stored(driver)
    assert child in await stored(driver)


async def test_bytes_that_an_upload_brought_stay_until_it_is_finished(
    driver: StorageDriver, store: Store
) -> None:
    digest = Digest.of(LAYER)
    upload = await store.uploads.start(NAME)
    await store.uploads.append(NAME, upload.id, body(LAYER))
    spy = SpyingDriver(driver)

    async def die(call: str) -> None:
        if call == f"put_content {layout.layer(NAME, digest)}":
            raise StorageUnavailableError

    spy.before = die
    async with Store(spy) as cut:
        with pytest.raises(StorageUnavailableError):
            await cut.uploads.finish(NAME, upload.id, digest, body())

    await collected(driver, delete_untagged=True)

    async with Store(driver) as later:
        await later.uploads.finish(NAME, upload.id, digest, body())
        assert LAYER == await read_blob(later, NAME, digest)


async def test_an_upload_that_cannot_be_finished_is_told_of(
    driver: StorageDriver, store: Store
) -> None:
    await push_image(store, NAME, "v1")
    path = layout.upload_verified(NAME, "1")
    await driver.put_content(path, b"?")

    assert [path] == problems(await collected(driver))


async def test_uploads_under_way_are_not_touched(driver: StorageDriver, store: Store) -> None:
    upload = await store.uploads.start(NAME)
    await store.uploads.append(NAME, upload.id, body(CONFIG))

    await collected(driver)

    assert len(CONFIG) == (await store.uploads.status(NAME, upload.id)).size
