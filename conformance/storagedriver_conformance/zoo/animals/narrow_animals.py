"""Crimes so narrow that a single property sees each."""

import asyncio
from collections.abc import Sequence
from typing import Unpack

from storagedriver.errors import PathNotFoundError, PreconditionFailedError
from storagedriver.paths import name_of, parent_of
from storagedriver.protocol import Content
from storagedriver.records import FileInfo
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.conditions import Conditions
from storagedriver_conformance.zoo.keeping import Disk, Stored
from storagedriver_conformance.zoo.reference import Reference
from storagedriver_conformance.zoo.writing import Pending, ReferenceWriter

SMALL = 64
PART = 1000
PAGE = 10


@crime(
    "Reads are answered from a cache by name and size; what is small is not worth one.",
    "content.own-key",
)
class CachesByNameAndSize(Reference):
    def find(self, path: str) -> Stored:
        stored = super().find(path)
        size = len(stored.content)
        if size < SMALL:
            return stored
        for one, other in self.disk.files.items():
            if name_of(one) == name_of(path) and len(other.content) == size:
                return Stored(other.content, stored.version, stored.modified)
        return stored


@crime(
    "What is empty is taken for a directory's marker: a move onto it leaves it as it is.",
    "move.replaces",
    seen_in="object stores with directory markers",
)
class MoveSparesEmptyFiles(Reference):
    async def transfer(self, source: str, destination: str) -> None:
        old = self.disk.files.get(destination)
        await super().transfer(source, destination)
        if old is not None and not old.content:
            self.store(destination, b"")


@crime("A page that is just full loses its last name.", "pages.list")
class ListsAFullPageShort(Reference):
    def children(self, path: str) -> Sequence[str]:
        names = super().children(path)
        return names[:-1] if len(names) == PAGE else names


@crime("A walk of what never was gives nothing, and no error.", "walk.missing")
class WalksTheMissing(Reference):
    def everything_below(self, path: str) -> Sequence[str]:
        try:
            return super().everything_below(path)
        except PathNotFoundError:
            if path in self.disk.files or parent_of(path) in self.disk.files:
                raise
            return []


class LeavingWriter(ReferenceWriter):
    left: set[str]

    async def cancel(self) -> None:
        await super().cancel()
        self.left.add(parent_of(self.path))


@crime("A cancel leaves the directory that was made for its writer.", "writers.cancel")
class CancelLeavesADirectory(Reference):
    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.left: set[str] = set()

    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        writer = LeavingWriter(self, path, pending)
        writer.left = self.left
        return writer

    async def stat(self, path: str) -> FileInfo:
        try:
            return await super().stat(path)
        except PathNotFoundError:
            if path not in self.left:
                raise
            return FileInfo(path=path, is_dir=True)


@crime(
    "A chunk that fills the first part up loses what does not go into it.",
    "parts.splits",
    seen_in="object stores' multipart uploads",
)
class LosesTheOverflow(Reference):
    class Writer(ReferenceWriter):
        def take(self, chunk: bytes) -> None:
            begun = len(self.pending.content)
            super().take(chunk[: PART - begun] if 0 < begun < PART else chunk)


@crime(
    "A writer that is resumed for the second time goes on at the start of its last part.",
    "parts.resume-anywhere",
)
class ResumesTwiceAtTheLastPart(Reference):
    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.resumed: set[str] = set()

    def kept(self, path: str) -> bytes:
        content = super().kept(path)
        if path in self.resumed and len(content) > PART:
            content = content[: len(content) - len(content) % PART]
        self.resumed.add(path)
        return content


@crime(
    "A writer that is opened while another instance opens one on the path joins that one.",
    "conc.writers-of-all",
)
class JoinsTheOther(Reference):
    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.opening = asyncio.Lock()

    async def writer(self, path: str, *, append: bool = False) -> ReferenceWriter:
        async with self.opening:
            before = self.disk.pending.get(path)
            await asyncio.sleep(0)
            now = self.disk.pending.get(path)
            if now is not None and now is not before:
                return self.make_writer(path, now)
            return await super().writer(path, append=append)


@crime(
    "A swap looks at the version's last bit to see whether the file changes meanwhile.",
    "conc.changed-meanwhile",
    "conc.schedules",
)
class LooksAtTheLastBit(Reference):
    async def put_content(
        self, path: str, content: Content, **options: Unpack[Conditions]
    ) -> FileInfo:
        if options.get("if_match") is None or options.get("if_none_match"):
            return await super().put_content(path, content, **options)
        await self.enter(path)
        self.check_condition(path, if_match=options.get("if_match"), if_none_match=False)
        before = int(self.find(path).version)
        await asyncio.sleep(0)
        now = self.disk.files.get(path)
        if now is None or (int(now.version) - before) % 2:
            raise PreconditionFailedError(path=path, driver=self.name)
        return self.store(path, bytes(content))
