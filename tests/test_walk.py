from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storagedriver import Capabilities, FileInfo, PathNotFoundError, Support
from storagedriver.paths import is_below, name_of, order_key, parent_of
from storagedriver.walk import walk
from tests.recording import RecordingDriver, drained


class ListingDriver(RecordingDriver):
    """Lists a given set of files, as the contract says, and counts what is open."""

    def __init__(self, files: set[str], *, exclusive: bool = True) -> None:
        support = Support.NATIVE if exclusive else Support.ABSENT
        super().__init__(Capabilities(exclusive_names=support))
        self.files = files
        self.open = 0
        self.most_open = 0

    def infos(self) -> list[FileInfo]:
        """Give all that exists, in order: a file wins over a directory of the same name."""
        directories = set()
        for file in self.files:
            path = parent_of(file)
            while path != "/":
                directories.add(path)
                path = parent_of(path)
        found = sorted(self.files | directories, key=order_key)
        return [FileInfo(path=path, is_dir=path not in self.files) for path in found]

    async def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        self.record("list", path, start_after)
        self.open += 1
        self.most_open = max(self.open, self.most_open)
        try:
            children = [info for info in self.infos() if parent_of(info.path) == path]
            if not children and path != "/":
                raise PathNotFoundError(path=path)
            for info in children:
                if start_after is None or name_of(info.path) > start_after:
                    yield info
        finally:
            self.open -= 1


names = st.sampled_from(["a", "a-b", "a.b", "b", "A"])
paths = st.lists(names, min_size=1, max_size=4).map(lambda parts: "/" + "/".join(parts))
trees = st.sets(paths, max_size=8)


def exclusive(files: set[str]) -> set[str]:
    """Drop the files that stand where a directory is needed."""
    return {path for path in files if not any(is_below(other, path) for other in files)}


@given(trees, st.booleans(), st.none() | paths)
async def test_a_walk_gives_everything_in_order(
    files: set[str],
    are_exclusive: bool,  # noqa: FBT001  # hypothesis draws it
    start_after: str | None,
) -> None:
    files = exclusive(files) if are_exclusive else files
    driver = ListingDriver(files, exclusive=are_exclusive)
    expected = [
        info
        for info in driver.infos()
        if start_after is None or order_key(info.path) > order_key(start_after)
    ]

    assert expected == await drained(walk(driver, "/", start_after=start_after))
    assert 0 == driver.open


@given(trees, paths, st.none() | paths)
async def test_a_walk_below_a_directory_gives_just_what_is_below(
    files: set[str], directory: str, below: str | None
) -> None:
    driver = ListingDriver(exclusive(files) | {directory + "/a"}, exclusive=False)
    start_after = None if below is None else directory + below
    expected = [
        info
        for info in driver.infos()
        if is_below(info.path, directory)
        and (start_after is None or order_key(info.path) > order_key(start_after))
    ]

    assert expected == await drained(walk(driver, directory, start_after=start_after))


@pytest.mark.parametrize("start_after", [None, "/missing/a", "/missing/a/b"])
async def test_a_missing_directory_is_not_found_at_the_first_step(start_after: str | None) -> None:
    entries = walk(ListingDriver({"/file"}), "/missing", start_after=start_after)

    with pytest.raises(PathNotFoundError):
        await anext(entries)


async def test_a_file_is_no_directory() -> None:
    with pytest.raises(PathNotFoundError):
        await drained(walk(ListingDriver({"/file"}), "/file"))


async def test_a_walk_reads_no_further_than_it_is_followed() -> None:
    driver = ListingDriver({"/a/b/c", "/d/e"})

    entries = walk(driver, "/")
    assert ["/a", "/a/b"] == [(await anext(entries)).path, (await anext(entries)).path]

    assert [("list", "/", None), ("list", "/a", None)] == driver.calls


async def test_where_a_walk_starts_is_passed_down_to_each_level() -> None:
    driver = ListingDriver({"/a/b/c", "/a/b/d", "/a/e", "/f"})

    entries = await drained(walk(driver, "/", start_after="/a/b/c"))

    assert ["/a/b/d", "/a/e", "/f"] == [entry.path for entry in entries]
    assert [
        ("list", "/a/b/c", None),
        ("list", "/a/b", "c"),
        ("list", "/a", "b"),
        ("list", "/", "a"),
    ] == driver.calls


async def test_a_walk_has_open_only_the_directories_above_it() -> None:
    driver = ListingDriver({f"/a{number}/b/c" for number in range(20)})

    await drained(walk(driver, "/"))

    assert 3 == driver.most_open


async def test_leaving_a_walk_closes_every_listing() -> None:
    driver = ListingDriver({"/a/b/c"})
    entries = walk(driver, "/")
    for _ in range(3):
        await anext(entries)
    assert 3 == driver.open

    await entries.aclose()

    assert 0 == driver.open


async def test_a_directory_that_goes_away_meanwhile_is_passed_over() -> None:
    driver = ListingDriver({"/a/b", "/c"})
    entries = walk(driver, "/")
    assert "/a" == (await anext(entries)).path

    driver.files.remove("/a/b")

    assert ["/c"] == [entry.path for entry in await drained(entries)]


async def test_a_walk_whose_own_directory_goes_away_ends() -> None:
    driver = ListingDriver({"/a/b/c/d"})
    entries = walk(driver, "/a", start_after="/a/b/c")
    assert "/a/b/c/d" == (await anext(entries)).path

    driver.files.clear()

    assert [] == await drained(entries)
