"""Crimes against what is told of files and directories."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from storagedriver.errors import PathNotFoundError
from storagedriver.paths import is_below, parent_of
from storagedriver.records import FileInfo, Support
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.keeping import Disk
from storagedriver_conformance.zoo.reference import Reference


@crime("An empty file is told to be a directory.", "content.*", "surface.*")
class TakesEmptyForDirectories(Reference):
    def info(self, path: str) -> FileInfo:
        info = super().info(path)
        return info if info.size else replace(info, is_dir=True, modified=None, version=None)


@crime("A directory has a size.", "stat.directory", "surface.records", seen_in="POSIX")
class SizesDirectories(Reference):
    async def stat(self, path: str) -> FileInfo:
        info = await super().stat(path)
        return replace(info, size=4096) if info.is_dir else info


@crime("A list tells the time of a directory.", "stat.directory")
class TimesDirectories(Reference):
    def entry(self, path: str) -> FileInfo:
        info = super().entry(path)
        return replace(info, modified=datetime.now(UTC)) if info.is_dir else info


@crime("The root is not found.", "stat.root", seen_in="distribution #2292")
class FindsNoRoot(Reference):
    async def stat(self, path: str) -> FileInfo:
        await self.enter(path, root=True)
        if path == "/":
            raise PathNotFoundError(path=path, driver=self.name)
        return await super().stat(path)


@crime("The root's path is empty.", "stat.root")
class NamesNoRoot(Reference):
    async def stat(self, path: str) -> FileInfo:
        return replace(await super().stat(path), path=path.rstrip("/"))


@crime(
    "A name that begins another is a directory.",
    "stat.missing",
    "surface.*",
    seen_in="distribution's S3 driver",
)
class FindsByPrefix(Reference):
    async def stat(self, path: str) -> FileInfo:
        await self.enter(path, root=True)
        if any(one.startswith(path) for one in self.disk.files) and path not in self.disk.files:
            return FileInfo(path=path, is_dir=True)
        return await super().stat(path)


@crime("A name that begins several others is a directory.", "stat.missing")
class FindsByLongPrefix(Reference):
    async def stat(self, path: str) -> FileInfo:
        await self.enter(path, root=True)
        found = sum(one.startswith(path) for one in self.disk.files)
        if found > 2 and path not in self.disk.files:  # noqa: PLR2004 - the crime's number
            return FileInfo(path=path, is_dir=True)
        return await super().stat(path)


@crime("A path below a file is told to be that file.", "stat.missing", "paths.*", "content.*")
class FindsBelowFiles(Reference):
    async def stat(self, path: str) -> FileInfo:
        await self.enter(path, root=True)
        if parent_of(path) in self.disk.files and path not in self.disk.files:
            return replace(self.info(parent_of(path)), path=path)
        return await super().stat(path)


@crime(
    "A directory is looked for in the first key that begins with its name.",
    "stat.among-siblings",
    "surface.*",
    "paths.*",
    seen_in="distribution #3142",
)
class LooksAtTheFirstKey(Reference):
    async def stat(self, path: str) -> FileInfo:
        await self.enter(path, root=True)
        keys = sorted(one for one in self.disk.files if one.startswith(path))
        if path != "/" and keys and keys[0] != path and not is_below(keys[0], path):
            raise PathNotFoundError(path=path, driver=self.name)
        return await super().stat(path)


class KeepingDirectories(Reference):
    """It makes directories, and has to remove them."""

    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.made: set[str] = set()

    def store(self, path: str, content: bytes) -> FileInfo:
        parent = parent_of(path)
        while parent != "/":
            self.made.add(parent)
            parent = parent_of(parent)
        return super().store(path, content)

    async def stat(self, path: str) -> FileInfo:
        await self.enter(path, root=True)
        if path in self.made and path not in self.disk.files:
            return FileInfo(path=path, is_dir=True)
        return await super().stat(path)


@crime("Empty directories stay.", "*.empties-parents", "content.*", "paths.*", seen_in="POSIX")
class KeepsDirectories(KeepingDirectories):
    pass


@crime(
    "Of the parents that become empty only the next is removed.", "*.empties-parents", "content.*"
)
class RemovesOneParent(KeepingDirectories):
    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        await super().delete(path, if_match=if_match)
        self.made = {one for one in self.made if one != path and not is_below(one, path)}
        self.made.discard(parent_of(path))

    async def move(self, source: str, destination: str) -> None:
        await super().move(source, destination)
        self.made.discard(parent_of(source))


@crime(
    "A directory stays when its last file is moved away.",
    "*.empties-parents",
    "content.*",
    "list.*",
)
class KeepsLeftDirectories(KeepingDirectories):
    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        await super().delete(path, if_match=if_match)
        self.made = {one for one in self.made if self.is_directory(one)}


FLAT = replace(Reference.capabilities, exclusive_names=Support.ABSENT)


@crime("Of a file and a directory of one name, stat tells the directory.", "*.both*")
class PrefersDirectories(Reference):
    capabilities = FLAT

    async def stat(self, path: str) -> FileInfo:
        await self.enter(path, root=True)
        if path != "/" and self.is_directory(path):
            return FileInfo(path=path, is_dir=True)
        return await super().stat(path)


@crime("What is a file is not listed as a directory.", "*.both*")
class ListsNoFiles(Reference):
    capabilities = FLAT

    def children(self, path: str) -> Sequence[str]:
        if path in self.disk.files:
            raise PathNotFoundError(path=path, driver=self.name)
        return super().children(path)


@crime("A name that is both comes twice where siblings lie between.", "stat.both-names")
class ListsBothApart(Reference):
    capabilities = FLAT

    def children(self, path: str) -> Sequence[str]:
        names = list(super().children(path))
        prefix = path.rstrip("/") + "/"
        for name in names[:-1]:
            child = prefix + name
            apart = any(one.startswith(f"{name}-") for one in names)
            if apart and child in self.disk.files and self.is_directory(child):
                return [*names, name]
        return names


@crime("Below what is a file too nothing is walked.", "*.both*")
class WalksNoFiles(Reference):
    capabilities = FLAT

    def everything_below(self, path: str) -> Sequence[str]:
        found = super().everything_below(path)
        files = [one for one in found if one in self.disk.files]
        return [one for one in found if not any(is_below(one, file) for file in files)]


@crime("Two names that differ in case alone are one.", "list.*", "paths.*", seen_in="APFS and NTFS")
class FoldsCase(Reference):
    def store(self, path: str, content: bytes) -> FileInfo:
        alike = (one for one in self.disk.files if one.lower() == path.lower())
        known = next(alike, path)
        info = super().store(known, content)
        return replace(info, path=path)

    def info(self, path: str) -> FileInfo:
        alike = [one for one in self.disk.files if one.lower() == path.lower()]
        return replace(super().info(alike[0] if alike else path), path=path)
