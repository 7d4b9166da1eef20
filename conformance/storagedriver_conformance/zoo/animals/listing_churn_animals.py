"""Crimes of listings while something else goes on."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from storagedriver.errors import PathNotFoundError, StorageBackendError
from storagedriver.records import FileInfo
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.keeping import Disk
from storagedriver_conformance.zoo.reference import Reference


class Busy(Reference):
    """It refuses to write while something is listed."""

    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.listing = 0

    def check_names(self, path: str) -> None:
        if self.listing:
            raise StorageBackendError("it is being listed", path=path, driver=self.name)
        super().check_names(path)


@crime("Nothing is written while a list is held open.", "list.held-open")
class LocksWhileListing(Busy):
    async def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        self.listing += 1
        try:
            async for info in super().list(path, start_after=start_after):
                yield info
        finally:
            self.listing -= 1


@crime("A walk that was left early keeps its lock.", "list.held-open", "surface.*", "list.*")
class KeepsItsLock(Busy):
    async def walk(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        found = [info async for info in super().walk(path, start_after=start_after)]
        for info in found[:-1]:
            self.listing += 1
            yield info
            self.listing -= 1
        for info in found[-1:]:
            yield info


@crime("All lists share one place.", "list.by-turns")
class SharesOneCursor(Reference):
    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.cursor: list[FileInfo] = []

    async def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        self.cursor = [info async for info in super().list(path, start_after=start_after)]
        while self.cursor:
            yield self.cursor.pop(0)


class ByIndex(Reference):
    """It asks for each page by the number of its first entry."""

    async def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        await self.enter(path, root=True)
        if start_after is not None:
            self.check_after(start_after)
        at, page = 0, self.capabilities.limits.page or 1
        names = self.listed(path, start_after)
        while names:
            for entry in [self.entry(f"{path.rstrip('/')}/{name}") for name in names]:
                yield entry
            at += page
            names = self.page(path, start_after, at)

    def listed(self, path: str, start_after: str | None) -> Sequence[str]:
        return super().listed(path, start_after)[: self.capabilities.limits.page]

    def page(self, path: str, start_after: str | None, at: int) -> Sequence[str]:
        """Return the names of a page."""
        names = super().listed(path, start_after)
        return names[at : at + (self.capabilities.limits.page or 1)]


@crime("Pages are asked for by number.", "list.while-writing", "list.*", seen_in="SQL's OFFSET")
class PagesByNumber(ByIndex):
    def page(self, path: str, start_after: str | None, at: int) -> Sequence[str]:
        try:
            return super().page(path, start_after, at)
        except PathNotFoundError:
            return []


class AsksEach(Reference):
    """It lists names, and asks for each one's record when it comes."""

    async def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        await self.enter(path, root=True)
        if start_after is not None:
            self.check_after(start_after)
        for name in self.listed(path, start_after):
            yield await self.stat(f"{path.rstrip('/')}/{name}")


@crime("A file that is gone meanwhile ends its list with an error.", "list.while-deleting")
class StumblesOverTheDeleted(AsksEach):
    pass


class ByToken(Reference):
    """It asks for each page by the last name of the page before."""

    async def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        await self.enter(path, root=True)
        if start_after is not None:
            self.check_after(start_after)
        names = self.listed(path, start_after)
        page = self.capabilities.limits.page or 1
        while names:
            for entry in [self.entry(f"{path.rstrip('/')}/{name}") for name in names[:page]]:
                yield entry
            if len(names) <= page:
                return
            names = self.rest(path, names[page - 1])

    def rest(self, path: str, last: str) -> Sequence[str]:
        """Return the names after one."""
        return self.listed(path, last)


@crime("A list ends where the last name of its page is gone.", "list.while-deleting", "list.*")
class LosesItsPlace(ByToken):
    def rest(self, path: str, last: str) -> Sequence[str]:
        names = self.children(path)
        return names[names.index(last) + 1 :] if last in names else []


@crime("A list whose directory is gone at its end fails.", "list.deleting-each")
class EndsWithAQuestion(Reference):
    async def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        async for info in super().list(path, start_after=start_after):
            yield info
        self.children(path)


@crime(
    "A walk lists directory by directory, and one that is gone ends it with an error.",
    "walk.tree-deleted",
)
class WalksByLists(Reference):
    async def walk(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        await self.enter(path, root=True)
        if start_after is not None:
            async for info in super().walk(path, start_after=start_after):
                yield info
            return
        async for info in self.list(path):
            yield info
            await asyncio.sleep(0)
            if info.is_dir:
                async for below in self.walk(info.path):
                    yield below
