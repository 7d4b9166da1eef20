import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storagedriver.drivers.objectstore import tree
from storagedriver.drivers.objectstore.listing import Space
from storagedriver.errors import InvalidPathError, PathNotFoundError
from storagedriver.paths import check_path, child_of, is_below, name_of, order_key, parent_of
from storagedriver.records import FileInfo
from tests.drivers.objectstore.stores import MemoryStore, by_bytes, by_components

Order = Callable[[str], object]
Listing = Callable[[Space, str, str | None], AsyncIterator[FileInfo]]
ORDERS = pytest.mark.parametrize("order", [by_bytes, by_components])


@dataclass(frozen=True)
class Service:
    """How a store lists: in which order, and whether it can begin in the middle."""

    order: Order
    has_start_after: bool = True


SERVICES = pytest.mark.parametrize(
    "service",
    [Service(by_bytes), Service(by_components), Service(by_bytes, has_start_after=False)],
    ids=["bytes", "components", "no start-after"],
)

# Names that begin like each other, and go on with what sorts before and behind the slash.
NAMES = st.sampled_from(["v1", "v1-rc", "v1-rc.2", "v1.0", "v1.0.1", "v10", "v1_", "a", "a-", "-"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map(lambda names: "/" + "/".join(names))
STRANGE = st.sampled_from(["v1/", "a//b", "v1/ä", "v1-rc/ x", "a/..", "~/w/a/!", "~/x", "-/"])


def is_path(path: str) -> bool:
    try:
        check_path(path)
    except InvalidPathError:
        return False
    return True


def space(store: MemoryStore, prefix: str = "") -> Space:
    return Space(store, prefix, is_file=is_path, is_directory=is_path, end=f"{prefix}~/")


def filled(
    paths: Sequence[str], order: Order, page_size: int, prefix: str = "", others: Sequence[str] = ()
) -> MemoryStore:
    store = MemoryStore(order=order, page_size=page_size)
    store.objects = {prefix + path[1:]: path.encode() for path in paths}
    store.objects |= {prefix + other: b"" for other in others}
    return store


def everything(paths: list[str], directory: str) -> list[str]:
    """What a walk has to give: the files below, and the directories that lead to them."""
    found = {path for path in paths if is_below(path, directory)}
    for path in list(found):
        while (path := parent_of(path)) != "/" and is_below(path, directory):
            found.add(path)
    return sorted(found, key=order_key)


@SERVICES
@settings(max_examples=60, deadline=None)
@given(
    paths=st.lists(PATHS, unique=True, max_size=25),
    others=st.lists(STRANGE, unique=True, max_size=3),
    page_size=st.integers(1, 7),
    prefix=st.sampled_from(["", "root/of/it/"]),
    data=st.data(),
)
def test_a_walk_gives_everything_in_order_from_anywhere_on(  # noqa: PLR0917 hypothesis names them
    service: Service,
    paths: list[str],
    others: list[str],
    page_size: int,
    prefix: str,
    data: st.DataObject,
) -> None:
    directory = data.draw(st.sampled_from(["/", "/v1", "/a-", "/v1-rc"]))
    after = data.draw(st.none() | PATHS.map(lambda path: directory.rstrip("/") + path))
    store = filled(paths, service.order, page_size, prefix, others)
    store.has_start_after = service.has_start_after
    files = space(store, prefix)

    expected = everything(paths, directory)
    if after is not None:
        expected = [path for path in expected if order_key(path) > order_key(after)]

    assert expected == asyncio.run(walked(files, directory, after))


@SERVICES
@settings(max_examples=60, deadline=None)
@given(
    paths=st.lists(PATHS, unique=True, max_size=25),
    others=st.lists(STRANGE, unique=True, max_size=3),
    page_size=st.integers(1, 7),
    data=st.data(),
)
def test_a_directory_is_listed_in_order_from_any_name_on(
    service: Service,
    paths: list[str],
    others: list[str],
    page_size: int,
    data: st.DataObject,
) -> None:
    directory = data.draw(st.sampled_from(["/", "/v1", "/a-", "/v1-rc"]))
    after = data.draw(st.none() | NAMES)
    store = filled(paths, service.order, page_size, "", others)
    store.has_start_after = service.has_start_after
    files = space(store)

    children = [path for path in everything(paths, directory) if parent_of(path) == directory]
    expected = [
        (path, path not in paths) for path in children if after is None or name_of(path) > after
    ]

    assert expected == asyncio.run(listed(files, directory, after))


async def walked(files: Space, directory: str, after: str | None) -> list[str]:
    try:
        return [info.path async for info in tree.below(files, directory, after)]
    except PathNotFoundError:
        assert not await files.holds_any(directory)
        return []


async def listed(files: Space, directory: str, after: str | None) -> list[tuple[str, bool]]:
    try:
        return [(info.path, info.is_dir) async for info in tree.children(files, directory, after)]
    except PathNotFoundError:
        assert not await files.holds_any(directory)
        return []


def tags(number: int) -> list[str]:
    """Tags named to hurt: most begin like others, and go on with `-` or `.`."""
    kinds = ["v{}", "v{}-rc", "v{}-rc.1", "v{}.0", "v{}.0.1", "v{}.0-rc"]
    names = [kinds[at % len(kinds)].format(at // len(kinds)) for at in range(number)]
    return [f"/r/tags/{name}/{rest}" for name in names for rest in ("current/link", "index/a/link")]


@ORDERS
async def test_a_page_of_thousands_of_tags_takes_two_listings_and_its_stems(order: Order) -> None:
    store = filled(tags(3_000), order, 1000)
    names = sorted({path.split("/")[3] for path in tags(3_000)})
    after: str | None = None
    seen: list[str] = []
    most = 0
    while True:
        store.requests.clear()
        page = []
        entries = tree.children(space(store), "/r/tags", after)
        async for info in entries:
            page.append(name_of(info.path))
            if len(page) == 100:
                break
        await entries.aclose()
        if not page:
            break
        stems = {name[:at] for name in page for at in range(len(name)) if name[at] in "-."}
        most = max(most, store.requests["page"] - len(stems))
        seen += page
        after = page[-1]

    assert names == seen
    assert most <= 2


@SERVICES
async def test_a_walk_of_many_keys_takes_few_listings(service: Service) -> None:
    store = filled(tags(5_000), service.order, 1000)
    store.has_start_after = service.has_start_after

    found = [info async for info in tree.below(space(store), "/", None) if not info.is_dir]

    assert 10_000 == len(found)
    assert store.requests["page"] <= 10 + 10 * 10


async def test_where_nothing_begins_in_the_middle_large_directories_before_are_not_read() -> None:
    paths = [f"/r/{name:03}/{number:05}" for name in range(50) for number in range(1_000)]
    store = filled(paths, by_bytes, 1000)
    store.has_start_after = False

    found = [info.path async for info in tree.children(space(store), "/r", "039")]

    assert [f"/r/{name:03}" for name in range(40, 50)] == found
    assert store.requests["page"] <= 1 + 10


@SERVICES
async def test_all_of_many_tags_are_listed_in_one_reading(service: Service) -> None:
    store = filled(tags(5_000), service.order, 1000)
    store.has_start_after = service.has_start_after

    found = [info async for info in tree.children(space(store), "/r/tags", None)]

    assert 5_000 == len(found)
    assert store.requests["page"] <= 10 + 10 * 10


@SERVICES
async def test_large_directories_are_passed_over_and_not_read_through(service: Service) -> None:
    paths = [f"/d{number}/{name:05}" for number in range(5) for name in range(10_000)]
    store = filled(paths, service.order, 1000)
    store.has_start_after = service.has_start_after

    found = [info.path async for info in tree.children(space(store), "/", None)]

    assert [f"/d{number}" for number in range(5)] == found
    assert store.requests["page"] < 10


async def test_a_directory_of_strangers_alone_is_none() -> None:
    store = filled(["/a/b"], by_bytes, 1000, "", ["m/", "m/ä", *(f"d{n}/x" for n in range(200))])

    names = [info.path async for info in tree.children(space(store), "/", None)]

    assert "/m" not in names
    with pytest.raises(PathNotFoundError):
        [info async for info in tree.below(space(store), "/m", None)]
    assert child_of("/a", "b") in [info.path async for info in tree.below(space(store), "/", None)]


@pytest.mark.parametrize("listing", [tree.children, tree.below])
async def test_a_directory_that_is_missing_is_asked_for_once(listing: Listing) -> None:
    store = filled(["/a/b"], by_bytes, 1000, "", [])

    with pytest.raises(PathNotFoundError):
        [info async for info in listing(space(store), "/missing", None)]

    assert {"page": 1} == store.requests
