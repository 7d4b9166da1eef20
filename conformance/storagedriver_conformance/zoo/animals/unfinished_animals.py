"""Crimes in finding unfinished writers and dropping them."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from storagedriver.errors import PathNotFoundError
from storagedriver.paths import is_below, parent_of
from storagedriver.records import UnfinishedInfo
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.keeping import Disk
from storagedriver_conformance.zoo.reference import Reference
from storagedriver_conformance.zoo.writing import Pending, ReferenceWriter


@crime(
    "unfinished gives only those directly in a directory.",
    "unfinished.found",
    "writers.*",
    "model.*",
)
class UnfinishedInOneDirectory(Reference):
    def unfinished_in(self, path: str) -> Sequence[str]:
        found = super().unfinished_in(path)
        return [one for one in found if path in (one, parent_of(one))]


@crime("unfinished gives only those below a path.", "unfinished.found", "model.*")
class UnfinishedLeavesItselfOut(Reference):
    def unfinished_in(self, path: str) -> Sequence[str]:
        return [one for one in super().unfinished_in(path) if one != path]


@crime(
    "An unfinished writer's size is 0.", "unfinished.found", "unfinished.*", "writers.*", "parts.*"
)
class UnfinishedSizeIsZero(Reference):
    def unfinished_info(self, path: str, pending: Pending) -> UnfinishedInfo:
        return replace(super().unfinished_info(path, pending), size=0)


@crime(
    "Those that hold nothing yet are left out.",
    "unfinished.found",
    "unfinished.*",
    "writers.*",
    "model.*",
    seen_in="object stores' uploads without a part",
)
class UnfinishedLeavesOutTheEmpty(Reference):
    def unfinished_in(self, path: str) -> Sequence[str]:
        return [one for one in super().unfinished_in(path) if self.disk.pending[one].content]


@crime("unfinished gives each one twice.", "unfinished.found", "unfinished.*")
class UnfinishedTwice(Reference):
    def unfinished_in(self, path: str) -> Sequence[str]:
        return [one for one in super().unfinished_in(path) for _ in range(2)]


@crime(
    "unfinished of a path gives neighbours that begin alike.",
    "unfinished.of-a-path",
    "model.*",
    seen_in="distribution #1988",
)
class UnfinishedByPrefix(Reference):
    def unfinished_in(self, path: str) -> Sequence[str]:
        return [one for one in super().unfinished_in("/") if one.startswith(path)]


@crime(
    "unfinished is in the order of bytes.",
    "unfinished.of-a-path",
    "unfinished.*",
    "model.*",
    seen_in="object stores",
)
class UnfinishedByBytes(Reference):
    def unfinished_in(self, path: str) -> Sequence[str]:
        return sorted(super().unfinished_in(path))


@crime("Names are compared without case in unfinished's order.", "unfinished.of-a-path")
class UnfinishedOrderHasNoCase(Reference):
    def unfinished_in(self, path: str) -> Sequence[str]:
        found = super().unfinished_in(path)
        return sorted(found, key=lambda one: one.lower().split("/"))


@crime(
    "unfinished gives one page.",
    "pages.unfinished",
    "unfinished.*",
    seen_in="distribution #3420",
)
class UnfinishedOnePage(Reference):
    def unfinished_in(self, path: str) -> Sequence[str]:
        return super().unfinished_in(path)[:10]


@crime(
    "Resuming looks through one page of unfinished writers.",
    "pages.unfinished",
    seen_in="distribution #3420, #1948",
)
class ResumeLooksThroughOnePage(Reference):
    def kept(self, path: str) -> bytes:
        if path not in super().unfinished_in("/")[:11]:
            raise PathNotFoundError(path=path)
        return super().kept(path)


@crime("unfinished of an unknown path is refused.", "unfinished.none", "model.*")
class UnfinishedRefusesTheUnknown(Reference):
    def unfinished_in(self, path: str) -> Sequence[str]:
        found = super().unfinished_in(path)
        if not found and path != "/":
            raise PathNotFoundError(path=path)
        return found


@crime("unfinished gives committed files too.", "unfinished.none", "unfinished.*", "writers.*")
class UnfinishedGivesFiles(Reference):
    async def unfinished(self, path: str = "/") -> AsyncIterator[UnfinishedInfo]:
        async for info in super().unfinished(path):
            yield info
        for one in self.at_and_below(path):
            file = self.disk.files[one]
            if one not in self.disk.pending:
                yield UnfinishedInfo(
                    path=one, size=len(file.content), modified=file.modified, id=file.version
                )


@crime("modified has no time zone.", "unfinished.found", seen_in="datetime.utcnow()")
class UnfinishedTimeIsNaive(Reference):
    def unfinished_info(self, path: str, pending: Pending) -> UnfinishedInfo:
        info = super().unfinished_info(path, pending)
        return replace(info, modified=info.modified.replace(tzinfo=None))


@crime("modified is the time at which one asks.", "unfinished.found", "unfinished.*")
class UnfinishedTimeIsNow(Reference):
    def unfinished_info(self, path: str, pending: Pending) -> UnfinishedInfo:
        return replace(super().unfinished_info(path, pending), modified=datetime.now(UTC))


@crime("Asking for unfinished writers takes them over.", "unfinished.reads-only", "unfinished.*")
class AskingTakesOver(Reference):
    def unfinished_info(self, path: str, pending: Pending) -> UnfinishedInfo:
        self.disk.pending[path] = replace(pending)
        return super().unfinished_info(path, pending)


@crime("An id is another each time one asks.", "unfinished.ids", "unfinished.*")
class IdsAreNew(Reference):
    def unfinished_info(self, path: str, pending: Pending) -> UnfinishedInfo:
        pending.generation = str(next(self.disk.numbers))
        return super().unfinished_info(path, pending)


@crime("An id is the path.", "unfinished.ids", "unfinished.discard-stale")
class IdIsThePath(Reference):
    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        pending.generation = path
        return super().make_writer(path, pending)


@crime("The id stays when a writer is resumed.", "unfinished.ids", "unfinished.discard-stale")
class IdStaysWhenResumed(Reference):
    def kept(self, path: str) -> bytes:
        self.former = self.disk.pending.get(path)
        return super().kept(path)

    former: Pending | None = None

    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        if self.former is not None:
            pending.generation = self.former.generation
        self.former = None
        return super().make_writer(path, pending)


@crime("discard does nothing.", "unfinished.discard")
class DiscardDoesNothing(Reference):
    async def discard(self, unfinished: UnfinishedInfo) -> None:
        await self.enter(unfinished.path)


@crime("discard drops the file as well.", "unfinished.discard")
class DiscardDropsTheFile(Reference):
    async def discard(self, unfinished: UnfinishedInfo) -> None:
        await super().discard(unfinished)
        self.disk.files.pop(unfinished.path, None)


@crime("discard makes it unseen, but it can be resumed.", "unfinished.discard")
class DiscardHides(Reference):
    hidden: frozenset[str] = frozenset()

    async def discard(self, unfinished: UnfinishedInfo) -> None:
        await self.enter(unfinished.path)
        self.hidden |= {unfinished.path}

    def unfinished_in(self, path: str) -> Sequence[str]:
        return [one for one in super().unfinished_in(path) if one not in self.hidden]


@crime("discard does not compare the id.", "unfinished.discard-stale")
class DiscardIgnoresTheId(Reference):
    async def discard(self, unfinished: UnfinishedInfo) -> None:
        await self.enter(unfinished.path)
        self.disk.pending.pop(unfinished.path, None)


@crime("discard of what is gone fails.", "unfinished.discard-again")
class DiscardNeedsOne(Reference):
    async def discard(self, unfinished: UnfinishedInfo) -> None:
        await self.enter(unfinished.path)
        self.kept(unfinished.path)
        await super().discard(unfinished)


@crime("discard of what was committed deletes the file.", "unfinished.discard-again")
class DiscardUndoesACommit(Reference):
    async def discard(self, unfinished: UnfinishedInfo) -> None:
        await super().discard(unfinished)
        file = self.disk.files.get(unfinished.path)
        if file is not None and file.modified > unfinished.modified:
            del self.disk.files[unfinished.path]


@crime("discard of a changed one fails.", "unfinished.discard-stale")
class DiscardRefusesTheStale(Reference):
    async def discard(self, unfinished: UnfinishedInfo) -> None:
        await self.enter(unfinished.path)
        pending = self.disk.pending.get(unfinished.path)
        if pending is not None and pending.generation != unfinished.id:
            raise PathNotFoundError(path=unfinished.path)
        await super().discard(unfinished)


@crime("discard drops those below, too.", "unfinished.discard-leaves-the-neighbours")
class DiscardDropsThoseBelow(Reference):
    async def discard(self, unfinished: UnfinishedInfo) -> None:
        await super().discard(unfinished)
        for one in [one for one in self.disk.pending if is_below(one, unfinished.path)]:
            del self.disk.pending[one]


@crime(
    "discard drops those whose paths begin alike.",
    "unfinished.discard-leaves-the-neighbours",
    seen_in="distribution #4429",
)
class DiscardsByPrefix(Reference):
    async def discard(self, unfinished: UnfinishedInfo) -> None:
        await super().discard(unfinished)
        for one in [one for one in self.disk.pending if one.startswith(unfinished.path)]:
            del self.disk.pending[one]


@crime("A discarded writer that is open commits all the same.", "unfinished.discard-of-an-open-one")
class DiscardedWriterCommits(Reference):
    class Writer(ReferenceWriter):
        def owns(self) -> bool:
            known = self.driver.disk.pending.get(self.path)
            return known is self.pending or (known is None and self.begun > 0)

        def forget(self) -> None:
            self.driver.disk.pending.pop(self.path, None)


class _Owning(Reference):
    """A driver that knows which unfinished writers it began itself."""

    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.own: set[str] = set()

    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        self.own.add(path)
        return super().make_writer(path, pending)


@crime("Only the instance that began a writer finds it.", "unfinished.elsewhere")
class FindsItsOwnAlone(_Owning):
    def unfinished_in(self, path: str) -> Sequence[str]:
        return [one for one in super().unfinished_in(path) if one in self.own]


@crime("Only the instance that began a writer discards it.", "unfinished.elsewhere")
class DiscardsItsOwnAlone(_Owning):
    async def discard(self, unfinished: UnfinishedInfo) -> None:
        if unfinished.path in self.own:
            await super().discard(unfinished)
