"""Crimes against moves."""

import asyncio

from storagedriver.errors import (
    InvalidPathError,
    PathConflictError,
    PathNotFoundError,
    StorageBackendError,
)
from storagedriver.paths import is_below, parent_of
from storagedriver.protocol import Content
from storagedriver.records import FileInfo
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.keeping import Stored
from storagedriver_conformance.zoo.reference import Reference

# A path with so many separators is that of a directory in one of the suite's own.
DEEP = 3


@crime("A move leaves the source where it was.", "move.moves", "content.empty", "paths.*")
class MoveCopies(Reference):
    async def transfer(self, source: str, destination: str) -> None:
        self.store(destination, self.find(source).content)


@crime(
    "A move returns before its copy is there, as one whose service copies in the background.",
    "move.moves",
    "content.empty",
    "surface.*",
    seen_in="adlfs, which does not wait for a server-side copy",
)
class MoveReturnsEarly(Reference):
    async def transfer(self, source: str, destination: str) -> None:
        content = self.disk.files.pop(source).content
        asyncio.get_running_loop().call_later(0.05, self.store, destination, content)


@crime("A move makes no parents for its destination.", "move.moves", "paths.*", "surface.*")
class MoveMakesNoParents(Reference):
    async def transfer(self, source: str, destination: str) -> None:
        if not self.is_directory(parent_of(destination)):
            raise StorageBackendError("no such directory", path=destination, driver=self.name)
        await super().transfer(source, destination)


@crime("A move makes one directory for its destination, not more.", "move.moves")
class MoveMakesOneParent(Reference):
    async def transfer(self, source: str, destination: str) -> None:
        if not self.is_directory(parent_of(parent_of(destination))):
            raise StorageBackendError("no such directory", path=destination, driver=self.name)
        await super().transfer(source, destination)


@crime("A move onto a longer file leaves the rest of it.", "move.replaces", "stat.*")
class MoveWritesInPlace(Reference):
    async def transfer(self, source: str, destination: str) -> None:
        old = self.disk.files.get(destination)
        await super().transfer(source, destination)
        if old is not None:
            content = self.find(destination).content
            self.store(destination, content + old.content[len(content) :])


@crime("A move onto a file is refused.", "move.replaces", "reads.stable", "stat.*")
class MoveNeverReplaces(Reference):
    async def transfer(self, source: str, destination: str) -> None:
        if destination in self.disk.files:
            raise PathConflictError("it exists", path=destination, driver=self.name)
        await super().transfer(source, destination)


@crime("A move of nothing removes the destination.", "move.missing", "surface.*")
class MoveClearsTheWay(Reference):
    async def move(self, source: str, destination: str) -> None:
        await self.enter(source, destination)
        if source not in self.disk.files:
            self.disk.files.pop(destination, None)
        await super().move(source, destination)


@crime("A move of nothing does nothing.", "move.missing", "paths.*", "surface.*")
class MoveOfNothingIsFine(Reference):
    async def move(self, source: str, destination: str) -> None:
        await self.enter(source, destination)
        if source in self.disk.files:
            await super().move(source, destination)


@crime("A move of a directory moves all below it.", "move.missing", "paths.*", "model.*")
class MovesDirectories(Reference):
    async def move(self, source: str, destination: str) -> None:
        await self.enter(source, destination)
        if source in self.disk.files or not self.is_directory(source):
            return await super().move(source, destination)
        for one in self.at_and_below(source):
            self.disk.files[destination + one[len(source) :]] = self.disk.files.pop(one)
        return None


@crime("A move of nothing takes the file whose name goes on.", "move.missing", "model.*")
class MovesByPrefix(Reference):
    async def move(self, source: str, destination: str) -> None:
        await self.enter(source, destination)
        longer = [one for one in self.disk.files if one.startswith(source)]
        await super().move(source if source in longer else [*longer, source][0], destination)


@crime("A move takes what an unfinished writer has.", "move.missing", "model.*", "writers.*")
class MovesUnfinished(Reference):
    async def move(self, source: str, destination: str) -> None:
        await self.enter(source, destination)
        if source in self.disk.pending and source not in self.disk.files:
            self.store(source, self.disk.pending.pop(source).content)
        await super().move(source, destination)


