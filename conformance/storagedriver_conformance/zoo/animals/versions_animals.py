"""Crimes against versions, sizes and times."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

from storagedriver.records import FileInfo
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.keeping import Disk, ReferenceReader
from storagedriver_conformance.zoo.reference import Reference
from storagedriver_conformance.zoo.writing import ReferenceWriter


@crime("A list quotes versions.", "stat.agrees", seen_in="ETags of S3")
class QuotesVersions(Reference):
    def entry(self, path: str) -> FileInfo:
        info = super().entry(path)
        return info if info.is_dir else replace(info, version=f'"{info.version}"')


@crime("A reader tells a weak version.", "stat.agrees", "reads.info", seen_in="W/ ETags")
class WeakensVersions(Reference):
    def make_reader(self, path: str, offset: int, length: int | None) -> ReferenceReader:
        reader = super().make_reader(path, offset, length)
        reader.info = replace(reader.info, version=f"W/{reader.info.version}")
        return reader


class CommitsOtherwise(ReferenceWriter):
    async def commit(self) -> FileInfo:
        return replace(await super().commit(), version="upload")


@crime("A commit tells the version of its upload.", "stat.agrees", "stat.versions")
class TellsTheUpload(Reference):
    Writer = CommitsOtherwise


@crime("A put tells the version before it.", "stat.*", "caps.claims", "cond.*")
class TellsTheVersionBefore(Reference):
    def store(self, path: str, content: bytes) -> FileInfo:
        before = self.disk.files[path].version if path in self.disk.files else "none"
        return replace(super().store(path, content), version=before)


class StatCached(Reference):
    """It remembers what stat told, until it is told to forget."""

    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.told: dict[str, FileInfo] = {}

    async def stat(self, path: str) -> FileInfo:
        if path not in self.told:
            self.told[path] = await super().stat(path)
        await super().enter(path, root=True)
        return self.told[path]

    async def put_content(
        self,
        path: str,
        content: bytes | bytearray | memoryview,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        self.told.clear()
        return await super().put_content(
            path, content, if_match=if_match, if_none_match=if_none_match
        )

    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        self.told.clear()
        await super().delete(path, if_match=if_match)


@crime("What stat told is remembered over a commit.", "stat.*", "writers.*", "paths.*")
class RemembersOverCommits(StatCached):
    async def move(self, source: str, destination: str) -> None:
        self.told.clear()
        await super().move(source, destination)


class Forgetful(ReferenceWriter):
    async def commit(self) -> FileInfo:
        self.driver.told.clear()  # type: ignore[attr-defined] # it is a StatCached
        return await super().commit()


@crime("What stat told is remembered over a move.", "stat.*", "content.*", "move.*")
class RemembersOverMoves(StatCached):
    Writer = Forgetful


@crime("A walk tells the size before.", "stat.*", "content.*", "paths.*")
class WalksOldSizes(Reference):
    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.sizes: dict[str, int] = {}

    async def move(self, source: str, destination: str) -> None:
        self.sizes[destination] = self.sizes.get(destination, 0)
        await super().move(source, destination)

    def walked(self, path: str, start_after: str | None) -> Sequence[str]:
        found = super().walked(path, start_after)
        for one in found:
            if one in self.disk.files:
                self.sizes.setdefault(one, len(self.disk.files[one].content))
        return found

    def entry(self, path: str) -> FileInfo:
        info = super().entry(path)
        return replace(info, size=self.sizes.get(path, info.size))


class Versioned(Reference):
    """It makes versions of its own."""

    def version(self, path: str, content: bytes) -> str:  # noqa: ARG002 - animals use it
        """Return the version of a new file."""
        return str(len(content))

    def store(self, path: str, content: bytes) -> FileInfo:
        version = self.version(path, content)
        super().store(path, content)
        self.disk.files[path].version = version
        return self.info(path)


@crime("A version is the size.", "stat.*", "reads.*", "cond.*")
class VersionsBySize(Versioned):
    pass


@crime("A version is the time in seconds.", "stat.*", "reads.*", seen_in="Last-Modified")
class VersionsBySecond(Versioned):
    def version(self, path: str, content: bytes) -> str:
        return f"{path}-{len(content)}-{int(datetime.now(UTC).timestamp()) // 60}"


@crime("A version is the hash of the beginning.", "stat.versions")
class VersionsByTheBeginning(Versioned):
    def version(self, path: str, content: bytes) -> str:  # noqa: ARG002 - the crime
        return sha256(content[:100]).hexdigest()


@crime("Versions are counted for each path, and begin again.", "stat.*", "cond.*")
class CountsAgain(Versioned):
    def version(self, path: str, content: bytes) -> str:  # noqa: ARG002 - the crime
        before = self.disk.files[path].version if path in self.disk.files else "0"
        return str(int(before) + 1)


class SilentWriter(ReferenceWriter):
    async def commit(self) -> FileInfo:
        self.driver.committing = True  # type: ignore[attr-defined] # it is a CommitsSilently
        try:
            return await super().commit()
        finally:
            self.driver.committing = False  # type: ignore[attr-defined] # the same


@crime("A commit does not change the version.", "stat.versions", "stat.*")
class CommitsSilently(Versioned):
    Writer = SilentWriter
    committing = False

    def version(self, path: str, content: bytes) -> str:
        if self.committing and path in self.disk.files:
            return self.disk.files[path].version
        return f"{next(self.disk.numbers)}-{super().version(path, content)}"


@crime("A move leaves the version of what it replaces.", "stat.*", "cond.*")
class MovesSilently(Reference):
    async def move(self, source: str, destination: str) -> None:
        before = self.disk.files.get(destination)
        await super().move(source, destination)
        if before is not None:
            self.disk.files[destination].version = before.version


@crime("To read a file sets its time.", "stat.reading")
class TouchesWhatItReads(Reference):
    def make_reader(self, path: str, offset: int, length: int | None) -> ReferenceReader:
        self.disk.files[path].modified = datetime.now(UTC)
        return super().make_reader(path, offset, length)


@crime("To get a file gives it a new version.", "stat.reading", "stat.*", "cond.*")
class VersionsWhatItReads(Reference):
    async def get_content(self, path: str) -> bytes:
        content = await super().get_content(path)
        self.disk.files[path].version = str(next(self.disk.numbers))
        return content


class Timed(Reference):
    """It tells times in its own way."""

    def tell(self, modified: datetime) -> datetime:
        """Return the time that is told."""
        return modified

    def info(self, path: str) -> FileInfo:
        info = super().info(path)
        return info if info.modified is None else replace(info, modified=self.tell(info.modified))


@crime("Times have no zone.", "stat.time", "surface.*")
class TellsNaiveTimes(Timed):
    def tell(self, modified: datetime) -> datetime:
        return modified.replace(tzinfo=None)


@crime("Times are told in another zone.", "stat.time")
class TellsLocalTimes(Timed):
    def tell(self, modified: datetime) -> datetime:
        return modified.astimezone(timezone(timedelta(hours=2)))


@crime("Every file is of 1970.", "stat.time")
class TellsTheEpoch(Timed):
    def tell(self, modified: datetime) -> datetime:  # noqa: ARG002 - the crime
        return datetime.fromtimestamp(0, UTC)


@crime("A list tells the day before last.", "stat.time")
class ListsOldTimes(Reference):
    def entry(self, path: str) -> FileInfo:
        info = super().entry(path)
        if info.modified is None:
            return info
        return replace(info, modified=info.modified - timedelta(days=2))


@crime("A put keeps the time of what it replaces.", "stat.time-moves-on")
class KeepsTimesOverPuts(Reference):
    def store(self, path: str, content: bytes) -> FileInfo:
        before = self.disk.files.get(path)
        super().store(path, content)
        if before is not None:
            self.disk.files[path].modified = before.modified
        return self.info(path)


class OldTimes(ReferenceWriter):
    async def commit(self) -> FileInfo:
        before = self.driver.disk.files.get(self.path)
        info = await super().commit()
        if before is not None:
            self.driver.disk.files[self.path].modified = before.modified
        return replace(info, modified=None)


@crime("A commit keeps the time of what it replaces.", "stat.time-moves-on")
class KeepsTimesOverCommits(Reference):
    Writer = OldTimes


@crime("A move keeps the time of what it replaces.", "stat.time-moves-on")
class KeepsTimesOverMoves(Reference):
    async def move(self, source: str, destination: str) -> None:
        before = self.disk.files.get(destination)
        await super().move(source, destination)
        if before is not None and source != destination:
            self.disk.files[destination].modified = before.modified
