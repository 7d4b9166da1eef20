"""The catalog: which repositories there are."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing, suppress

from storagedriver.aio import closing
from storagedriver.errors import PathNotFoundError
from storagedriver.paths import child_of, name_of
from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import layout
from storagedriver.registry.store.errors import CatalogTooLargeError
from storagedriver.registry.store.links import check_known, is_known
from storagedriver.registry.store.names import check_repository, is_repository
from storagedriver.registry.store.records import Page

Shown = Callable[[str], Awaitable[bool]]

LOOKED_AT = 3000
"""How many names a search looks at: it costs about what the longest page of the catalog does."""


async def _everything(_: str) -> bool:
    return True


class Catalog:
    """The repositories, in the order of their names component by component: `a/b` before `a-b`."""

    def __init__(self, driver: StorageDriver) -> None:
        self._driver = driver

    async def list(
        self, *, limit: int, after: str | None = None, shown: Shown = _everything
    ) -> Page:
        """Give the names of at most `limit` repositories, of those that are to be `shown`.

        `after` is a name, there or not: only what follows it is given. The cost grows with the
        page and with what is passed over, not with what the repositories hold. With a limit of 0
        nothing is looked for, and nothing said to follow.

        Raises `NameInvalidError` where `after` can be no name.
        """
        if after:
            check_repository(after)
        if limit <= 0:
            return Page(items=[], more=False)
        names: list[str] = []
        async with aclosing(self._below("", after.split("/") if after else [])) as candidates:
            async for name in candidates:
                if await shown(name) and await is_known(self._driver, name):
                    names.append(name)
                if len(names) > limit:
                    break
        return Page(items=names[:limit], more=len(names) > limit)

    async def search(
        self, text: str, *, limit: int, skip: int = 0, shown: Shown = _everything
    ) -> Sequence[str]:
        """Give the names of at most `limit` repositories that have `text` in them, in any case.

        `shown` is as for `list`, and `skip` how many of those come before. At most `LOOKED_AT`
        names are looked at, each with one listing of storage. Raises `CatalogTooLargeError` where
        these are not enough.
        """
        text = text.lower()
        names: list[str] = []
        looked_at = 0
        async with aclosing(self._below("", [])) as candidates:
            async for name in candidates:
                if len(names) >= skip + limit:
                    break
                looked_at += 1
                if looked_at > LOOKED_AT:
                    message = f"with more than {LOOKED_AT} names to look at, there is no search"
                    raise CatalogTooLargeError(f"{message}: read the catalog")
                if text in name and await shown(name) and await is_known(self._driver, name):
                    names.append(name)
        return names[skip:]

    async def check(self, name: str) -> None:
        """Raise `NameUnknownError` where there is no such repository, `NameInvalidError`."""
        check_repository(name)
        await check_known(self._driver, name)

    async def _below(self, prefix: str, after: Sequence[str]) -> AsyncGenerator[str, None]:
        """Give what may be repositories, whose names begin with `prefix` and have more components.

        `after` are the components behind the prefix that all of them follow.
        """
        if after:
            first = f"{prefix}{after[0]}"
            async with aclosing(self._below(f"{first}/", after[1:])) as candidates:
                async for name in candidates:
                    yield name
        directory = child_of(layout.REPOSITORIES, prefix[:-1]) if prefix else layout.REPOSITORIES
        start = after[0] if after else None
        with suppress(PathNotFoundError):
            async with closing(self._driver.list(directory, start_after=start)) as entries:
                async for entry in entries:
                    name = f"{prefix}{name_of(entry.path)}"
                    if not entry.is_dir or not is_repository(name):
                        continue
                    yield name
                    async with aclosing(self._below(f"{name}/", [])) as candidates:
                        async for nested in candidates:
                            yield nested
