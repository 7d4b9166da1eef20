"""Crimes of deletes against unfinished writers, conditions, and those who come meanwhile."""

import asyncio

from storagedriver.errors import PathNotFoundError, PreconditionFailedError, StorageBackendError
from storagedriver.paths import is_below, parent_of
from storagedriver.protocol import Content
from storagedriver.records import FileInfo
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.reference import Reference

# A path with so many separators is that of a file or directory in one of the suite's own.
DEEP = 3


@crime(
    "A delete leaves unfinished writers.",
    "delete.drops-writers",
    "unfinished.*",
    "writers.*",
    "model.*",
    seen_in="distribution #4406",
)
class DeleteLeavesWriters(Reference):
    def drop_pending(self, path: str) -> None:
        pass


@crime(
    "A delete leaves unfinished writers below its path.",
    "delete.drops-writers",
    "unfinished.*",
    "model.*",
    seen_in="distribution #4406",
)
class DeleteLeavesWritersBelow(Reference):
    def drop_pending(self, path: str) -> None:
        self.disk.pending.pop(path, None)


@crime("A delete drops writers whose paths begin like its own.", "delete.drops-writers", "model.*")
class DropsWritersByPrefix(Reference):
    def drop_pending(self, path: str) -> None:
        for one in [one for one in self.disk.pending if one.startswith(path)]:
            del self.disk.pending[one]


@crime(
    "A delete where no file is leaves unfinished writers.",
    "delete.drops-writers",
    "unfinished.*",
    "model.*",
)
class DropsWritersWithFilesOnly(Reference):
    def drop_pending(self, path: str) -> None:
        if self.at_and_below(path):
            super().drop_pending(path)


@crime("Deleting an unfinished writer is a success.", "delete.drops-writers", "model.*")
class CountsUnfinished(Reference):
    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        before = len(self.disk.pending)
        try:
            await super().delete(path, if_match=if_match)
        except PathNotFoundError:
            if len(self.disk.pending) == before:
                raise


@crime("A delete ignores its condition.", "delete.if-match*")
class DeleteIgnoresItsCondition(Reference):
    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        if if_match is not None:
            await self.enter(path)
            if path not in self.disk.files:
                raise PreconditionFailedError(path=path, driver=self.name)
        await super().delete(path)


@crime("A delete with a condition is always refused.", "delete.if-match", "caps.claims")
class DeleteNeverMatches(Reference):
    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        await super().delete(path, if_match=if_match and f"{if_match}!")


@crime("A delete with a condition of nothing does not find it.", "delete.if-match*")
class ConditionalDeleteNotFound(Reference):
    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        await self.enter(path)
        if not self.at_and_below(path):
            self.drop_pending(path)
            raise PathNotFoundError(path=path, driver=self.name)
        await super().delete(path, if_match=if_match)


@crime("A condition deletes a directory.", "delete.if-match-is-for-files")
class ConditionDeletesDirectories(Reference):
    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        await super().delete(path, if_match=None if self.is_directory(path) else if_match)


@crime("A refused delete drops unfinished writers.", "delete.refused-keeps-writers")
class RefusedDeleteDropsWriters(Reference):
    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        await self.enter(path)
        self.drop_pending(path)
        await super().delete(path, if_match=if_match)


@crime("A delete checks its condition, then acts.", "delete.one-deleter-wins")
class DeleteChecksThenActs(Reference):
    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        await self.enter(path)
        if if_match is None:
            return await super().delete(path)
        self.check_condition(path, if_match=if_match, if_none_match=False)
        await asyncio.sleep(0)
        self.drop_pending(path)
        self.disk.files.pop(path, None)
        return None


@crime("A put fails while its directory is removed.", "conc.emptied-parent")
class PutMeetsPruning(Reference):
    pruning: frozenset[str] = frozenset()

    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        self.pruning = self.pruning | {parent_of(path)}
        await super().delete(path, if_match=if_match)
        self.pruning = self.pruning - {parent_of(path)}

    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        await self.enter(path)
        if parent_of(path) in self.pruning:
            raise StorageBackendError("no such directory", path=path, driver=self.name)
        return await super().put_content(
            path, content, if_match=if_match, if_none_match=if_none_match
        )


@crime("A directory is removed with a file that has just come.", "conc.emptied-parent")
class PrunesNewcomers(Reference):
    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        await self.enter(path)
        others = [one for one in self.disk.files if is_below(one, parent_of(path)) and one != path]
        await super().delete(path, if_match=if_match)
        await asyncio.sleep(0)
        if not others and path.count("/") > DEEP:
            for one in self.at_and_below(parent_of(path)):
                del self.disk.files[one]
