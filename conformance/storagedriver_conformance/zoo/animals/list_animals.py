"""Crimes against lists."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from storagedriver.errors import PathNotFoundError
from storagedriver.paths import is_below, parent_of
from storagedriver.records import FileInfo
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.keeping import Disk
from storagedriver_conformance.zoo.reference import Reference


@crime("A list gives all that is below.", "list.children", "surface.*", "paths.*")
class ListsAllBelow(Reference):
    def children(self, path: str) -> Sequence[str]:
        prefix = path.rstrip("/") + "/"
        super().children(path)
        return [one.removeprefix(prefix) for one in self.everything_below(path)]


@crime("A directory is listed once for each file in it.", "list.children", "paths.*", "surface.*")
class ListsDirectoriesOften(Reference):
    def children(self, path: str) -> Sequence[str]:
        super().children(path)
        prefix = path.rstrip("/") + "/"
        files = [one for one in self.disk.files if is_below(one, path)]
        return sorted(one.removeprefix(prefix).partition("/")[0] for one in files)


@crime("Directories are listed as files.", "list.children", "stat.directory")
class ListsNoDirectories(Reference):
    async def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        async for info in super().list(path, start_after=start_after):
            yield replace(info, is_dir=False)


@crime("A list is in the order of writing.", "list.*", "content.*", "paths.*")
class ListsAsWritten(Reference):
    def children(self, path: str) -> Sequence[str]:
        prefix = path.rstrip("/") + "/"
        super().children(path)
        files = [one for one in self.disk.files if is_below(one, path)]
        return list(dict.fromkeys(one.removeprefix(prefix).partition("/")[0] for one in files))


@crime("A list does not end.", "list.children", "*")
class NeverEnds(Reference):
    async def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        last: FileInfo | None = None
        async for info in super().list(path, start_after=start_after):
            last = info
            yield info
        while last is not None:
            yield last


@crime("A list does not end, and is slow.", "list.children", "*", patience=0.3)
class NeverEndsSlowly(Reference):
    async def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        async for info in super().list(path, start_after=start_after):
            yield info
        while path != "/":
            await asyncio.sleep(0.02)
            yield FileInfo(path=f"{path}/again", is_dir=True)


@crime("A list gives what is in siblings whose names begin alike.", "list.siblings", "*")
class ListsByPrefix(Reference):
    def children(self, path: str) -> Sequence[str]:
        names = super().children(path)
        alike = [
            one.removeprefix(path).partition("/")[2].partition("/")[0]
            for one in self.disk.files
            if path != "/" and one.startswith(path)
        ]
        return sorted({*names, *filter(None, alike)})


class KeyOrder(Reference):
    """It orders names by a key of its own."""

    def key(self, name: str, *, is_dir: bool) -> object:
        """Return what a name is sorted by."""
        return f"{name}/" if is_dir else name

    def children(self, path: str) -> Sequence[str]:
        prefix = path.rstrip("/") + "/"
        names = super().children(path)
        folders = {name for name in names if self.is_directory(prefix + name)}
        return sorted(names, key=lambda name: self.key(name, is_dir=name in folders))  # type: ignore[arg-type,return-value] # keys of one animal compare


@crime(
    "A list is in the order of keys, where `a-` comes before `a/`.",
    "list.order",
    "stat.*",
    "*.both",
    seen_in="distribution's S3 driver",
)
class ListsByKey(KeyOrder):
    pass


@crime("Capitals are sorted among small letters.", "list.order")
class ListsWithoutCase(KeyOrder):
    def key(self, name: str, *, is_dir: bool) -> object:  # noqa: ARG002 - the crime
        return (name.lower(), name)


@crime("Directories come first.", "list.order", "list.*", "content.*", "paths.*")
class ListsDirectoriesFirst(KeyOrder):
    def key(self, name: str, *, is_dir: bool) -> object:
        return (not is_dir, name)


@crime("Numbers are sorted by their value.", "list.order")
class ListsByNumber(KeyOrder):
    def key(self, name: str, *, is_dir: bool) -> object:  # noqa: ARG002 - the crime
        return (0, int(name), name) if name.isdigit() else (name > "9", 0, name)


@crime("Stems are cut before `-` alone when order is put right.", "list.order", "stat.*", "list.*")
class ForgetsDots(KeyOrder):
    def key(self, name: str, *, is_dir: bool) -> object:
        return f"{name}/" if is_dir and "-" not in name else name.replace("-", "/-")


@crime(
    "To list nothing gives nothing.",
    "list.missing",
    "surface.*",
    "paths.*",
    seen_in="distribution #1186",
)
class ListsNothing(Reference):
    def children(self, path: str) -> Sequence[str]:
        try:
            return super().children(path)
        except PathNotFoundError:
            return []


@crime("A file is listed as what is in it.", "list.missing", "surface.*", "paths.*")
class ListsFiles(Reference):
    async def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        await self.enter(path, root=True)
        if path in self.disk.files:
            yield self.info(path)
            return
        async for info in super().list(path, start_after=start_after):
            yield info


@crime("A list of nothing is refused when it is called.", "list.missing")
class RefusesAtTheCall(Reference):
    def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        self.check(path, root=True)
        if path != "/" and not self.closed and not self.is_directory(path):
            raise PathNotFoundError(path=path, driver=self.name)
        return super().list(path, start_after=start_after)


@crime("The root's children have relative paths.", "list.root", seen_in="distribution #181")
class ListsRelativePaths(Reference):
    async def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        async for info in super().list(path, start_after=start_after):
            yield replace(info, path=info.path.lstrip("/")) if path == "/" else info


@crime("The root lists what is the driver's own.", "list.root")
class ListsItsOwn(Reference):
    async def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        async for info in super().list(path, start_after=start_after):
            yield info
        if path == "/":
            yield FileInfo(path="/~", is_dir=True)


@crime("Of the root nothing is listed.", "list.root")
class ListsNoRoot(Reference):
    def listed(self, path: str, start_after: str | None) -> Sequence[str]:
        return [] if path == "/" else super().listed(path, start_after)


class CachesLists(Reference):
    """It remembers lists until it is told to forget."""

    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.known: dict[str, Sequence[str]] = {}

    def children(self, path: str) -> Sequence[str]:
        if path not in self.known:
            self.known[path] = super().children(path)
        prefix = path.rstrip("/") + "/"
        there = [*self.disk.files, *self.everything_below(path)]
        return [name for name in self.known[path] if prefix + name in there]

    def check_names(self, path: str) -> None:
        super().check_names(path)
        if path not in self.disk.pending:
            self.known.clear()


@crime("A list does not show what a commit added.", "list.*", "content.*")
class ListsNoCommits(CachesLists):
    pass


@crime("A list shows what was deleted.", "list.tracks", "stat.*", "content.*", "paths.*")
class ListsTheDeleted(Reference):
    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        await super().delete(path, if_match=if_match)
        self.deleted = {*getattr(self, "deleted", ()), path}

    def children(self, path: str) -> Sequence[str]:
        gone = [one for one in getattr(self, "deleted", ()) if parent_of(one) == path != "/"]
        return sorted({*super().children(path), *(one.rpartition("/")[2] for one in gone)})


@crime("A list shows what is being written.", "list.unfinished", "list.tracks", "writers.*")
class ListsTheUnfinished(Reference):
    def children(self, path: str) -> Sequence[str]:
        hidden = [one for one in self.disk.pending if parent_of(one) == path]
        temporary = [f".{one.rpartition('/')[2]}.tmp" for one in hidden]
        return sorted({*super().children(path), *temporary})


@crime("A writer makes its directory.", "list.unfinished", "writers.*", "model.*")
class WritersMakeDirectories(Reference):
    async def stat(self, path: str) -> FileInfo:
        await self.enter(path, root=True)
        if any(is_below(one, path) for one in self.disk.pending):
            return FileInfo(path=path, is_dir=True)
        return await super().stat(path)


@crime(
    "Names with a dot in front are not listed.",
    "list.*",
    "paths.*",
    "content.roundtrip",
    seen_in="ls and globs",
)
class HidesDots(Reference):
    def children(self, path: str) -> Sequence[str]:
        return [name for name in super().children(path) if not name.startswith(".")]
