"""Crimes against deletes: too much goes, or too little."""

from collections.abc import Sequence

from storagedriver.errors import PathNotFoundError
from storagedriver.paths import is_below, name_of, parent_of
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.reference import Reference

PAGE = 10
# A path with so many separators is that of a file or directory in one of the suite's own.
DEEP = 3


@crime("Deleting nothing is fine.", "delete.file", "delete.missing", "surface.errors-typed")
class DeleteOfNothingIsFine(Reference):
    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        try:
            await super().delete(path, if_match=if_match)
        except PathNotFoundError:
            return


@crime("Deleting a file deletes its directory.", "delete.file", "caps.*", "surface.*", "stat.*")
class DeletesTheDirectory(Reference):
    def at_and_below(self, path: str) -> Sequence[str]:
        if path in self.disk.files and path.count("/") > DEEP:
            return [one for one in self.disk.files if is_below(one, parent_of(path))]
        return super().at_and_below(path)


@crime(
    "A delete takes every path that begins like the deleted one.",
    "delete.missing",
    "delete.siblings",
    "pages.delete",
    seen_in="distribution #1988",
)
class DeletesByPrefix(Reference):
    def at_and_below(self, path: str) -> Sequence[str]:
        return [one for one in self.disk.files if one.startswith(path)]


@crime(
    "A delete stops at the first path that only begins like the deleted one.",
    "delete.siblings",
    "delete.tree",
    "pages.delete",
    seen_in="distribution #3142",
)
class StopsAtForeignKey(Reference):
    def at_and_below(self, path: str) -> Sequence[str]:
        found = []
        for one in sorted(one for one in self.disk.files if one.startswith(path)):
            if one != path and not is_below(one, path):
                break
            found.append(one)
        return found


@crime("Deleting nothing is fine if a longer name exists.", "delete.missing", "model.*")
class SeesLongerNames(Reference):
    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        try:
            await super().delete(path, if_match=if_match)
        except PathNotFoundError:
            if not any(one.startswith(path) for one in self.disk.files):
                raise


@crime("Deleting below a file deletes the file.", "delete.missing", "paths.*", "model.*")
class DeletesTheFileAbove(Reference):
    def at_and_below(self, path: str) -> Sequence[str]:
        return super().at_and_below(
            path if parent_of(path) not in self.disk.files else parent_of(path)
        )


@crime("A deleted directory keeps its directories.", "delete.tree", "delete.siblings", "model.*")
class DeletesOneLevel(Reference):
    def at_and_below(self, path: str) -> Sequence[str]:
        return [one for one in super().at_and_below(path) if path in {one, parent_of(one)}]


@crime(
    "A deleted directory keeps its hidden files.",
    "delete.tree",
    "paths.*",
    seen_in="shells' and file systems' globs",
)
class DeletesByGlob(Reference):
    def at_and_below(self, path: str) -> Sequence[str]:
        found = super().at_and_below(path)
        return [one for one in found if one == path or not name_of(one).startswith(".")]


@crime("A deleted directory keeps what lies behind the first page.", "pages.delete", "pages.*")
class DeletesItsFirstPage(Reference):
    def at_and_below(self, path: str) -> Sequence[str]:
        return super().at_and_below(path)[:PAGE]


@crime("A deleted directory keeps what lies behind the second page.", "pages.delete", "pages.*")
class DeletesTwoPages(Reference):
    def at_and_below(self, path: str) -> Sequence[str]:
        return super().at_and_below(path)[: 2 * PAGE]


@crime("The root can be deleted.", "delete.root")
class DeletesTheRoot(Reference):
    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        if path == "/":
            self.disk.files.clear()
        else:
            await super().delete(path, if_match=if_match)


@crime("Deleting the root is refused as if nothing were there.", "delete.root")
class DoesNotFindTheRoot(Reference):
    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        if path == "/":
            raise PathNotFoundError(path=path, driver=self.name)
        await super().delete(path, if_match=if_match)
