"""Crimes where a name would be a file and a directory."""

import asyncio

from storagedriver.errors import PathConflictError
from storagedriver.paths import is_below, parent_of
from storagedriver.protocol import Content
from storagedriver.records import FileInfo
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.reference import Reference
from storagedriver_conformance.zoo.variants import Flat
from storagedriver_conformance.zoo.writing import Pending, ReferenceWriter


@crime("A directory of directories alone is no directory for a put.", "names.put", "model.*")
class SeesFilesAlone(Reference):
    def check_names(self, path: str) -> None:
        if not self.is_directory(path) or path in map(parent_of, self.disk.files):
            super().check_names(path)


@crime("A put is refused for its name when it is done.", "names.put", "paths.conflict", "model.*")
class RefusesAfterPutting(Reference):
    def check_names(self, path: str) -> None:
        try:
            super().check_names(path)
        except PathConflictError:
            self.store(path, b"")
            raise


@crime("A put where a directory is drops writers below it.", "names.put", "model.*")
class ConflictDropsWriters(Reference):
    def check_names(self, path: str) -> None:
        try:
            super().check_names(path)
        except PathConflictError:
            self.drop_pending(path)
            raise


class CommitsAnywhere(ReferenceWriter):
    """A writer that looks at names when it is opened alone."""

    async def commit(self) -> FileInfo:
        await self.driver.enter(self.path)
        self.check_open()
        self.check_owned()
        self.forget()
        self.ended = "committed"
        return self.driver.store(self.path, self.pending.content)


@crime("A commit does not see that a directory has come.", "names.committed")
class CommitSkipsNames(Reference):
    Writer = CommitsAnywhere


class ForgetsAtConflicts(ReferenceWriter):
    """A writer that drops what was written when its commit is refused."""

    async def commit(self) -> FileInfo:
        try:
            return await super().commit()
        except PathConflictError:
            self.forget()
            raise


@crime("A commit that is refused for its name drops what was written.", "names.committed")
class CommitConflictForgets(Reference):
    Writer = ForgetsAtConflicts


@crime("A move that is refused for its name loses the file.", "names.moved", "paths.conflict")
class MoveConflictLoses(Reference):
    async def move(self, source: str, destination: str) -> None:
        try:
            await super().move(source, destination)
        except PathConflictError:
            self.disk.files.pop(source, None)
            raise


@crime("A file can be moved onto the directory that it alone is in.", "names.moved", "model.*")
class MovesOntoItsParent(Reference):
    async def move(self, source: str, destination: str) -> None:
        if self.at_and_below(destination) == [source] and is_below(source, destination):
            await self.enter(source, destination)
            return await self.transfer(source, destination)
        return await super().move(source, destination)


@crime("A put looks at names, then acts.", "names.one-of-two")
class LooksThenPuts(Reference):
    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        await self.enter(path)
        self.check_names(path)
        self.check_condition(path, if_match=if_match, if_none_match=if_none_match)
        await asyncio.sleep(0)
        self.check_condition(path, if_match=if_match, if_none_match=if_none_match)
        return self.store(path, bytes(content))


@crime("Of two that want a name both are refused.", "names.one-of-two")
class RefusesBoth(Reference):
    wanted: tuple[str, ...] = ()

    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        self.wanted = (*self.wanted, path)
        await self.enter(path)
        clashes = any(is_below(one, path) or is_below(path, one) for one in self.wanted)
        await asyncio.sleep(0)
        self.wanted = tuple(one for one in self.wanted if one != path)
        if clashes:
            raise PathConflictError("somebody wants the name", path=path, driver=self.name)
        return await super().put_content(
            path, content, if_match=if_match, if_none_match=if_none_match
        )


@crime("A directory that went stays in the way of a file.", "content.recreated", "delete.siblings")
class EmptyDirectoriesInTheWay(Reference):
    made: frozenset[str] = frozenset()

    def store(self, path: str, content: bytes) -> FileInfo:
        self.made = self.made | {parent_of(path)}
        return super().store(path, content)

    def check_names(self, path: str) -> None:
        super().check_names(path)
        if path in self.made:
            raise PathConflictError("it is a directory", path=path, driver=self.name)


@crime(
    "A directory that was moved empty stays in the way of a file.",
    "names.committed",
    "move.*",
    "model.*",
)
class MovedDirectoriesInTheWay(Reference):
    left: frozenset[str] = frozenset()

    async def transfer(self, source: str, destination: str) -> None:
        await super().transfer(source, destination)
        self.left = self.left | {parent_of(source)}

    def check_names(self, path: str) -> None:
        super().check_names(path)
        if path in self.left:
            raise PathConflictError("it is a directory", path=path, driver=self.name)


@crime("An unfinished writer makes its parents.", "names.unfinished", "names.committed", "model.*")
class UnfinishedMakesParents(Reference):
    def check_names(self, path: str) -> None:
        super().check_names(path)
        if any(is_below(one, path) for one in self.disk.pending):
            raise PathConflictError("it is a directory", path=path, driver=self.name)


@crime("An unfinished writer is a file for what lies below.", "names.unfinished", "model.*")
class UnfinishedIsAFile(Reference):
    def check_names(self, path: str) -> None:
        super().check_names(path)
        if any(is_below(path, one) for one in self.disk.pending):
            raise PathConflictError("a parent is a file", path=path, driver=self.name)


@crime("An unfinished writer is a file for what lies in directories below.", "names.unfinished")
class UnfinishedIsAFileForTrees(Reference):
    def check_names(self, path: str) -> None:
        super().check_names(path)
        if any(is_below(parent_of(path), one) for one in self.disk.pending):
            raise PathConflictError("a parent is a file", path=path, driver=self.name)


class ReplacesTrees(ReferenceWriter):
    """A writer whose commit removes the directory of its name."""

    async def commit(self) -> FileInfo:
        info = await super().commit()
        for one in [one for one in self.driver.disk.files if is_below(one, self.path)]:
            del self.driver.disk.files[one]
        return info


@crime("A commit replaces the directory of its name.", "names.both-written", "model.*")
class CommitReplacesTrees(Flat):
    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        return ReplacesTrees(self, path, pending)


@crime("A move onto a directory removes what is below.", "names.both-moved", "model.*")
class MoveReplacesTrees(Flat):
    async def transfer(self, source: str, destination: str) -> None:
        await super().transfer(source, destination)
        for one in [one for one in self.disk.files if is_below(one, destination)]:
            del self.disk.files[one]


@crime("A move onto the file's own parent is refused.", "names.both-moved", "model.*")
class RefusesOwnParent(Flat):
    async def transfer(self, source: str, destination: str) -> None:
        if is_below(source, destination):
            raise PathConflictError("it is a directory", path=destination, driver=self.name)
        await super().transfer(source, destination)


@crime("The last file of a directory takes the file of its name along.", "names.both-deleted")
class PrunesTheFile(Flat):
    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        await super().delete(path, if_match=if_match)
        if not self.is_directory(parent_of(path)):
            self.disk.files.pop(parent_of(path), None)
