"""Crimes against what a delete leaves: directories without files, and bytes of the dead."""

from collections.abc import Sequence

from storagedriver.errors import PathNotFoundError
from storagedriver.paths import is_below, name_of, parent_of
from storagedriver.records import FileInfo
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.reference import Reference

# A path with so many separators is that of a file or directory in one of the suite's own.
DEEP = 3


class Folders(Reference):
    """Directories that were made, and are not removed with their last file."""

    made: frozenset[str] = frozenset()

    def store(self, path: str, content: bytes) -> FileInfo:
        info = super().store(path, content)
        while (path := parent_of(path)) != "/":
            self.made = self.made | {path}
        return info


@crime("stat finds directories without files.", "delete.empties-parents", "content.*", "reads.*")
class StatsEmptyDirectories(Folders):
    async def stat(self, path: str) -> FileInfo:
        if path in self.made and not self.closed:
            return self.info(path) if path in self.disk.files else FileInfo(path=path, is_dir=True)
        return await super().stat(path)


@crime("list gives directories without files.", "delete.empties-parents", "content.*", "list.*")
class ListsEmptyDirectories(Folders):
    def children(self, path: str) -> Sequence[str]:
        names = {name_of(one) for one in self.made if parent_of(one) == path and one != path}
        try:
            return sorted({*super().children(path), *names})
        except PathNotFoundError:
            if path not in self.made:
                raise
            return sorted(names)


@crime("walk gives directories without files.", "delete.empties-parents", "paths.*", "walk.*")
class WalksEmptyDirectories(Folders):
    def everything_below(self, path: str) -> Sequence[str]:
        found = [one for one in self.made if is_below(one, path) and not self.is_directory(one)]
        try:
            return [*super().everything_below(path), *sorted(found)]
        except PathNotFoundError:
            if path not in self.made:
                raise
            return sorted(found)


@crime("A parent of directories alone goes with one of them.", "delete.empties-parents", "stat.*")
class PrunesTooFar(Reference):
    def at_and_below(self, path: str) -> Sequence[str]:
        found = list(super().at_and_below(path))
        above = parent_of(parent_of(path))
        inside = [one for one in self.disk.files if is_below(one, above)]
        if above.count("/") >= DEEP and not any(parent_of(one) == above for one in inside):
            found = sorted({*found, *inside}) if found else found
        return found


@crime("A directory that went is never listed again.", "delete.empties-parents", "move.empties-*")
class RemembersWhatWent(Reference):
    went: frozenset[str] = frozenset()

    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        await super().delete(path, if_match=if_match)
        if not self.is_directory(parent_of(path)):
            self.went = self.went | {parent_of(path)}

    def everything_below(self, path: str) -> Sequence[str]:
        return [one for one in super().everything_below(path) if one not in self.went]


@crime(
    "A file that is written again has the rest of the deleted one.",
    "content.recreated",
    "content.*",
)
class KeepsGraves(Reference):
    graves: tuple[tuple[str, bytes], ...] = ()

    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        gone = [(one, self.disk.files[one].content) for one in self.at_and_below(path)]
        await super().delete(path, if_match=if_match)
        self.graves = (*self.graves, *gone)

    def store(self, path: str, content: bytes) -> FileInfo:
        old = dict(self.graves).get(path, b"")
        return super().store(path, content + old[len(content) :])


@crime("stat tells the size of the deleted file.", "content.recreated", "content.*", "stat.*")
class KeepsSizes(Reference):
    sizes: tuple[tuple[str, int], ...] = ()

    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        gone = [(one, len(self.disk.files[one].content)) for one in self.at_and_below(path)]
        await super().delete(path, if_match=if_match)
        self.sizes = (*self.sizes, *gone)

    async def stat(self, path: str) -> FileInfo:
        info = await super().stat(path)
        size = dict(self.sizes).get(path, info.size)
        return FileInfo(
            path=path, size=size, is_dir=info.is_dir, modified=info.modified, version=info.version
        )
