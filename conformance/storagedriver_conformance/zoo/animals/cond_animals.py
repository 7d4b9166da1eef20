"""Crimes against if_none_match: of creations, one by one."""

from storagedriver.paths import is_below
from storagedriver.records import FileInfo
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.conditional import Conditional
from storagedriver_conformance.zoo.writing import ReferenceWriter


@crime("It declares conditions and ignores them.", "cond.create", "surface.*", "caps.*", "model.*")
class ClaimsConditions(Conditional):
    def check_condition(self, path: str, *, if_match: str | None, if_none_match: bool) -> None:
        pass


@crime("A refused creation is stored.", "cond.create")
class CreateRefusedButDone(Conditional):
    async def create(self, path: str, content: bytes) -> FileInfo:
        existed = path in self.disk.files
        info = self.keep(path, content)
        if existed:
            raise self.fail(path)
        return info


@crime("A second creation with equal bytes succeeds.", "cond.create", "cond.one-creator")
class EqualCreationsSucceed(Conditional):
    async def create(self, path: str, content: bytes) -> FileInfo:
        if path in self.disk.files and self.disk.files[path].content == content:
            return self.info(path)
        return await super().create(path, content)


@crime("A file that was deleted cannot be created again.", "cond.create", "model.*")
class CreatesOnceForEver(Conditional):
    created: frozenset[str] = frozenset()

    async def create(self, path: str, content: bytes) -> FileInfo:
        if path in self.created:
            raise self.fail(path)
        info = await super().create(path, content)
        self.created = self.created | {path}
        return info


@crime("For a creation an empty file is none.", "cond.create-sees-files", "model.*")
class CreateReplacesEmpty(Conditional):
    async def create(self, path: str, content: bytes) -> FileInfo:
        if path in self.disk.files and not self.disk.files[path].content:
            return self.keep(path, content)
        return await super().create(path, content)


class Committing(ReferenceWriter):
    """A writer whose commits are noted."""

    async def commit(self) -> FileInfo:
        info = await super().commit()
        self.driver.disk.files[self.path].version += "w"
        return info


@crime("A creation does not see what a writer made.", "cond.create-sees-files", "model.*")
class CreateMissesWritten(Conditional):
    Writer = Committing

    async def create(self, path: str, content: bytes) -> FileInfo:
        if path in self.disk.files and self.disk.files[path].version.endswith("w"):
            return self.keep(path, content)
        return await super().create(path, content)


@crime("A creation is refused for a longer name.", "cond.create-sees-files", "cond.create-*")
class CreateSeesLongerNames(Conditional):
    async def create(self, path: str, content: bytes) -> FileInfo:
        if any(one.startswith(path) and not is_below(one, path) for one in self.disk.files):
            raise self.fail(path)
        return await super().create(path, content)


@crime("A creation is refused for an unfinished writer.", "cond.create-beside-writer", "model.*")
class CreateSeesUnfinished(Conditional):
    async def create(self, path: str, content: bytes) -> FileInfo:
        if path in self.disk.pending:
            raise self.fail(path)
        return await super().create(path, content)


@crime("A creation drops an unfinished writer.", "cond.create-beside-writer", "model.*")
class CreateDropsWriters(Conditional):
    async def create(self, path: str, content: bytes) -> FileInfo:
        info = await super().create(path, content)
        self.disk.pending.pop(path, None)
        return info


@crime("A creation looks at no names.", "cond.create-onto-directory", "model.*")
class CreateSkipsNames(Conditional):
    async def create(self, path: str, content: bytes) -> FileInfo:
        self.check_condition(path, if_match=None, if_none_match=True)
        return self.store(path, content)


@crime("For a creation a directory is a file.", "cond.create-onto-directory", "model.*")
class CreateTakesDirectoriesForFiles(Conditional):
    async def create(self, path: str, content: bytes) -> FileInfo:
        if self.is_directory(path):
            raise self.fail(path)
        return await super().create(path, content)