@crime("A move onto itself deletes the file.", "move.onto-itself", "model.*")
class SelfMoveDeletes(Reference):
    async def move(self, source: str, destination: str) -> None:
        await super().move(source, destination)
        if source == destination:
            del self.disk.files[source]


@crime("A move onto itself is fine where nothing is.", "move.onto-itself", "model.*", "paths.*")
class SelfMoveOfNothing(Reference):
    async def move(self, source: str, destination: str) -> None:
        await self.enter(source, destination)
        if source != destination:
            await super().move(source, destination)


@crime("A move below itself is refused as a conflict.", "move.below-itself", "model.*")
class MoveBelowItselfConflicts(Reference):
    async def move(self, source: str, destination: str) -> None:
        try:
            await super().move(source, destination)
        except InvalidPathError:
            if source in self.disk.files and is_below(destination, source):
                raise PathConflictError(path=destination, driver=self.name) from None
            raise


@crime("A move below itself loses the file.", "move.below-itself", "model.*")
class MoveBelowItselfLoses(Reference):
    async def move(self, source: str, destination: str) -> None:
        try:
            await super().move(source, destination)
        except InvalidPathError:
            if is_below(destination, source):
                self.disk.files.pop(source, None)
            raise


@crime("Below a path counts what only begins like it.", "move.below-itself", "move.*", "paths.*")
class BelowByPrefix(Reference):
    async def move(self, source: str, destination: str) -> None:
        await self.enter(source, destination)
        if destination.startswith(source) and destination != source:
            self.find(source)
            raise InvalidPathError("it lies below itself", path=destination, driver=self.name)
        await super().move(source, destination)


@crime("A move takes files along whose names go on.", "move.siblings", "move.*")
class MoveTakesSiblings(Reference):
    async def transfer(self, source: str, destination: str) -> None:
        for one in [one for one in self.disk.files if one.startswith(source)]:
            self.disk.files[destination + one[len(source) :]] = self.disk.files.pop(one)


@crime(
    "A moved file is a link: a put at its former path changes it.",
    "move.source-is-free",
    "content.*",
)
class MoveLinks(Reference):
    links: tuple[tuple[str, str], ...] = ()

    async def transfer(self, source: str, destination: str) -> None:
        await super().transfer(source, destination)
        self.links = (*self.links, (source, destination))

    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        info = await super().put_content(
            path, content, if_match=if_match, if_none_match=if_none_match
        )
        for source, destination in self.links:
            if source == path and destination in self.disk.files:
                self.store(destination, bytes(content))
        return info


@crime("A path from which a file was moved stays gone for ever.", "move.source-is-free", "stat.*")
class MoveLeavesTombstones(Reference):
    moved: frozenset[str] = frozenset()

    async def transfer(self, source: str, destination: str) -> None:
        await super().transfer(source, destination)
        self.moved = (self.moved | {source}) - {destination}

    def find(self, path: str) -> Stored:
        if path in self.moved:
            raise PathNotFoundError(path=path, driver=self.name)
        return super().find(path)


@crime("Directories stay when their last file is moved away.", "move.empties-parents", "reads.*")
class MoveKeepsParents(Reference):
    left: frozenset[str] = frozenset()

    async def transfer(self, source: str, destination: str) -> None:
        await super().transfer(source, destination)
        self.left = self.left | {parent_of(source)}

    def is_directory(self, path: str) -> bool:
        return super().is_directory(path) or any(
            one == path or is_below(one, path) for one in self.left
        )


@crime("A move removes the directory that its file was in.", "move.empties-parents", "move.*")
class MoveRemovesDirectory(Reference):
    async def transfer(self, source: str, destination: str) -> None:
        await super().transfer(source, destination)
        directory = parent_of(parent_of(source))
        if directory.count("/") >= DEEP:
            for one in [one for one in self.disk.files if is_below(one, directory)]:
                if one != destination:
                    del self.disk.files[one]
