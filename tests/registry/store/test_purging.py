"""Uploads that nobody goes on with are removed, and nothing else is."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from storagedriver.errors import StoragePermissionError, StorageUnavailableError
from storagedriver.protocol import StorageDriver
from storagedriver.records import UnfinishedInfo
from storagedriver.registry.store import Digest, Store, Upload, layout
from storagedriver.registry.store.purging import Abandoned, purge
from tests.registry.store.content import CONFIG, IMAGE, LAYER, body, files, push_image, read_blob
from tests.registry.store.spying import SpyingDriver

NAME = "team/app"


def soon() -> datetime:
    return datetime.now(UTC) + timedelta(days=1)


def long_ago() -> datetime:
    return datetime.now(UTC) - timedelta(days=1)


async def purged(driver: StorageDriver, before: datetime, *, dry_run: bool = False) -> list[str]:
    return [each.path async for each in purge(driver, before=before, dry_run=dry_run)]


async def held(driver: StorageDriver) -> list[UnfinishedInfo]:
    return [each async for each in driver.unfinished()]


async def begun(store: Store, name: str = NAME, content: bytes = CONFIG) -> Upload:
    upload = await store.uploads.start(name)
    await store.uploads.append(name, upload.id, body(content))
    return upload


async def test_an_abandoned_upload_goes_with_all_that_it_holds(
    driver: StorageDriver, store: Store
) -> None:
    await push_image(store, NAME, "v1")
    kept = await files(driver)
    nested, empty = await begun(store, "team/app/nested"), await begun(store, "other", b"")
    upload = await begun(store)

    found = await purged(driver, soon())

    expected = [(NAME, upload), ("team/app/nested", nested), ("other", empty)]
    assert {layout.upload(name, each.id) for name, each in expected} == {*found}
    assert (kept, []) == (await files(driver), await held(driver))
    assert IMAGE == (await store.manifests.get(NAME, "v1")).content


async def test_what_was_written_to_since_is_kept(driver: StorageDriver, store: Store) -> None:
    upload = await begun(store)

    assert [] == await purged(driver, long_ago())

    assert len(CONFIG) == (await store.uploads.status(NAME, upload.id)).size


async def test_an_old_upload_that_somebody_goes_on_with_is_kept(
    driver: StorageDriver, store: Store
) -> None:
    upload = await store.uploads.start(NAME)
    between = datetime.now(UTC)
    while datetime.now(UTC) <= between:
        pass
    await store.uploads.append(NAME, upload.id, body(CONFIG))

    assert [] == await purged(driver, between)

    assert len(CONFIG) == (await store.uploads.status(NAME, upload.id)).size


async def test_a_dry_run_tells_and_removes_nothing(driver: StorageDriver, store: Store) -> None:
    upload = await begun(store)
    writer = await driver.writer("/left")
    await writer.close()
    before = (await files(driver), await held(driver))

    found = await purged(driver, soon(), dry_run=True)

    assert [layout.upload(NAME, upload.id), "/left"] == found
    assert before == (await files(driver), await held(driver))


async def test_a_writer_of_no_upload_is_dropped(driver: StorageDriver) -> None:
    paths = ["/left", layout.upload_data(NAME, "0" * 8)]
    for path in paths:
        writer = await driver.writer(path)
        await writer.write(CONFIG)
        await writer.close()
    assert [] == await purged(driver, long_ago())

    found = [each async for each in purge(driver, before=soon())]

    assert {(path, len(CONFIG)) for path in paths} == {(each.path, each.size) for each in found}
    assert [] == await held(driver)


async def test_an_upload_that_another_removes_meanwhile_disturbs_nothing(
    driver: StorageDriver, store: Store
) -> None:
    uploads = [await begun(store) for _ in range(3)]
    spy = SpyingDriver(driver)

    async def remove(call: str) -> None:
        if call.startswith("delete"):
            while uploads:
                await driver.delete(layout.upload(NAME, uploads.pop().id))

    spy.before = remove
    await purged(spy, soon())

    assert [] == uploads
    assert ([], []) == (await files(driver), await held(driver))


async def test_what_is_told_of_is_its_size_and_its_last_write(
    driver: StorageDriver, store: Store
) -> None:
    upload = await begun(store)
    started = await driver.get_content(layout.upload_started(NAME, upload.id))
    (unfinished,) = await held(driver)

    (found,) = [each async for each in purge(driver, before=soon())]

    assert (
        Abandoned(
            path=layout.upload(NAME, upload.id),
            size=len(CONFIG) + len(started),
            modified=unfinished.modified,
        )
        == found
    )


async def test_what_cannot_be_removed_keeps_nothing_else(
    driver: StorageDriver, store: Store
) -> None:
    uploads = [await begun(store) for _ in range(3)]
    stuck = min(layout.upload(NAME, upload.id) for upload in uploads)
    writer = await driver.writer("/left")
    await writer.close()
    spy = SpyingDriver(driver)

    async def refuse(call: str) -> None:
        if call == f"delete {stuck}":
            raise StoragePermissionError

    spy.before = refuse
    found = await purged(spy, soon())

    assert 3 == len(found)
    assert stuck not in found
    assert {f"{stuck}/data"} == {each.path for each in await held(driver)}


async def test_storage_that_does_not_answer_ends_it(driver: StorageDriver, store: Store) -> None:
    await begun(store)
    spy = SpyingDriver(driver)

    async def refuse(call: str) -> None:
        if call.startswith("delete"):
            raise StorageUnavailableError

    spy.before = refuse
    with pytest.raises(StorageUnavailableError):
        await purged(spy, soon())


@pytest.mark.parametrize("in_one", [True, False])
async def test_an_upload_that_is_written_to_is_spared(
    driver: StorageDriver, store: Store, *, in_one: bool
) -> None:
    digest = Digest.of(LAYER)
    seen: list[Abandoned] = []

    async def slowly() -> AsyncIterator[bytes]:
        yield LAYER
        seen.extend([each async for each in purge(driver, before=soon(), is_busy=busy)])

    busy = store.uploads.is_busy
    if in_one:
        await store.uploads.push(NAME, digest, slowly())
    else:
        upload = await store.uploads.start(NAME)
        await store.uploads.append(NAME, upload.id, slowly())
        await store.uploads.finish(NAME, upload.id, digest, body())

    assert [] == seen
    assert LAYER == await read_blob(store, NAME, digest)


async def test_what_another_registry_left_goes_too(driver: StorageDriver) -> None:
    folder = f"{layout.REPOSITORIES}/{NAME}/{layout.UPLOADS}/old"
    await driver.put_content(f"{folder}/hashstates/sha256/0", b"")

    assert [folder] == await purged(driver, soon())

    assert [] == await files(driver)
