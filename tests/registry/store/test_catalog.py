"""The catalog: every repository once, in order, at a cost that the page bounds."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storagedriver.factory import open_driver
from storagedriver.paths import order_key
from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import Digest, Page, Store, layout
from storagedriver.registry.store.errors import NameInvalidError
from tests.registry.store.content import CONFIG, push_blob, push_image, unhurried
from tests.registry.store.spying import SpyingDriver

NAMES = ["0", "a", "a/0", "a/b", "a/b/c", "a/b-c", "a-b", "a-b/c", "a.b", "blobs/uploads", "z/y/x"]
ORDERED = sorted(NAMES, key=order_key)
DIGEST = Digest.of(CONFIG)


async def link(driver: StorageDriver, name: str, *, is_manifest: bool = False) -> None:
    path = layout.revision(name, DIGEST) if is_manifest else layout.layer(name, DIGEST)
    await driver.put_content(path, str(DIGEST).encode())


async def pages(store: Store, limit: int) -> list[str]:
    joined: list[str] = []
    page = Page(items=[], more=True)
    while page.more:
        page = await store.catalog.list(limit=limit, after=joined[-1] if joined else None)
        assert len(page.items) <= limit
        joined += page.items
    return joined


async def test_an_empty_registry_has_no_repositories(store: Store) -> None:
    assert Page(items=[], more=False) == await store.catalog.list(limit=10)


async def test_all_repositories_are_listed_nested_ones_too(store: Store) -> None:
    for name in NAMES:
        await push_blob(store, name, CONFIG)

    assert Page(items=ORDERED, more=False) == await store.catalog.list(limit=100)


@pytest.mark.parametrize("limit", [1, 2, 5, len(NAMES)])
async def test_pages_joined_are_the_whole_catalog(store: Store, limit: int) -> None:
    for name in NAMES:
        await push_blob(store, name, CONFIG)

    assert ORDERED == await pages(store, limit)


@pytest.mark.parametrize("is_manifest", [True, False])
async def test_blobs_or_manifests_make_a_repository(
    driver: StorageDriver, store: Store, *, is_manifest: bool
) -> None:
    await link(driver, "a/b", is_manifest=is_manifest)

    assert ["a/b"] == (await store.catalog.list(limit=10)).items


async def test_a_running_upload_makes_no_repository(store: Store) -> None:
    await store.uploads.start("a")

    assert [] == (await store.catalog.list(limit=10)).items


async def test_tags_that_look_like_folders_make_no_repository(store: Store) -> None:
    await push_image(store, "a", "_manifests", "_layers", "b")

    assert ["a"] == (await store.catalog.list(limit=10)).items


async def test_what_can_be_no_repository_is_passed_over(
    driver: StorageDriver, store: Store
) -> None:
    for path in ("stray", "Upper/_layers/x", "_uploads/_layers/x", "a../_layers/x"):
        await driver.put_content(f"{layout.REPOSITORIES}/{path}", b"")
    await link(driver, "b")

    assert ["b"] == (await store.catalog.list(limit=10)).items


async def test_a_limit_of_zero_lists_nothing(driver: StorageDriver, store: Store) -> None:
    await link(driver, "a")

    assert Page(items=[], more=False) == await store.catalog.list(limit=0)


@pytest.mark.parametrize("after", ["/", "a/", "..", "A", "a" * 256])
async def test_after_has_to_be_a_name(store: Store, after: str) -> None:
    with pytest.raises(NameInvalidError):
        await store.catalog.list(limit=1, after=after)


async def test_the_cost_is_bounded_by_the_page(driver: StorageDriver) -> None:
    for number in range(300):
        name = f"team/app{number:03}"
        await link(driver, name)
        await link(driver, name, is_manifest=True)
    spy = SpyingDriver(driver)
    async with Store(spy) as store:
        for after in (None, "team/app200"):
            spy.calls.clear()
            page = await store.catalog.list(limit=5, after=after)

            assert 5 == len(page.items)
            assert len(spy.calls) <= 3 * 6 + 4


component = st.sampled_from(["a", "a-b", "a.b", "a0", "b", "0"])
name = st.lists(component, min_size=1, max_size=3).map("/".join)


@settings(unhurried, max_examples=60)
@given(st.sets(name, max_size=12), name, st.integers(1, 4))
def test_any_repositories_are_paged_completely_and_in_order(
    names: set[str], after: str, limit: int
) -> None:
    async def listed() -> tuple[list[str], list[str]]:
        async with open_driver("memory") as driver, Store(driver) as store:
            for one in names:
                await link(driver, one)
            following = await store.catalog.list(limit=100, after=after)
            return await pages(store, limit), following.items

    expected = sorted(names, key=order_key)
    joined, following = asyncio.run(listed())

    assert expected == joined
    assert [one for one in expected if order_key(one) > order_key(after)] == following
