"""Crimes against walks."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from storagedriver.errors import PathNotFoundError
from storagedriver.paths import is_below, order_key, parent_of
from storagedriver.records import FileInfo
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.keeping import Disk
from storagedriver_conformance.zoo.reference import Reference
from storagedriver_conformance.zoo.writing import ReferenceWriter


@crime(
    "A walk gives files alone.", "walk.everything", "content.*", "stat.*", "surface.*", "paths.*"
)
class WalksFilesAlone(Reference):
    def everything_below(self, path: str) -> Sequence[str]:
        return [one for one in super().everything_below(path) if one in self.disk.files]


@crime("A walk gives a directory after what is in it.", "walk.everything", "content.*", "stat.*")
class WalksFromBelow(Reference):
    def everything_below(self, path: str) -> Sequence[str]:
        return sorted(super().everything_below(path), key=lambda one: [*order_key(one), "~"])


@crime("A walk goes level by level.", "walk.everything", "*.both*", "content.*")
class WalksByLevel(Reference):
    def everything_below(self, path: str) -> Sequence[str]:
        return sorted(super().everything_below(path), key=lambda one: (one.count("/"), one))


@crime("A walk gives the directory that is walked.", "walk.everything", "*", seen_in="os.walk")
class WalksItself(Reference):
    def everything_below(self, path: str) -> Sequence[str]:
        found = super().everything_below(path)
        return found if path == "/" else [path, *found]


@crime("A walk stops below the second level.", "walk.everything", "content.*", "paths.*")
class WalksTwoLevels(Reference):
    def everything_below(self, path: str) -> Sequence[str]:
        most = path.rstrip("/").count("/") + 2
        return [one for one in super().everything_below(path) if one.count("/") <= most]


@crime("A walk is in the order of keys.", "walk.order", "list.*", "stat.*", "paths.*")
class WalksByKey(Reference):
    def everything_below(self, path: str) -> Sequence[str]:
        return sorted(super().everything_below(path))


@crime(
    "Siblings whose names begin with a directory's are left out.",
    "walk.order",
    "list.*",
    "paths.*",
    "stat.*",
    seen_in="distribution #4891",
)
class WalksPastSiblings(Reference):
    def everything_below(self, path: str) -> Sequence[str]:
        found = super().everything_below(path)
        folders = [one for one in found if one not in self.disk.files]
        return [
            one
            for one in found
            if not any(one.startswith(f"{folder}.") and one != folder for folder in folders)
        ]


@crime(
    "To walk nothing gives nothing.",
    "walk.missing",
    "surface.*",
    "paths.*",
    seen_in="distribution 3.1 on S3",
)
class WalksNothing(Reference):
    def everything_below(self, path: str) -> Sequence[str]:
        try:
            return super().everything_below(path)
        except PathNotFoundError:
            return []


@crime("To walk a file gives it.", "walk.missing", "paths.*", "surface.*")
class WalksFiles(Reference):
    def everything_below(self, path: str) -> Sequence[str]:
        return [path] if path in self.disk.files else super().everything_below(path)


@crime("A walk of nothing is refused when it is called.", "walk.missing", "paths.legal")
class WalkRefusesAtTheCall(Reference):
    def walk(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        self.check(path, root=True)
        if path != "/" and not self.closed and not self.is_directory(path):
            raise PathNotFoundError(path=path, driver=self.name)
        return super().walk(path, start_after=start_after)


@crime("To walk nothing after a path gives nothing.", "walk.missing-start-after")
class WalksNothingAfterAPath(Reference):
    def walked(self, path: str, start_after: str | None) -> Sequence[str]:
        try:
            return super().walked(path, start_after)
        except PathNotFoundError:
            if start_after is None:
                raise
            return []


@crime("Of the root nothing is walked.", "walk.root", "surface.*", seen_in="distribution #4932")
class WalksNoRoot(Reference):
    def walked(self, path: str, start_after: str | None) -> Sequence[str]:
        return [] if path == "/" else super().walked(path, start_after)


@crime("The root's walk gives what is the driver's own.", "walk.root", "surface.*")
class WalksItsOwn(Reference):
    async def walk(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        async for info in super().walk(path, start_after=start_after):
            yield info
        if path == "/":
            yield FileInfo(path="/~", is_dir=True)


class WalkStarts(Reference):
    """It starts in its own way after a path."""

    def follows(self, path: str, after: str) -> bool:
        """Tell whether a path is given."""
        return order_key(path) > order_key(after)

    def walked(self, path: str, start_after: str | None) -> Sequence[str]:
        found = self.everything_below(path)
        return [one for one in found if start_after is None or self.follows(one, start_after)]


@crime(
    "A walk starts with the path that it was to start after.", "walk.after-a-directory", "walk.root"
)
class WalkStartsWithThePath(WalkStarts):
    def follows(self, path: str, after: str) -> bool:
        return order_key(path) >= order_key(after)


@crime("A walk that starts after a directory leaves out what is in it.", "walk.after-a-directory")
class WalkSkipsTheDirectory(WalkStarts):
    def follows(self, path: str, after: str) -> bool:
        return super().follows(path, after) and not is_below(path, after)


@crime("A walk that starts in a directory gives it again.", "walk.after-a-directory")
class WalkRepeatsParents(WalkStarts):
    def follows(self, path: str, after: str) -> bool:
        return super().follows(path, after) or is_below(after, path)


@crime("A walk starts by the order of keys.", "walk.after-a-directory", "walk.start-after")
class WalkStartsByKey(WalkStarts):
    def follows(self, path: str, after: str) -> bool:
        return path > after


@crime("A walk starts at the beginning where its start does not exist.", "walk.start-after")
class WalkStartsAfterExisting(WalkStarts):
    def follows(self, path: str, after: str) -> bool:
        exists = after in self.disk.files or self.is_directory(after)
        return not exists or super().follows(path, after)


@crime("A walk that starts below a file starts with it.", "walk.start-after")
class WalkStartsWithTheFile(WalkStarts):
    def follows(self, path: str, after: str) -> bool:
        return super().follows(path, after) or (is_below(after, path) and path in self.disk.files)


@crime("A walk that starts in a missing directory leaves out its neighbours.", "walk.start-after")
class WalkLeavesTheParent(WalkStarts):
    def follows(self, path: str, after: str) -> bool:
        parent = parent_of(after)
        missing = parent not in self.disk.files and not self.is_directory(parent)
        hidden = missing and parent_of(path) == parent_of(parent)
        return super().follows(path, after) and not hidden


@crime("A walk tells no size below the third level.", "walk.equals-lists", "paths.*", "walk.*")
class WalksWithoutSizes(Reference):
    async def walk(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        async for info in super().walk(path, start_after=start_after):
            deep = info.path.count("/") > path.rstrip("/").count("/") + 3
            yield replace(info, size=0) if deep else info


class RememberedWriter(ReferenceWriter):
    async def commit(self) -> FileInfo:
        info = await super().commit()
        self.driver.committed = True  # type: ignore[attr-defined] # it is a RemembersWalks
        return info


@crime("A walk does not show what a commit added.", "walk.tracks", "writers.*")
class RemembersWalks(Reference):
    Writer = RememberedWriter

    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.known: dict[str, Sequence[str]] = {}
        self.committed = False

    def everything_below(self, path: str) -> Sequence[str]:
        if not self.committed or path not in self.known:
            self.known[path] = super().everything_below(path)
        return [one for one in self.known[path] if self.is_directory(one) or one in self.disk.files]

    def check_names(self, path: str) -> None:
        self.committed = False
        super().check_names(path)
