"""Crimes that show when calls are made at the same time."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Unpack

from storagedriver.errors import PathNotFoundError, PreconditionFailedError
from storagedriver.paths import parent_of
from storagedriver.protocol import Content
from storagedriver.records import FileInfo
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.conditions import Conditions
from storagedriver_conformance.zoo.keeping import Disk, ReferenceReader, Stored
from storagedriver_conformance.zoo.reference import Reference
from storagedriver_conformance.zoo.writing import Pending, ReferenceWriter

# A content up to this size is put at once.
SMALL = 1000


async def turn() -> None:
    await asyncio.sleep(0)


class ScratchWriter(ReferenceWriter):
    scratch: bytearray

    async def write(self, chunk: Content) -> None:
        scratch = getattr(self.driver, "scratch", bytearray())
        scratch[:] = chunk
        await turn()
        await super().write(bytes(scratch))


@crime("All writers of a driver fill one buffer.", "conc.independent")
class FillsOneBuffer(Reference):
    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.scratch = bytearray()

    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        return ScratchWriter(self, path, pending)


@crime(
    "The last path that a call was made for is kept in the driver, not in the call.",
    "conc.independent",
)
class KeepsThePathOutside(Reference):
    current = ""

    async def stat(self, path: str) -> FileInfo:
        self.current = path
        await turn()
        return await super().stat(self.current)


@crime("Each put writes into the file, in two halves.", "conc.one-of-puts", "cancel.put", "conc.*")
class PutsInHalves(Reference):
    async def put_content(
        self, path: str, content: Content, **options: Unpack[Conditions]
    ) -> FileInfo:
        info = await super().put_content(path, content, **options)
        if len(content) > SMALL:
            half, whole = len(content) // 2, bytes(content)
            before = self.find(path)
            self.disk.files[path] = Stored(whole[:half], before.version, before.modified)
            await turn()
            kept = self.disk.files.get(path, before).content
            self.disk.files[path] = Stored(kept + whole[half:], before.version, before.modified)
        return info


@crime(
    "Of puts at once to one path, those that find another under way fail.",
    "conc.one-of-puts",
    seen_in="distribution #143",
)
class PutsRefuseEachOther(Reference):
    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.under_way: set[str] = set()

    async def put_content(
        self, path: str, content: Content, **options: Unpack[Conditions]
    ) -> FileInfo:
        if path in self.under_way:
            raise PreconditionFailedError(path=path, driver=self.name)
        self.under_way.add(path)
        try:
            return await super().put_content(path, content, **options)
        finally:
            self.under_way.discard(path)


@crime(
    "A put removes the old file before it writes the new one.",
    "conc.seen-whole",
    "cancel.put",
    "reads.*",
)
class PutsRemoveFirst(Reference):
    async def put_content(
        self, path: str, content: Content, **options: Unpack[Conditions]
    ) -> FileInfo:
        await self.enter(path)
        kept = self.disk.files.pop(path, None)
        await turn()
        if kept is not None:
            self.disk.files.setdefault(path, kept)
        return await super().put_content(path, content, **options)


class RemovingCommitter(ReferenceWriter):
    async def commit(self) -> FileInfo:
        await self.driver.enter(self.path)
        self.check_open()
        self.check_owned()
        kept = self.driver.disk.files.pop(self.path, None)
        try:
            await turn()
        finally:
            if kept is not None:
                self.driver.disk.files.setdefault(self.path, kept)
        return await super().commit()


@crime("A commit takes the old file away before it publishes the new one.", "conc.seen-whole")
class CommitsRemoveFirst(Reference):
    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        return RemovingCommitter(self, path, pending)


class GrowingCommitter(ReferenceWriter):
    async def commit(self) -> FileInfo:
        await self.driver.enter(self.path)
        self.check_open()
        self.check_owned()
        kept = self.driver.disk.files.get(self.path)
        if kept is not None:
            self.driver.store(self.path, self.pending.content[:500])
        try:
            await turn()
        finally:
            if kept is not None:
                self.driver.disk.files[self.path] = kept
        return await super().commit()


@crime("A commit's file can be seen growing.", "conc.seen-whole")
class CommitsGrow(Reference):
    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        return GrowingCommitter(self, path, pending)


async def into(driver: Reference, path: str) -> None:
    """Find a directory, and later need it to be there still."""
    parent = parent_of(path)
    if driver.is_directory(parent):
        await turn()
        if not driver.is_directory(parent):
            raise PathNotFoundError(path=path, driver=driver.name)


@crime("A move fails when its destination's directory is emptied meanwhile.", "conc.emptied-parent")
class MovesNeedTheirDirectory(Reference):
    async def move(self, source: str, destination: str) -> None:
        await self.enter(source, destination)
        await into(self, destination)
        await super().move(source, destination)


class NeedyCommitter(ReferenceWriter):
    async def commit(self) -> FileInfo:
        await into(self.driver, self.path)
        return await super().commit()


@crime("A commit fails when its directory is emptied meanwhile.", "conc.emptied-parent")
class CommitsNeedTheirDirectory(Reference):
    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        return NeedyCommitter(self, path, pending)


@crime(
    "A delete that empties a directory removes it with what was moved there meanwhile.",
    "conc.emptied-parent",
    "delete.*",
)
class EmptyingTakesTheNew(Reference):
    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        parent = parent_of(path)
        empties = path in self.disk.files and list(self.at_and_below(parent)) == [path]
        await super().delete(path, if_match=if_match)
        if empties and parent != "/":
            await turn()
            for one in self.at_and_below(parent):
                del self.disk.files[one]


class SharingWriter(ReferenceWriter):
    def check_owned(self) -> None:
        self.pending = self.driver.disk.pending.get(self.path, self.pending)
        super().check_owned()


@crime(
    "A writer that lost its path goes on in the upload of the other.",
    "conc.writers",
    "writers.*",
    seen_in="distribution #2389",
)
class WritesForAnother(Reference):
    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        return SharingWriter(self, path, pending)


@crime("Of writers that are opened at once, each takes the path from the other.", "conc.writers")
class TakesOverBoth(Reference):
    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.opening: dict[str, int] = {}

    async def writer(self, path: str, *, append: bool = False) -> ReferenceWriter:
        self.opening[path] = self.opening.get(path, 0) + 1
        try:
            writer = await super().writer(path, append=append)
            await turn()
            if self.opening[path] > 1:
                self.disk.pending.pop(path, None)
        finally:
            self.opening[path] -= 1
        return writer


class CountedWriter(SharingWriter):
    def owns(self) -> bool:
        current = self.driver.disk.pending.get(self.path)
        return current is not None and current.generation == self.pending.generation

    def check_owned(self) -> None:
        if self.owns():
            self.pending = self.driver.disk.pending[self.path]
        ReferenceWriter.check_owned(self)


@crime("Each instance numbers the writers of a path by itself.", "conc.writers-of-all", "writers.*")
class CountsPerInstance(Reference):
    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.counts: Counter[str] = Counter()

    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        self.counts[path] += 1
        pending.generation = str(self.counts[path])
        return CountedWriter(self, path, pending)


@crime(
    "No more than eight files may be open at once; the ninth waits for ever.",
    "conc.held-open",
    "reads.*",
    "list.*",
    patience=0.5,
)
class EightAtOnce(Reference):
    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.free = asyncio.Semaphore(8)

    @asynccontextmanager
    async def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AsyncIterator[ReferenceReader]:
        async with self.free, super().reader(path, offset=offset, length=length) as reader:
            yield reader
