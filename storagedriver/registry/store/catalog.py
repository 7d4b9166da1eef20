"""The catalog: which repositories there are."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing, suppress

from storagedriver.aio import closing
from storagedriver.errors import PathNotFoundError
from storagedriver.paths import child_of, name_of
from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import layout
from storagedriver.registry.store.links import is_known
from storagedriver.registry.store.names import check_repository, is_repository
from storagedriver.registry.store.records import Page

Shown = Callable[[str], Awaitable[bool]]


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
        async with aclosing(
            self._below("", after.split("/") if after else [], shown)
        ) as repositories:
            async for name in repositories:
                names.append(name)
                if len(names) > limit:
                    break
        return Page(items=names[:limit], more=len(names) > limit)

    async def _below(
        self, prefix: str, after: Sequence[str], shown: Shown
    ) -> AsyncGenerator[str, None]:
        """Give the repositories whose names begin with `prefix` and have more components.

        `after` are the components behind the prefix that all of them follow.
        """
        if after:
            first = f"{prefix}{after[0]}"
            async with aclosing(self._below(f"{first}/", after[1:], shown)) as repositories:
                async for name in repositories:
                    yield name
        directory = child_of(layout.REPOSITORIES, prefix[:-1]) if prefix else layout.REPOSITORIES
        start = after[0] if after else None
        with suppress(PathNotFoundError):
            async with closing(self._driver.list(directory, start_after=start)) as entries:
                async for entry in entries:
                    name = f"{prefix}{name_of(entry.path)}"
                    if not entry.is_dir or not is_repository(name):
                        continue
                    if await shown(name) and await is_known(self._driver, name):
                        yield name
                    async with aclosing(self._below(f"{name}/", [], shown)) as repositories:
                        async for nested in repositories:
                            yield nested
