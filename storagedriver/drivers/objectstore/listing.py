"""Listing in the contract's order: the files of a tree, or a directory's children.

`ordering` says why it takes so few requests more than the service's own order would.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from functools import partial
from itertools import takewhile
from typing import NamedTuple

from storagedriver.aio import closing
from storagedriver.drivers.objectstore.concurrency import together
from storagedriver.drivers.objectstore.ordering import (
    LAST,
    child_behind,
    child_on_the_way,
    is_passed,
    passed_directory,
    stems,
    ways,
)
from storagedriver.drivers.objectstore.service import Found, ObjectService, Page
from storagedriver.paths import child_of, is_below, order_key

# What one listing asks of a service at once.
_AT_ONCE = 16
# With fewer names in a page, its directories are large: they are then asked for by name.
_FEW = 100


_Late = tuple[tuple[str, ...], str, str | None]


class Late(NamedTuple):
    """A directory that a page's last entries come after, and that the service lists behind them.

    `place` is where it belongs, as an `order_key`; `page` is the first that is missing of it.
    """

    place: tuple[str, ...]
    directory: str
    page: Page


class Space:
    """The objects below a prefix, as paths: what follows the prefix, led by `/`.

    `is_file` and `is_directory` tell which paths are ours; other keys are passed over. A listing
    ends at the keys that begin with `end`, behind which nothing of ours comes. The objects that it
    gives have paths for keys.
    """

    def __init__(
        self,
        service: ObjectService,
        prefix: str,
        *,
        is_file: Callable[[str], bool],
        is_directory: Callable[[str], bool],
        end: str | None = None,
    ) -> None:
        self._service = service
        self._prefix = prefix
        self._is_file = is_file
        self._is_directory = is_directory
        self._end = end

    def key(self, path: str) -> str:
        """Return the key of a path."""
        return self._prefix + path[1:]

    async def holds_any(self, directory: str) -> bool:
        """Tell whether a file lies below a directory: in one request, but for strangers' keys."""
        page = await self._page(directory, most=2)
        while not any(self._is_file(found.key) for found in page.objects):
            if page.more is None:
                return False
            page = await self._page(directory, more=page.more)
        return True

    async def files(self, directory: str, *, after: str | None = None) -> AsyncIterator[Found]:
        """Give all files below a directory; with `after`, from behind that child's directory on."""
        start = given = None
        if after is not None:
            child = child_of(directory, after)
            start, given = self.key(child), f"{child}/{LAST}"
        page = await self._page(directory, after=start)
        rest = self._rest(directory, page, given)
        async with closing(rest):
            async for found in rest:
                yield found

    async def _rest(self, directory: str, page: Page, given: str | None) -> AsyncIterator[Found]:
        """Give the files of a page of a directory and of those that follow, behind `given`."""
        left: str | None = None
        while True:
            merged = self._merged(directory, page, given)
            async with closing(merged):
                async for found in merged:
                    given = found.key
                    yield found
            if page.more is None:
                return
            passed: str | None = None
            if self._service.has_start_after:
                passed = passed_directory(page.objects[-1].key, directory, given)
            if passed is None or passed == left:
                page = await self._page(directory, more=page.more)
            else:
                page = await self._page(directory, after=f"{self.key(passed)}/{LAST}")
                # Strangers' keys may come behind even that.
                left = passed

    async def children(
        self, directory: str, *, after: str | None = None
    ) -> AsyncIterator[tuple[str, Found | None]]:
        """Give the paths in a directory, each with the file there, or None for a directory."""
        given = None if after is None else child_of(directory, after)
        # What comes before is then read name by name, not with all that is below.
        delimiter = "" if given is None or self._service.has_start_after else "/"
        after = None if given is None else self.key(given)
        page = await self._page(directory, after=after, delimiter=delimiter)
        while True:
            names, asked = self._names(directory, page, given)
            there = self._there(names, asked)
            async with closing(there):
                async for path, found in there:
                    given = path
                    yield path, found
            if page.more is None:
                return
            is_few = len(names) < _FEW
            if delimiter or not (is_few or self._service.has_start_after):
                page = await self._page(directory, more=page.more, delimiter=delimiter)
            else:
                delimiter = "/" if is_few else ""
                behind = self.key(child_behind(page.objects[-1].key, directory))
                page = await self._page(directory, after=behind, delimiter=delimiter)

    async def _merged(self, directory: str, page: Page, given: str | None) -> AsyncIterator[Found]:
        """Give the files of a page in order, with those that belong before its last ones."""
        ours = [found for found in page.objects if self._is_file(found.key)]
        ours = [found for found in ours if not is_passed(found.key, given)]
        ours.sort(key=lambda found: order_key(found.key))
        at = 0
        for late in await self._late(directory, page, ours, given):
            while at < len(ours) and order_key(ours[at].key) <= late.place:
                given = ours[at].key
                yield ours[at]
                at += 1
            rest = self._rest(late.directory, late.page, given)
            async with closing(rest):
                async for found in rest:
                    given = found.key
                    yield found
        for found in ours[at:]:
            yield found

    async def _late(
        self, directory: str, page: Page, ours: list[Found], given: str | None
    ) -> list[Late]:
        """Return the directories that the service goes on with too late, in their order."""
        if page.more is None:
            return []
        last = page.objects[-1].key
        # A file of that name may have been given, and what lies below it not.
        unseen: list[_Late] = [
            (order_key(stem), stem, None)
            for stem in stems(last, directory)
            if self._is_directory(stem) and (stem == given or not is_passed(stem, given))
            if not any(is_below(found.key, stem) for found in page.objects)
        ]
        cut: list[_Late] = [
            (order_key(f"{way}/{LAST}"), way, self.key(last))
            for way in ways(last, directory)
            if self._is_directory(way) and ours
            if order_key(ours[-1].key) > order_key(f"{way}/{LAST}")
        ]
        wanted = sorted(unseen + cut, key=lambda late: late[0])
        calls = [partial(self._page, way, after=after) for _, way, after in wanted]
        pages = await together(calls, most=_AT_ONCE)
        return [
            Late(place, way, first)
            for (place, way, _), first in zip(wanted, pages, strict=True)
            if first.objects
        ]

    async def _there(
        self, names: dict[str, Found | None], asked: set[str]
    ) -> AsyncIterator[tuple[str, Found | None]]:
        """Give children in order. Those to be asked for are when it is their turn, and no sooner.

        Whoever wants the first names alone does not wait for the answers about all others.
        """
        ordered = sorted({*names, *asked})
        at = 0
        while at < len(ordered):
            unsure = list(takewhile(asked.__contains__, ordered[at : at + _AT_ONCE]))
            if not unsure:
                yield ordered[at], names[ordered[at]]
                at += 1
                continue
            calls = [partial(self.holds_any, path) for path in unsure]
            answers = await together(calls, most=_AT_ONCE)
            for path, is_there in zip(unsure, answers, strict=True):
                if is_there:
                    yield path, None
            at += len(unsure)

    def _names(
        self, directory: str, page: Page, given: str | None
    ) -> tuple[dict[str, Found | None], set[str]]:
        """Return the children in a page, by path, and what else may be one before its last ones."""
        names: dict[str, Found | None] = {}
        for found in page.objects:
            child = child_on_the_way(found.key, directory)
            if self._is_file(found.key) and not is_passed(child, given):
                names[child] = found if child == found.key else names.get(child)
        asked = set(page.prefixes)
        if page.more is not None:
            last = page.objects[-1].key if not page.prefixes else self._last(page)
            child = child_on_the_way(last, directory)
            asked |= {child, *stems(child, directory)} - {last}
        asked = {child for child in asked - names.keys() if self._is_directory(child)}
        return names, {child for child in asked if not is_passed(child, given)}

    def _last(self, page: Page) -> str:
        """Return the last entry of a page whose files and directories are listed apart."""
        files = [found.key for found in page.objects]
        return max([*files, *(f"{path}/" for path in page.prefixes)])

    async def _page(
        self,
        directory: str,
        *,
        after: str | None = None,
        more: str | None = None,
        delimiter: str = "",
        most: int = 1000,
    ) -> Page:
        """Ask for a page of what lies below a directory, with paths for keys.

        A page that is not the last has at least one entry.
        """
        prefix = self.key(directory.rstrip("/") + "/")
        while True:
            page = await self._service.page(
                prefix, after=after, more=more, delimiter=delimiter, most=most
            )
            page = self._ended(page)
            if page.more is None or page.objects or page.prefixes:
                break
            after, more = None, page.more
        return Page(
            objects=[replace(found, key=self._path(found.key)) for found in page.objects],
            prefixes=[self._path(one).rstrip("/") for one in page.prefixes],
            more=page.more,
        )

    def _ended(self, page: Page) -> Page:
        """Cut off the end of a page, from where nothing of ours comes."""
        end = self._end
        if end is None or not (page.objects or page.prefixes):
            return page
        objects = [found for found in page.objects if not found.key.startswith(end)]
        prefixes = [one for one in page.prefixes if not one.startswith(end)]
        is_whole = len(objects) == len(page.objects) and len(prefixes) == len(page.prefixes)
        return page if is_whole else Page(objects=objects, prefixes=prefixes)

    def _path(self, key: str) -> str:
        return "/" + key.removeprefix(self._prefix)
