"""What it takes to list tags that are named to hurt, counted in requests for pages."""

from bisect import bisect_left, bisect_right
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import aclosing
from typing import Any

import pytest

from storagedriver.drivers.objectstore import tree
from storagedriver.drivers.objectstore.listing import Space
from storagedriver.drivers.objectstore.service import Found, Page
from storagedriver.errors import InvalidPathError
from storagedriver.paths import check_path, name_of
from storagedriver.records import FileInfo
from tests.drivers.objectstore.stores import MOMENT, MemoryStore, by_bytes, by_components

TAGS = "/r/_manifests/tags"
PAGE = 100
AT_ONCE = 16
ENDINGS = ("", "-rc", "-rc.1", "-rc-2", ".0", ".0-rc", ".0.1", ".0.1-rc.3", "_0", ".0.1-a.b-c")

Names = Callable[[int], list[str]]
Order = Callable[[str], Any]

ORDERS = pytest.mark.parametrize("order", [by_bytes, by_components])


def versions(number: int) -> list[str]:
    """Each version, and what goes on from it with what sorts before a slash."""
    kinds = len(ENDINGS)
    return [f"v{at // kinds}{ENDINGS[at % kinds]}" for at in range(number)]


def of_one_stem(number: int) -> list[str]:
    """All go on from one that is the first of them, and that a service which sorts lists last."""
    return ["v1", *(f"v1{'-.'[at % 2]}{at}" for at in range(number - 1))]


def of_many_stems(number: int) -> list[str]:
    """Each has many stems, of which few are names."""
    stems = ["1" + "".join(f"{'.-'[at % 2]}{at}" for at in range(most)) for most in range(30)]
    return [f"{stems[at % 30]}.n{at}" for at in range(number - 30)] + stems


class Bucket:
    """So many objects for each tag, in a service's order; listings are told from probes.

    A probe asks for the beginning of a directory within the one that is listed.
    """

    has_start_after = True

    def __init__(self, names: Collection[str], each: int, order: Order) -> None:
        self._order = order
        ends = [f"{'index/sha256/' * (at > 0)}{at}/link" for at in range(each)]
        keys = [f"{TAGS[1:]}/{name}/{end}" for name in names for end in ends]
        self._keys = sorted(keys, key=order)
        self._places = [order(key) for key in self._keys]
        self.listings = self.probes = 0

    async def page(
        self,
        prefix: str,
        *,
        after: str | None = None,
        more: str | None = None,
        delimiter: str = "",
        most: int = 1000,
    ) -> Page:
        """Give a page; directories are small enough here to do without a delimiter."""
        assert not delimiter
        is_probe = more is None and prefix != f"{TAGS[1:]}/"
        self.probes += is_probe
        self.listings += not is_probe
        start = bisect_left(self._places, self._order(prefix))
        if (last := more or after) is not None:
            start = max(start, bisect_right(self._places, self._order(last)))
        keys = [key for key in self._keys[start : start + most + 1] if key.startswith(prefix)]
        found = [Found(key=key, size=0, modified=MOMENT, version="") for key in keys[:most]]
        return Page(objects=found, more=keys[most - 1] if len(keys) > most else None)


def space(bucket: Bucket | MemoryStore) -> Space:
    service: Any = bucket  # nothing but pages is asked for
    return Space(service, "", is_file=is_path, is_directory=is_path, end="~/")


def is_path(path: str) -> bool:
    try:
        check_path(path)
    except InvalidPathError:
        return False
    return True


async def first(entries: AsyncIterator[FileInfo], most: int) -> list[str]:
    found: list[str] = []
    async for info in entries:
        found.append(name_of(info.path))
        if len(found) == most:
            break
    return found


@ORDERS
@pytest.mark.parametrize(
    ("names", "each"), [(versions, 1), (versions, 5), (of_one_stem, 2), (of_many_stems, 2)]
)
async def test_pages_of_tags_are_the_sorted_whole_and_take_two_listings_and_their_stems(
    order: Order, names: Names, each: int
) -> None:
    tags = names(10_000)
    bucket = Bucket(tags, each, order)
    seen: list[str] = []
    while len(seen) % PAGE == 0:
        bucket.listings = bucket.probes = 0
        after = seen[-1] if seen else None
        async with aclosing(tree.children(space(bucket), TAGS, after)) as entries:
            page = await first(entries, PAGE)
        if not page:
            break
        stems = {tag[:at] for tag in page for at in range(len(tag)) if tag[at] in "-."}
        assert bucket.listings <= 2, after
        assert bucket.probes <= len(stems), after
        seen += page

    assert sorted(tags) == seen


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("order", "names"),
    [(by_bytes, versions), (by_bytes, of_one_stem), (by_components, of_many_stems)],
)
async def test_a_walk_of_very_many_keys_takes_two_listings_for_a_page_of_the_service(
    order: Order, names: Names
) -> None:
    tags = names(50_000)
    bucket = Bucket(tags, 2, order)
    stems = {tag[:at] for tag in tags for at in range(len(tag)) if tag[at] in "-."}

    async with aclosing(tree.below(space(bucket), TAGS, None)) as entries:
        files = [info.path async for info in entries if not info.is_dir]

    assert 100_000 == len(files)
    assert bucket.listings <= 200
    assert bucket.probes <= len(stems)


async def test_children_with_many_keys_are_asked_for_when_it_is_their_turn() -> None:
    store = MemoryStore()
    names = [f"v{number:03}" for number in range(300)]
    keys = [f"{TAGS[1:]}/{name}/{at:02}/link" for name in names for at in range(30)]
    store.objects = dict.fromkeys(keys, b"")

    async with aclosing(tree.children(space(store), TAGS, None)) as entries:
        page = await first(entries, PAGE)

    assert names[:PAGE] == page
    assert store.requests["page"] <= 2 + PAGE + AT_ONCE
