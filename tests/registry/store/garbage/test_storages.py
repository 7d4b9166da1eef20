"""Storages that are odd, or fail."""

import pytest

from storagedriver.errors import (
    CorruptContentError,
    PathNotFoundError,
    StoragePermissionError,
    StorageUnavailableError,
)
from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import Digest, Store, layout
from storagedriver.registry.store.garbage import (
    Looked,
    Marked,
)
from tests.registry.store.content import (
    CONFIG,
    IMAGE,
    LAYER,
    SIGNATURE,
    encoded,
    files,
    image,
    push_blob,
    push_image,
)
from tests.registry.store.garbage.collecting import (
    GARBAGE,
    NAME,
    collected,
    digests,
    plant,
    problems,
    put,
    stored,
    summary,
)
from tests.registry.store.spying import SpyingDriver


async def test_blobs_without_any_repository_are_a_wrong_root(driver: StorageDriver) -> None:
    await driver.put_content(layout.blob(Digest.of(CONFIG)), CONFIG)

    with pytest.raises(CorruptContentError, match="right root directory"):
        await collected(driver)

    assert digests(CONFIG) == await stored(driver)


async def test_how_far_it_is_is_told_within_a_large_repository_too(
    driver: StorageDriver, store: Store
) -> None:
    await push_image(store, "a", "v1")
    for number in range(300):
        manifest = encoded(image(layers=[], annotations={"number": str(number)}))
        await plant(driver, manifest)

    events = await collected(driver)

    told = [each.done for each in events if isinstance(each, Marked)]
    assert [1, 1, 1 + 256 / 300, 2, 2] == told
    shares = [each.share for each in events if isinstance(each, Looked)]
    assert sorted(shares) == shares
    assert 1 == shares[-1]


async def test_an_empty_storage_has_nothing_to_collect(driver: StorageDriver) -> None:
    assert 0 == summary(await collected(driver)).removed_blobs


async def test_repositories_that_lack_folders_or_have_odd_names_are_looked_at(
    driver: StorageDriver, store: Store
) -> None:
    await push_image(store, NAME, "v1")
    paths = await files(driver)
    for path in paths:
        if "/_layers/" in path:
            await driver.delete(path)
        elif path.startswith(layout.REPOSITORIES):
            await driver.move(path, path.replace(NAME, "Team/App.-"))

    events = await collected(driver)

    assert 1 == summary(events).manifests
    assert digests(CONFIG, LAYER, IMAGE) == await stored(driver)


@pytest.mark.parametrize("error", [StorageUnavailableError, StoragePermissionError])
async def test_a_failure_while_marking_ends_it_with_nothing_removed(
    driver: StorageDriver, store: Store, error: type[Exception]
) -> None:
    await push_image(store, NAME)
    await put(store, SIGNATURE, "signed")
    await push_blob(store, NAME, GARBAGE)
    kept = await files(driver)
    spy = SpyingDriver(driver)
    await collected(spy, delete_untagged=True, dry_run=True)
    reads = [call for call in spy.calls if not call.startswith("stat")]

    for number in range(1, len(reads)):
        spy = SpyingDriver(driver)

        async def refuse(_: str, spy: SpyingDriver = spy, number: int = number) -> None:
            if len(spy.calls) == number:
                raise error

        spy.before = refuse
        if reads[number - 1].startswith(f"list {layout.BLOBS}"):
            break
        with pytest.raises(error):
            await collected(spy, delete_untagged=True, dry_run=True)
    assert kept == await files(driver)


async def test_a_listing_that_breaks_off_is_not_taken_for_a_whole_one(
    driver: StorageDriver, store: Store
) -> None:
    await push_image(store, NAME, "v1")
    kept = await files(driver)

    class Breaking(SpyingDriver):
        async def walk(self, path, *, start_after=None):  # noqa: ANN001, ANN202
            async for entry in driver.walk(path, start_after=start_after):
                yield entry
                raise PathNotFoundError(path=path)

    with pytest.raises(PathNotFoundError):
        await collected(Breaking(driver))

    assert kept == await files(driver)


async def test_what_cannot_be_removed_is_told_and_keeps_nothing_else(
    driver: StorageDriver, store: Store
) -> None:
    await push_image(store, NAME, "v1")
    await push_blob(store, NAME, GARBAGE)
    await push_blob(store, NAME, b"and this neither")
    spy = SpyingDriver(driver)
    stuck = layout.blob(Digest.of(GARBAGE))

    async def refuse(call: str) -> None:
        if call == f"delete {stuck}":
            raise StoragePermissionError

    spy.before = refuse
    events = await collected(spy)

    assert [stuck] == problems(events)
    assert digests(CONFIG, LAYER, IMAGE, GARBAGE) == await stored(driver)


async def test_storage_that_does_not_answer_ends_the_sweep(
    driver: StorageDriver, store: Store
) -> None:
    await push_blob(store, NAME, GARBAGE)
    spy = SpyingDriver(driver)

    async def refuse(call: str) -> None:
        if call.startswith("delete"):
            raise StorageUnavailableError

    spy.before = refuse
    with pytest.raises(StorageUnavailableError):
        await collected(spy)


async def test_two_collections_at_once_disturb_nothing(driver: StorageDriver, store: Store) -> None:
    await push_image(store, NAME, "v1")
    kept = await files(driver)
    for number in range(3):
        await push_blob(store, NAME, b"%d" % number)
    spy = SpyingDriver(driver)

    async def collect_too(call: str) -> None:
        if call.startswith("delete"):
            await collected(driver)

    spy.before = collect_too
    events = await collected(spy)

    assert 3 == summary(events).removed_blobs
    assert kept == await files(driver)


async def test_what_is_not_a_registrys_is_passed_over(driver: StorageDriver, store: Store) -> None:
    await push_image(store, NAME, "v1")
    strangers = [
        f"{layout.BLOBS}/sha384/00/{'0' * 96}/data",
        f"{layout.blob(Digest.of(GARBAGE))}.tmp",
        f"{layout.BLOBS}/sha256/ff/{Digest.of(GARBAGE).encoded}/data",
        f"{layout.REPOSITORIES}/README",
        "/scheduler-state.json",
    ]
    for path in strangers:
        await driver.put_content(path, GARBAGE)

    await collected(driver)

    assert {*strangers} <= {*await files(driver)}
