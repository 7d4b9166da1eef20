"""Crimes against conditions that races alone show."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from storagedriver.records import FileInfo
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.conditional import Conditional
from storagedriver_conformance.zoo.keeping import Disk, ReferenceReader, Stored
from storagedriver_conformance.zoo.reference import Reference


@crime("A creation looks, then acts.", "cond.one-creator")
class CreateLooksThenActs(Conditional):
    async def create(self, path: str, content: bytes) -> FileInfo:
        self.check_condition(path, if_match=None, if_none_match=True)
        await asyncio.sleep(0)
        return self.keep(path, content)


@crime("Creators of equal bytes at once all win.", "cond.one-creator")
class EqualCreatorsWin(Conditional):
    creating: tuple[tuple[str, bytes], ...] = ()

    async def create(self, path: str, content: bytes) -> FileInfo:
        if (path, content) in self.creating:
            await asyncio.sleep(0)
            return self.info(path)
        self.creating = (*self.creating, (path, content))
        try:
            info = await super().create(path, content)
            await asyncio.sleep(0)
        finally:
            self.creating = tuple(one for one in self.creating if one != (path, content))
        return info


@crime("Of creators at once none wins.", "cond.one-creator")
class NoCreatorWins(Conditional):
    creating: tuple[str, ...] = ()

    async def create(self, path: str, content: bytes) -> FileInfo:
        self.creating = (*self.creating, path)
        await asyncio.sleep(0)
        alone = self.creating.count(path) == 1
        await asyncio.sleep(0)
        self.creating = tuple(one for one in self.creating if one != path)
        if not alone:
            raise self.fail(path)
        return await super().create(path, content)


@crime("A lock for conditions is one of the instance.", "cond.one-creator-of-all")
class LocksCreationsInInstance(Conditional):
    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.lock = asyncio.Lock()

    async def create(self, path: str, content: bytes) -> FileInfo:
        async with self.lock:
            self.check_condition(path, if_match=None, if_none_match=True)
            await asyncio.sleep(0)
            return self.keep(path, content)


@crime("A replacement looks, then acts.", "cond.one-replacer")
class SwapLooksThenActs(Conditional):
    async def swap(self, path: str, content: bytes, version: str) -> FileInfo:
        self.check_condition(path, if_match=version, if_none_match=False)
        await asyncio.sleep(0)
        return self.keep(path, content)


@crime("A lock for replacements is one of the instance.", "cond.one-replacer-of-all")
class LocksSwapsInInstance(Conditional):
    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.lock = asyncio.Lock()

    async def swap(self, path: str, content: bytes, version: str) -> FileInfo:
        async with self.lock:
            self.check_condition(path, if_match=version, if_none_match=False)
            await asyncio.sleep(0)
            return self.keep(path, content)


@crime("A reader tells the version of another moment than its bytes.", "cond.counter", "reads.*")
class ReaderTellsLater(Reference):
    @asynccontextmanager
    async def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AsyncIterator[ReferenceReader]:
        async with super().reader(path, offset=offset, length=length) as early:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            if path in self.disk.files and self.disk.files[path].content:
                info = replace(self.info(path), size=early.info.size)
                yield ReferenceReader(info, early._content)  # noqa: SLF001 - of the same zoo
            else:
                yield early


@crime("A replacement is lost if another comes right after it.", "cond.counter", "cond.one-*")
class SwapIsDelayed(Conditional):
    async def swap(self, path: str, content: bytes, version: str) -> FileInfo:
        self.check_condition(path, if_match=version, if_none_match=False)
        old = self.disk.files[path]
        info = self.keep(path, content)
        self.disk.files[path] = Stored(old.content, info.version or "", old.modified)
        for _ in range(4):
            await asyncio.sleep(0)
        if self.disk.files[path].version == info.version:
            self.disk.files[path] = Stored(content, info.version or "", old.modified)
        return info
