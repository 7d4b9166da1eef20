"""Crimes where a file and a directory meet."""

from collections.abc import Sequence

from storagedriver.errors import PathNotFoundError
from storagedriver.paths import order_key, parent_of
from storagedriver.records import FileInfo
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.keeping import Stored
from storagedriver_conformance.zoo.reference import Reference
from storagedriver_conformance.zoo.variants import Flat


@crime("Below a file is no directory, as the system says.", "paths.below-a-file", seen_in="ENOTDIR")
class BelowIsNoDirectory(Reference):
    def find(self, path: str) -> Stored:
        if parent_of(path) in self.disk.files:
            raise NotADirectoryError(path)
        return super().find(path)


@crime("The list of a file is empty.", "paths.below-a-file", "list.*", seen_in="fsspec")
class ListsNothingOfFiles(Reference):
    def listed(self, path: str, start_after: str | None) -> Sequence[str]:
        return [] if path in self.disk.files else super().listed(path, start_after)


@crime(
    "A walk from a file gives the file.", "paths.below-a-file", "walk.*", seen_in="fsspec's find"
)
class WalksTheFileItself(Reference):
    def walked(self, path: str, start_after: str | None) -> Sequence[str]:
        return [path] if path in self.disk.files else super().walked(path, start_after)


@crime("A delete below a file deletes the file.", "paths.below-a-file", "delete.*")
class DeletesTheParent(Reference):
    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        self.check(path)
        parent = parent_of(path)
        await super().delete(parent if parent in self.disk.files else path, if_match=if_match)


@crime("It declares exclusive names and looks at none.", "paths.conflict", "paths.*", "surface.*")
class ClaimsExclusiveNames(Reference):
    def check_names(self, path: str) -> None:
        del path


@crime("Only the parent is looked at, not what lies above.", "names.put", "paths.conflict")
class LooksAtTheParent(Reference):
    def check_names(self, path: str) -> None:
        if parent_of(path) in self.disk.files or self.is_directory(path):
            super().check_names(path)


@crime(
    "A move onto a directory replaces it.",
    "paths.conflict",
    "move.*",
    seen_in="distribution's inmemory driver",
)
class MovesOntoDirectories(Reference):
    async def move(self, source: str, destination: str) -> None:
        self.check(destination)
        if source in self.disk.files and self.is_directory(destination):
            for one in self.at_and_below(destination):
                del self.disk.files[one]
        await super().move(source, destination)


@crime("A name that is both is listed twice.", "paths.both", seen_in="s3fs")
class ListsBoth(Flat):
    def listed(self, path: str, start_after: str | None) -> Sequence[str]:
        names = super().listed(path, start_after)
        full = {name: f"{path.rstrip('/')}/{name}" for name in names}
        twice = [n for n in names if full[n] in self.disk.files and self.is_directory(full[n])]
        return sorted([*names, *twice])


@crime("A name that is both is a directory for stat.", "paths.both", "stat.*")
class StatsTheDirectory(Flat):
    async def stat(self, path: str) -> FileInfo:
        info = await super().stat(path)
        return FileInfo(path=path, is_dir=True) if self.is_directory(path) else info


@crime("A delete of a name that is both takes the file alone.", "paths.both", "delete.*")
class DeletesTheFileAlone(Flat):
    def at_and_below(self, path: str) -> Sequence[str]:
        return [path] if path in self.disk.files else super().at_and_below(path)


@crime("A walk leaves out what lies below a file.", "paths.both", "walk.*")
class WalksPastFiles(Flat):
    def walked(self, path: str, start_after: str | None) -> Sequence[str]:
        found = super().walked(path, start_after)
        return [one for one in found if parent_of(one) not in self.disk.files]


@crime(
    "A move takes what lies below the source away.",
    "paths.both",
    "move.*",
    seen_in="distribution's s3 driver",
)
class MovesAndDeletesBelow(Flat):
    async def move(self, source: str, destination: str) -> None:
        await super().move(source, destination)
        for one in self.at_and_below(source):
            del self.disk.files[one]


@crime("The list of a directory that is a file too is refused.", "paths.both", "list.*")
class HidesTheDirectory(Flat):
    def children(self, path: str) -> Sequence[str]:
        if path in self.disk.files:
            raise PathNotFoundError(path=path, driver=self.name)
        return super().children(path)


@crime("A file is given after what lies below it.", "paths.both", "walk.*")
class WalksTheFileLast(Flat):
    def walked(self, path: str, start_after: str | None) -> Sequence[str]:
        found = super().walked(path, start_after)
        return sorted(
            found, key=lambda one: (*order_key(one), "~" if one in self.disk.files else "")
        )
