"""Crimes of moves against writers, large files, and those who look meanwhile."""

import asyncio
from dataclasses import replace

from storagedriver.errors import (
    PathConflictError,
    StorageBackendError,
)
from storagedriver.records import Limits
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.reference import Reference

PART = 100_000
LARGE = replace(Reference.capabilities, limits=Limits(min_part=PART, page=10))


@crime("A move takes the source's unfinished writer along.", "move.leaves-writers", "writers.*")
class MoveTakesWriters(Reference):
    async def transfer(self, source: str, destination: str) -> None:
        await super().transfer(source, destination)
        if source in self.disk.pending:
            self.disk.pending[destination] = self.disk.pending.pop(source)


@crime("A move drops the source's unfinished writer.", "move.leaves-writers", "model.*")
class MoveDropsWriters(Reference):
    async def transfer(self, source: str, destination: str) -> None:
        await super().transfer(source, destination)
        self.disk.pending.pop(source, None)


@crime(
    "A move drops the destination's unfinished writer.",
    "move.leaves-writers",
    "writers.*",
    "writers.*",
    "model.*",
)
class MoveDropsItsDestinationsWriters(Reference):
    async def transfer(self, source: str, destination: str) -> None:
        await super().transfer(source, destination)
        self.disk.pending.pop(destination, None)


@crime(
    "A file larger than two parts cannot be moved.",
    "move.sizes",
    seen_in="distribution #886, #1629",
)
class BigMoveRefused(Reference):
    capabilities = LARGE

    async def transfer(self, source: str, destination: str) -> None:
        if len(self.find(source).content) > 2 * PART:
            raise StorageBackendError("too large to copy", path=source, driver=self.name)
        await super().transfer(source, destination)


@crime("Of a file larger than two parts only these are moved.", "move.sizes")
class BigMoveCut(Reference):
    capabilities = LARGE

    async def transfer(self, source: str, destination: str) -> None:
        self.store(source, self.find(source).content[: 2 * PART])
        await super().transfer(source, destination)


@crime("A move removes what it replaces before it is there.", "move.seen-whole")
class MoveUnlinksFirst(Reference):
    async def transfer(self, source: str, destination: str) -> None:
        self.disk.files.pop(destination, None)
        await asyncio.sleep(0)
        await super().transfer(source, destination)


@crime("A move writes its destination piece by piece.", "move.seen-whole", "move.never-nowhere")
class MoveInPieces(Reference):
    async def transfer(self, source: str, destination: str) -> None:
        content = self.find(source).content
        for end in range(0, len(content), 1000):
            self.store(destination, content[:end])
            await asyncio.sleep(0)
        await super().transfer(source, destination)


@crime("A move removes the source before the destination is there.", "move.never-nowhere")
class MoveRemovesSourceFirst(Reference):
    async def transfer(self, source: str, destination: str) -> None:
        content = self.disk.files.pop(source).content
        for _ in range(5):
            await asyncio.sleep(0)
        self.store(destination, content)


@crime("Of two moves onto one path at once one fails.", "move.many-onto-one")
class MoveOntoBusy(Reference):
    busy: frozenset[str] = frozenset()

    async def transfer(self, source: str, destination: str) -> None:
        if destination in self.busy:
            raise PathConflictError("somebody moves onto it", path=destination, driver=self.name)
        self.busy = self.busy | {destination}
        await asyncio.sleep(0)
        await super().transfer(source, destination)
        self.busy = self.busy - {destination}
