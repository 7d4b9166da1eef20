"""Tags: listed in order and in pages, and only while they resolve."""

import pytest

from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import Digest, Page, Store, layout
from storagedriver.registry.store.errors import (
    ManifestUnknownError,
    NameUnknownError,
    TagInvalidError,
)
from storagedriver.registry.store.mediatypes import OCI_MANIFEST
from tests.registry.store.content import (
    CONFIG,
    IMAGE,
    OTHER_IMAGE,
    files,
    push_blob,
    push_image,
)

NAME = "team/app"
DIGEST = Digest.of(IMAGE)
TAGS = ["0.1.2", "0.1.20", "V1", "_manifests", "latest", "v1", "v1-alpine", "v1.2", "v10"]


async def test_tags_are_listed_by_code_point(store: Store) -> None:
    await push_image(store, NAME, *reversed(TAGS))

    assert Page(items=TAGS, more=False) == await store.tags.list(NAME, limit=100)


@pytest.mark.parametrize("limit", [1, 2, 3, len(TAGS) - 1, len(TAGS)])
async def test_pages_joined_are_the_whole_list(store: Store, limit: int) -> None:
    await push_image(store, NAME, *TAGS)
    joined: list[str] = []
    page = Page(items=[], more=True)
    while page.more:
        page = await store.tags.list(NAME, limit=limit, after=joined[-1] if joined else None)
        assert 1 <= len(page.items) <= limit
        joined += page.items

    assert TAGS == joined


@pytest.mark.parametrize("after", ["0", "W", "v1", "v1-b", "v10", "zzz", ""])
async def test_a_page_begins_after_a_tag_that_need_not_exist(store: Store, after: str) -> None:
    await push_image(store, NAME, *TAGS)

    page = await store.tags.list(NAME, limit=100, after=after)

    assert Page(items=[tag for tag in TAGS if tag > after], more=False) == page


async def test_after_has_to_be_a_tag(store: Store) -> None:
    await push_image(store, NAME, "v1")

    for after in ("a/b", "..", "a\x00"):
        with pytest.raises(TagInvalidError):
            await store.tags.list(NAME, limit=1, after=after)


async def test_a_limit_of_zero_lists_nothing(store: Store) -> None:
    await push_image(store, NAME, "v1")

    assert Page(items=[], more=False) == await store.tags.list(NAME, limit=0)


@pytest.mark.parametrize("limit", [0, 10])
@pytest.mark.parametrize("after", [None, "v1"])
async def test_a_missing_repository_is_unknown(store: Store, limit: int, after: str | None) -> None:
    await push_image(store, f"{NAME}/below", "v1")
    await store.uploads.start(NAME)

    with pytest.raises(NameUnknownError) as caught:
        await store.tags.list(NAME, limit=limit, after=after)

    assert {"name": NAME} == caught.value.detail


async def test_a_repository_of_blobs_alone_has_no_tags(store: Store) -> None:
    await push_blob(store, NAME, CONFIG)

    assert Page(items=[], more=False) == await store.tags.list(NAME, limit=10)


async def test_the_list_is_empty_after_the_last_tag_was_deleted(store: Store) -> None:
    await push_image(store, NAME, "v1")
    await store.tags.delete(NAME, "v1")

    assert Page(items=[], more=False) == await store.tags.list(NAME, limit=10)
    assert IMAGE == (await store.manifests.get(NAME, str(DIGEST))).content


async def test_deleting_a_tag_leaves_the_others(driver: StorageDriver, store: Store) -> None:
    await push_image(store, NAME, "v1", "v1-alpine", "v10")
    await push_image(store, NAME, "v1", manifest=OTHER_IMAGE)

    await store.tags.delete(NAME, "v1")

    assert ["v1-alpine", "v10"] == (await store.tags.list(NAME, limit=10)).items
    with pytest.raises(ManifestUnknownError):
        await store.manifests.get(NAME, "v1")
    with pytest.raises(ManifestUnknownError):
        await store.tags.delete(NAME, "v1")
    assert [] == [path for path in await files(driver) if "/tags/v1/" in path]


async def test_a_tag_of_a_missing_repository_is_not_deleted(store: Store) -> None:
    with pytest.raises(NameUnknownError):
        await store.tags.delete(NAME, "v1")
    with pytest.raises(TagInvalidError):
        await store.tags.delete(NAME, "no/tag")


async def test_a_moved_tag_keeps_what_it_named_in_its_index(
    driver: StorageDriver, store: Store
) -> None:
    first = await push_image(store, NAME, "v1")
    second = await push_image(store, NAME, "v1", manifest=OTHER_IMAGE)

    for digest in (first, second):
        assert str(digest).encode() == await driver.get_content(layout.indexed(NAME, "v1", digest))
    assert OTHER_IMAGE == (await store.manifests.get(NAME, "v1")).content


async def test_what_others_left_is_not_listed(
    driver: StorageDriver, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    await push_image(store, NAME, "good", "zgood")
    gone = Digest.of(b"a manifest that is gone")
    await driver.put_content(layout.indexed(NAME, "only-index", DIGEST), str(DIGEST).encode())
    await driver.put_content(layout.current(NAME, "dangling"), str(gone).encode())
    await driver.put_content(layout.current(NAME, "empty"), b"")
    await driver.put_content(layout.current(NAME, "newline"), f"{DIGEST}\n".encode())
    await driver.put_content(f"{layout.tags(NAME)}/stray", b"a file")
    await driver.put_content(f"{layout.tags(NAME)}/.tmp/current/link", b"no tag")
    await driver.put_content(f"{layout.tags(NAME)}/good/current/link.1.tmp", b"half")

    assert Page(items=["good", "zgood"], more=False) == await store.tags.list(NAME, limit=10)
    assert Page(items=["good"], more=True) == await store.tags.list(NAME, limit=1)
    assert Page(items=["zgood"], more=False) == await store.tags.list(NAME, limit=1, after="good")
    assert "empty" in caplog.text
    assert "newline" in caplog.text


async def test_many_tags_that_do_not_resolve_do_not_end_the_list(
    driver: StorageDriver, store: Store
) -> None:
    await push_image(store, NAME, "zz")
    for number in range(600):
        path = layout.indexed(NAME, f"left-{number}", DIGEST)
        await driver.put_content(path, str(DIGEST).encode())

    assert Page(items=["zz"], more=False) == await store.tags.list(NAME, limit=2)


async def test_a_repository_is_gone_with_its_last_manifest_and_blob(store: Store) -> None:
    config = await push_blob(store, NAME, CONFIG)
    content = b'{"schemaVersion":2,"config":{"digest":"%s","size":25}}' % str(config).encode()
    await store.manifests.put(NAME, "v1", OCI_MANIFEST, content)

    await store.manifests.delete(NAME, Digest.of(content))
    assert [] == (await store.tags.list(NAME, limit=1)).items
    await store.blobs.delete(NAME, config)

    with pytest.raises(NameUnknownError):
        await store.tags.list(NAME, limit=1)
    assert [] == (await store.catalog.list(limit=1)).items
