"""What nothing leads to goes, what lives stays, and what is damaged keeps what it might name."""

import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from storagedriver.errors import (
    CorruptContentError,
    PathNotFoundError,
    StoragePermissionError,
    StorageUnavailableError,
)
from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import Digest, Store, layout
from storagedriver.registry.store.garbage import (
    Event,
    Kind,
    Looked,
    Marked,
    Problem,
    Removed,
    Summary,
    collect,
)
from storagedriver.registry.store.mediatypes import OCI_MANIFEST
from tests.registry.store.content import (
    CONFIG,
    IMAGE,
    LAYER,
    OTHER_IMAGE,
    SIGNATURE,
    body,
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
from tests.registry.store.spying import SpyingDriver

NAME = "team/app"
GARBAGE = b"nobody wants this"
INDEX = encoded(index([IMAGE, OTHER_IMAGE]))


@pytest.fixture
async def driver() -> AsyncIterator[StorageDriver]:
    async with open_driver("memory") as opened:
        yield opened


async def collected(
    driver: StorageDriver,
    *,
    before: datetime | None = None,
    delete_untagged: bool = False,
    dry_run: bool = False,
) -> list[Event]:
    events = collect(driver, before=before, delete_untagged=delete_untagged, dry_run=dry_run)
    return [event async for event in events]


def summary(events: Sequence[Event]) -> Summary:
    last = events[-1]
    assert isinstance(last, Summary)
    return last


def removed(events: Sequence[Event], kind: Kind = Kind.BLOB) -> set[Digest]:
    return {each.digest for each in events if isinstance(each, Removed) and each.kind is kind}


def problems(events: Sequence[Event]) -> list[str]:
    return [each.path for each in events if isinstance(each, Problem)]


async def stored(driver: StorageDriver) -> set[Digest]:
    paths = [path for path in await files(driver) if path.startswith(f"{layout.BLOBS}/")]
    return {Digest(*path.split("/")[5:8:2]) for path in paths}


def digests(*contents: bytes) -> set[Digest]:
    return {Digest.of(content) for content in contents}


async def put(store: Store, content: bytes, *tags: str, name: str = NAME) -> Digest:
    digest = Digest.of(content)
    media_type = json.loads(content)["mediaType"]
    await store.manifests.put(name, str(digest), media_type, content, tags)
    return digest


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


async def plant(driver: StorageDriver, content: bytes, digest: Digest | None = None) -> Digest:
    """Make content a manifest, as no registry would."""
    digest = digest or Digest.of(content)
    await driver.put_content(layout.blob(digest), content)
    await driver.put_content(layout.revision(NAME, digest), str(digest).encode())
    return digest


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


async def pause() -> datetime:
    """Return a moment between all that was done and all that will be."""
    between = datetime.now(UTC)
    while datetime.now(UTC) <= between:
        pass
    return between


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
