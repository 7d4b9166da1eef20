"""Crimes of puts, moves and deletes against unfinished writers."""

from storagedriver.errors import PathConflictError, PreconditionFailedError
from storagedriver.paths import is_below
from storagedriver.protocol import Content
from storagedriver.records import FileInfo
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.reference import Reference
from storagedriver_conformance.zoo.writing import ReferenceWriter


@crime("A put drops the unfinished writer of its path.", "writers.put-beside", "model.*")
class PutDropsWriters(Reference):
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
        self.disk.pending.pop(path, None)
        return info


@crime(
    "A put is refused while an unfinished writer is there.",
    "writers.put-beside",
    "model.*",
    "move.leaves-writers",
)
class PutIsRefusedBesideWriters(Reference):
    def check_condition(self, path: str, *, if_match: str | None, if_none_match: bool) -> None:
        if path in self.disk.pending and if_match is None and not if_none_match:
            raise PathConflictError("it is being written", path=path)
        super().check_condition(path, if_match=if_match, if_none_match=if_none_match)


@crime("A commit fails if the file was replaced since.", "writers.put-beside")
class CommitFailsOverANewFile(Reference):
    class Writer(ReferenceWriter):
        def publish(self) -> FileInfo:
            old = self.driver.disk.files.get(self.path)
            if old is not None and int(old.version) > int(self.pending.generation):
                raise PreconditionFailedError(path=self.path)
            return super().publish()


@crime("A commit leaves a file that was put since.", "writers.put-beside")
class CommitYieldsToANewFile(Reference):
    class Writer(ReferenceWriter):
        def publish(self) -> FileInfo:
            old = self.driver.disk.files.get(self.path)
            if old is not None and int(old.version) > int(self.pending.generation):
                return self.driver.info(self.path)
            return super().publish()


@crime(
    "A delete of a file leaves its own unfinished writer.",
    "writers.delete-drops",
    "delete.drops-writers",
)
class DeleteKeepsOwnWriter(Reference):
    def drop_pending(self, path: str) -> None:
        if path not in self.disk.files:
            super().drop_pending(path)


@crime(
    "A writer whose path was deleted can still commit.",
    "writers.delete-drops",
    "writers.lost-for-good",
)
class CommitSurvivesADelete(Reference):
    class Writer(ReferenceWriter):
        def owns(self) -> bool:
            return self.driver.disk.pending.get(self.path, self.pending) is self.pending

        def forget(self) -> None:
            self.driver.disk.pending.pop(self.path, None)


@crime("A delete with a condition drops no writers.", "delete.drops-writers")
class MatchedDeleteKeepsWriters(Reference):
    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        kept = dict(self.disk.pending)
        await super().delete(path, if_match=if_match)
        if if_match is not None:
            self.disk.pending.update(kept)


@crime("A commit that a directory forbids ends the writer.", "writers.conflict-keeps")
class ConflictEndsTheWriter(Reference):
    class Writer(ReferenceWriter):
        async def commit(self) -> FileInfo:
            try:
                return await super().commit()
            except PathConflictError:
                self.ended = "committed"
                raise


@crime("A refused commit removes what is in its way.", "writers.conflict-keeps")
class CommitRemovesTheObstacle(Reference):
    class Writer(ReferenceWriter):
        async def commit(self) -> FileInfo:
            if not self.ended and self.owns():
                for one in [one for one in self.driver.disk.files if is_below(one, self.path)]:
                    del self.driver.disk.files[one]
            return await super().commit()
