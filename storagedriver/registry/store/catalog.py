"""The catalog: which repositories there are."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing

from storagedriver.protocol import StorageDriver
from storagedriver.registry.store.errors import CatalogTooLargeError
from storagedriver.registry.store.links import check_known
from storagedriver.registry.store.names import check_repository
from storagedriver.registry.store.records import Page
from storagedriver.registry.store.repositories import Walk

Shown = Callable[[str], Awaitable[bool]]

LOOKED_AT = 3000
"""How many names a search looks at."""

PASSED_OVER = 1000
"""How many names a page passes over that are not shown: as many as the longest page has."""


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
        page and with what is passed over, not with what the repositories hold: one listing of
        storage for each of their folders. A page ends where it has passed over `PASSED_OVER` names
        that are not to be shown, and may then have few items or none. With a limit of 0 nothing is
        looked for, and nothing said to follow.

        Raises `NameInvalidError` where `after` can be no name.
        """
        if after:
            check_repository(after)
        if limit <= 0:
            return Page(items=[], more=False)
        names: list[str] = []
        passed_over = 0
        walk = Walk(self._driver, wanted=limit + 1)
        async with aclosing(walk.behind(after or "")) as folders:
            async for folder in folders:
                if not await shown(folder.name):
                    passed_over += 1
                    if passed_over == PASSED_OVER:
                        return Page(items=names, more=True, after=folder.name)
                elif folder.is_known:
                    names.append(folder.name)
                walk.wanted = limit + 1 - len(names)
                if not walk.wanted:
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
        walk = Walk(self._driver, wanted=LOOKED_AT + 1)
        async with aclosing(walk.behind("")) as folders:
            async for folder in folders:
                if len(names) >= skip + limit:
                    break
                looked_at += 1
                walk.wanted -= 1
                if looked_at > LOOKED_AT:
                    message = f"with more than {LOOKED_AT} names to look at, there is no search"
                    raise CatalogTooLargeError(f"{message}: read the catalog")
                if text in folder.name and folder.is_known and await shown(folder.name):
                    names.append(folder.name)
        return names[skip:]

    async def check(self, name: str) -> None:
        """Raise `NameUnknownError` where there is no such repository, `NameInvalidError`."""
        check_repository(name)
        await check_known(self._driver, name)
