"""Crimes against if_match, versions, and conditions of large contents."""

from dataclasses import replace

from storagedriver.errors import (
    PathNotFoundError,
    PreconditionFailedError,
    StorageBackendError,
)
from storagedriver.protocol import Content
from storagedriver.records import FileInfo, Limits
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.conditional import Conditional
from storagedriver_conformance.zoo.reference import Reference
from storagedriver_conformance.zoo.writing import ReferenceWriter

LARGE = 1500


@crime("No version ever matches.", "cond.replace", "caps.*", "model.*")
class NeverMatches(Conditional):
    async def swap(self, path: str, content: bytes, version: str) -> FileInfo:
        return await super().swap(path, content, f"{version}!")


@crime("A listing's version is quoted, and matches nothing.", "cond.replace", "stat.*", "surface.*")
class QuotesListedVersions(Reference):
    def entry(self, path: str) -> FileInfo:
        info = super().entry(path)
        return info if info.is_dir else replace(info, version=f'"{info.version}"')


@crime("A replacement gives the version that it replaced.", "cond.replace")
class GivesOldVersion(Conditional):
    async def swap(self, path: str, content: bytes, version: str) -> FileInfo:
        return replace(await super().swap(path, content, version), version=version)


@crime("Any version matches.", "cond.stale", "caps.*")
class AnyVersionMatches(Conditional):
    async def swap(self, path: str, content: bytes, version: str) -> FileInfo:
        del version
        if path not in self.disk.files:
            raise self.fail(path)
        return self.keep(path, content)


@crime("A version matches that is older than the file's.", "cond.stale")
class OlderVersionMatches(Conditional):
    async def swap(self, path: str, content: bytes, version: str) -> FileInfo:
        stored = self.disk.files.get(path)
        if stored is not None and version.isdigit() and int(version) < int(stored.version):
            return self.keep(path, content)
        return await super().swap(path, content, version)


@crime("A refused replacement is stored.", "cond.stale")
class SwapRefusedButDone(Conditional):
    async def swap(self, path: str, content: bytes, version: str) -> FileInfo:
        stored = self.disk.files.get(path)
        if stored is None or stored.version == version:
            return await super().swap(path, content, version)
        self.keep(path, content)
        raise self.fail(path)


@crime("A writer's commit keeps the version.", "cond.stale", "stat.*")
class CommitKeepsVersion(Reference):
    class Writer(ReferenceWriter):
        async def commit(self) -> FileInfo:
            before = self.driver.disk.files.get(self.path)
            info = await super().commit()
            if before is not None:
                self.driver.disk.files[self.path].version = before.version
                return replace(info, version=before.version)
            return info


@crime("A replacement of nothing creates.", "cond.replace-missing", "model.*")
class SwapCreates(Conditional):
    async def swap(self, path: str, content: bytes, version: str) -> FileInfo:
        if path not in self.disk.files:
            return self.keep(path, content)
        return await super().swap(path, content, version)


@crime("A replacement of nothing does not find it.", "cond.replace-missing", "model.*")
class SwapDoesNotFind(Conditional):
    async def swap(self, path: str, content: bytes, version: str) -> FileInfo:
        if path not in self.disk.files:
            raise PathNotFoundError(path=path, driver=self.name)
        return await super().swap(path, content, version)


@crime("A deleted file's version still matches.", "cond.replace-missing")
class MatchesTheDeleted(Conditional):
    deleted: tuple[tuple[str, str], ...] = ()

    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        gone = [(one, self.disk.files[one].version) for one in self.at_and_below(path)]
        await super().delete(path, if_match=if_match)
        self.deleted = (*self.deleted, *gone)

    async def swap(self, path: str, content: bytes, version: str) -> FileInfo:
        if path not in self.disk.files and (path, version) in self.deleted:
            return self.keep(path, content)
        return await super().swap(path, content, version)


@crime("Both conditions at once are taken.", "cond.both", "caps.*", "surface.*")
class TakesBoth(Conditional):
    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        if if_match is not None and if_none_match:
            if_none_match = False
        return await super().put_content(
            path, content, if_match=if_match, if_none_match=if_none_match
        )


@crime("Both conditions at once fail as a condition does.", "cond.both")
class BothAreACondition(Conditional):
    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        if if_match is not None and if_none_match:
            raise self.fail(path)
        return await super().put_content(
            path, content, if_match=if_match, if_none_match=if_none_match
        )


@crime("A refused creation drops an unfinished writer.", "cond.keeps-writers", "model.*")
class RefusedCreateDropsWriters(Conditional):
    def check_condition(self, path: str, *, if_match: str | None, if_none_match: bool) -> None:
        try:
            super().check_condition(path, if_match=if_match, if_none_match=if_none_match)
        except PreconditionFailedError:
            if if_none_match:
                self.disk.pending.pop(path, None)
            raise


@crime("A version is the number of changes to the whole storage.", "cond.version-lasts", "stat.*")
class CountsAllChanges(Reference):
    def store(self, path: str, content: bytes) -> FileInfo:
        super().store(path, content)
        for stored in self.disk.files.values():
            stored.version = self.disk.files[path].version
        return self.info(path)


@crime("A version is an instance's own.", "cond.version-lasts", "caps.*", "stat.*")
class VersionPerInstance(Reference):
    def info(self, path: str) -> FileInfo:
        info = super().info(path)
        return replace(info, version=f"{info.version}-{id(self):x}")

    def check_condition(self, path: str, *, if_match: str | None, if_none_match: bool) -> None:
        known = if_match and if_match.removesuffix(f"-{id(self):x}")
        super().check_condition(path, if_match=known, if_none_match=if_none_match)


@crime("Of a large conditional put a part is kept.", "cond.large")
class BigPutCut(Conditional):
    def keep(self, path: str, content: bytes) -> FileInfo:
        return super().keep(path, content[:LARGE])


@crime(
    "A large put goes in parts, which know no condition.",
    "cond.large",
    seen_in="object stores' multipart uploads",
)
class LargeIsUnconditional(Conditional):
    async def create(self, path: str, content: bytes) -> FileInfo:
        if len(content) > LARGE:
            return self.keep(path, content)
        return await super().create(path, content)

    async def swap(self, path: str, content: bytes, version: str) -> FileInfo:
        if len(content) > LARGE:
            return self.keep(path, content)
        return await super().swap(path, content, version)


@crime("It takes less in a conditional put than it declares.", "cond.large")
class LimitOfPutsLies(Conditional):
    capabilities = replace(Reference.capabilities, limits=Limits(max_put=300_000, page=10))

    def keep(self, path: str, content: bytes) -> FileInfo:
        if len(content) > 299_000:  # noqa: PLR2004 - somewhat less than it declares
            raise StorageBackendError("too large", path=path, driver=self.name)
        return super().keep(path, content)
