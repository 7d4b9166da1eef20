"""The catalog: every repository once, in order, at a cost that the page bounds."""

import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storagedriver.factory import open_driver
from storagedriver.paths import order_key
from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import Digest, Page, Store, layout
from storagedriver.registry.store.errors import NameInvalidError
from storagedriver.registry.store.repositories import Walk
from tests.registry.store.content import CONFIG, push_blob, push_image, unhurried
from tests.registry.store.spying import SpyingDriver
from tests.waiting import turns

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


async def test_empty_folders_make_no_repository(tmp_path: Path) -> None:
    async with open_driver("filesystem", rootdirectory=str(tmp_path)) as driver:
        for path in (
            layout.manifests("a"),
            layout.layers("a/b"),
            layout.tags("c"),
            "/b/_manifests",
        ):
            (tmp_path / path.lstrip("/")).mkdir(parents=True)
        await link(driver, "a/c")
        async with Store(driver) as store:
            assert ["a/c"] == (await store.catalog.list(limit=10)).items


@pytest.mark.parametrize("is_known", [True, False])
async def test_a_folder_with_more_others_in_it_than_are_remembered_is_listed_to_its_end(
    driver: StorageDriver, *, is_known: bool
) -> None:
    names = [f"a/{number:03}" for number in range(150)]  # all come before `a/_layers`
    for name in names:
        await link(driver, name)
    if is_known:
        await link(driver, "a")

    async with Store(driver) as store:
        page = await store.catalog.list(limit=1000)

    assert Page(items=["a"] * is_known + names, more=False) == page


async def test_of_a_folder_no_more_is_remembered_than_a_page_needs(driver: StorageDriver) -> None:
    for number in range(150):
        await link(driver, f"a/{number:03}")

    for wanted, remembered in ((1000, 128), (5, 5)):
        async with aclosing(Walk(driver, wanted=wanted).behind("")) as folders:
            folder = await anext(folders)

        assert ("a", remembered) == (folder.name, len(folder.below))


@pytest.mark.parametrize("after", [None, "team/app200"])
async def test_a_page_costs_one_listing_for_each_repository(
    driver: StorageDriver, after: str | None
) -> None:
    for number in range(300):
        await link(driver, f"team/app{number:03}", is_manifest=number % 2 == 0)
    spy = SpyingDriver(driver)

    async with Store(spy) as store:
        page = await store.catalog.list(limit=5, after=after)

    first = 0 if after is None else 201
    apps = [f"team/app{number:03}" for number in range(first, first + 6)]
    assert Page(items=apps[:5], more=True) == page
    above = ["", "/team"] if after is None else [f"/{after}", "/team"]
    below = [f"/{name}" for name in apps]
    assert [f"list {layout.REPOSITORIES}{path}" for path in above + below] == spy.calls


async def test_several_folders_are_looked_into_at_a_time_but_not_all(driver: StorageDriver) -> None:
    running: list[str] = []
    at_once: list[int] = []

    async def begin(call: str) -> None:
        running.append(call)
        at_once.append(len(running))
        await turns()

    async def end(call: str) -> None:
        running.remove(call)

    for number in range(50):
        await link(driver, f"app{number:02}")
    async with Store(SpyingDriver(driver, before=begin, after=end)) as store:
        await store.catalog.list(limit=40)

    assert 16 == max(at_once)
    assert [] == running


def marks(name: str) -> dict[str, tuple[list[str], bool]]:
    """Return what may lie in a repository's folder, and whether that makes it a repository."""
    return {
        "layer": ([layout.layer(name, DIGEST)], True),
        "manifest": ([layout.revision(name, DIGEST)], True),
        "both": ([layout.layer(name, DIGEST), layout.revision(name, DIGEST)], True),
        "upload": ([layout.upload_data(name, "id")], False),
        "strange": ([f"{layout.repository(name)}/{one}" for one in ("_x/y", "Z/_layers/z")], False),
        "deleted": ([], False),
    }


component = st.sampled_from(["a", "a-b", "a.b", "a0", "b", "0", "1", "2"])
name = st.lists(component, min_size=1, max_size=3).map("/".join)
kind = st.sampled_from(sorted(marks("a")))


@settings(unhurried, max_examples=60)
@given(st.dictionaries(name, kind, max_size=12), name, st.integers(1, 4))
def test_any_repositories_are_paged_completely_and_in_order(
    kinds: dict[str, str], after: str, limit: int
) -> None:
    async def listed() -> tuple[list[str], list[str]]:
        async with open_driver("memory") as driver, Store(driver) as store:
            for one, kind in kinds.items():
                paths, _ = marks(one)[kind]
                for path in paths:
                    await driver.put_content(path, b"x")
                if kind == "deleted":
                    await link(driver, one)
                    await driver.delete(layout.layers(one))
            following = await store.catalog.list(limit=100, after=after)
            return await pages(store, limit), following.items

    names = [one for one, kind in kinds.items() if marks(one)[kind][1]]
    expected = sorted(names, key=order_key)
    joined, following = asyncio.run(listed())

    assert expected == joined
    assert [one for one in expected if order_key(one) > order_key(after)] == following
