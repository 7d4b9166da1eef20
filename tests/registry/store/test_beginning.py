"""Uploads that nothing came of yet: known by their ids alone."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import Digest, Store, layout
from storagedriver.registry.store.beginning import PATIENCE, is_new, new_id
from storagedriver.registry.store.errors import UploadUnknownError
from tests.registry.store.content import CONFIG, body, files
from tests.registry.store.spying import SpyingDriver

NAME = "team/app"
NOW = datetime(2024, 2, 3, 4, 5, 6, 789_000, tzinfo=UTC)
MOMENT = timedelta(milliseconds=1)


def test_an_id_is_a_uuid_and_no_two_are_equal() -> None:
    ids = {new_id(NAME, NOW) for _ in range(100)}

    assert 100 == len(ids)
    assert {8} == {UUID(each).version for each in ids}


def test_an_id_is_new_for_a_while_in_its_own_repository() -> None:
    upload_id = new_id(NAME, NOW)

    assert is_new(NAME, upload_id, NOW + PATIENCE)
    assert is_new(NAME, upload_id, NOW - PATIENCE)  # another server's clock
    assert not is_new(NAME, upload_id, NOW + PATIENCE + MOMENT)
    assert not is_new(NAME, upload_id, NOW - PATIENCE - MOMENT)
    assert not is_new("team/other", upload_id, NOW)


def test_an_id_with_another_digit_is_not_new() -> None:
    upload_id = new_id(NAME, NOW)
    others = [
        upload_id[:at] + ("1" if digit == "0" else "0") + upload_id[at + 1 :]
        for at, digit in enumerate(upload_id)
        if digit != "-"
    ]

    assert [] == [other for other in others if is_new(NAME, other, NOW)]


async def test_beginning_stores_nothing_and_any_server_goes_on(driver: StorageDriver) -> None:
    async with Store(driver) as here, Store(driver) as there:
        upload = await here.uploads.start(NAME)

        assert [] == await files(driver)
        assert 0 == (await there.uploads.status(NAME, upload.id)).size
        await there.uploads.append(NAME, upload.id, body(CONFIG[:9]), first=0)
        await here.uploads.finish(NAME, upload.id, Digest.of(CONFIG), body(CONFIG[9:]), first=9)


async def test_it_is_stored_that_an_upload_began_before_any_byte_of_it(
    driver: StorageDriver,
) -> None:
    spy = SpyingDriver(driver)
    async with Store(spy) as store:
        upload = await store.uploads.start(NAME)
        await store.uploads.append(NAME, upload.id, body(CONFIG))

    assert f"put_content {layout.upload_started(NAME, upload.id)}" == spy.calls[1]
    assert spy.calls[2].startswith("writer")


async def test_an_upload_is_unknown_when_nothing_came_for_long(driver: StorageDriver) -> None:
    times = [NOW, NOW + PATIENCE + MOMENT]
    async with Store(driver, now=lambda: times.pop(0)) as store:
        upload = await store.uploads.start(NAME)

        with pytest.raises(UploadUnknownError):
            await store.uploads.status(NAME, upload.id)


async def test_an_upload_that_has_data_is_known_however_old_it_is(driver: StorageDriver) -> None:
    async with Store(driver, now=lambda: NOW) as store:
        upload = await store.uploads.start(NAME)
        await store.uploads.append(NAME, upload.id, body(CONFIG))

    async with Store(driver, now=lambda: NOW + timedelta(days=6)) as store:
        assert len(CONFIG) == (await store.uploads.status(NAME, upload.id)).size


@pytest.mark.parametrize("is_begun", [False, True], ids=["empty", "begun"])
async def test_an_upload_that_has_ended_is_not_begun_again(
    driver: StorageDriver, store: Store, *, is_begun: bool
) -> None:
    cancelled, finished = [(await store.uploads.start(NAME)).id for _ in range(2)]
    for upload_id in (cancelled, finished) if is_begun else ():
        await store.uploads.append(NAME, upload_id, body(CONFIG[:9]))

    await store.uploads.cancel(NAME, cancelled)
    rest = CONFIG[9:] if is_begun else CONFIG
    await store.uploads.finish(NAME, finished, Digest.of(CONFIG), body(rest))

    for upload_id in (cancelled, finished):
        with pytest.raises(UploadUnknownError):
            await store.uploads.append(NAME, upload_id, body(CONFIG))
    assert [] == [path for path in await files(driver) if "_uploads" in path]
