"""Crimes at the edges of pages."""

from collections.abc import Sequence
from itertools import groupby

from storagedriver.errors import PathNotFoundError
from storagedriver.paths import is_below, order_key
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.reference import Reference

PAGE = Reference.capabilities.limits.page or 1


@crime("Of a list the first page is given.", "pages.list", "list.*", "paths.*")
class ListsOnePage(Reference):
    def children(self, path: str) -> Sequence[str]:
        return super().children(path)[:PAGE]


@crime(
    "A full page is taken for the one before an empty one, and lost.",
    "pages.list",
    "list.start-after",
)
class LosesFullPages(Reference):
    def listed(self, path: str, start_after: str | None) -> Sequence[str]:
        names = super().listed(path, start_after)
        full = len(names) == 2 * PAGE
        return names[:PAGE] if full and path.count("/") > 1 else names


@crime("After two pages the name at the edge comes twice.", "pages.list", "list.*", "paths.*")
class RepeatsTheEdge(Reference):
    def listed(self, path: str, start_after: str | None) -> Sequence[str]:
        names = list(super().listed(path, start_after))
        edge = names[2 * PAGE - 1 : 2 * PAGE] if len(names) > 2 * PAGE else []
        return [*names[: 2 * PAGE], *edge, *names[2 * PAGE :]]


@crime("A list that starts at the edge of the second page begins with it.", "pages.list", "list.*")
class StartsAtTheEdge(Reference):
    def listed(self, path: str, start_after: str | None) -> Sequence[str]:
        names = self.children(path)
        starts = start_after is not None and start_after in names[2 * PAGE : 2 * PAGE + 1]
        return names[2 * PAGE :] if starts else super().listed(path, start_after)


@crime("A page of directories is taken for the last.", "pages.directories", seen_in="S3 prefixes")
class StopsAtDirectories(Reference):
    def children(self, path: str) -> Sequence[str]:
        names = list(super().children(path))
        prefix = path.rstrip("/") + "/"
        for at in range(0, len(names), PAGE):
            page = names[at : at + PAGE]
            if len(page) == PAGE and not any(prefix + name in self.disk.files for name in page):
                return names[: at + PAGE]
        return names


@crime("A directory that spans pages is listed on each.", "pages.big-directory", "paths.*")
class ListsDirectoriesPerPage(Reference):
    def children(self, path: str) -> Sequence[str]:
        super().children(path)
        prefix = path.rstrip("/") + "/"
        files = sorted((one for one in self.disk.files if is_below(one, path)), key=order_key)
        found: list[str] = []
        for at in range(0, len(files), PAGE):
            page = [one.removeprefix(prefix).partition("/")[0] for one in files[at : at + PAGE]]
            found += [name for name, _ in groupby(page)]
        return found


@crime("A directory is lost where it comes first on a page.", "pages.big-directory", "list.*")
class LosesDirectoriesAtTheEdge(Reference):
    def children(self, path: str) -> Sequence[str]:
        names = list(super().children(path))
        prefix = path.rstrip("/") + "/"
        edge = [name for name in names[PAGE - 1 : PAGE] if prefix + name not in self.disk.files]
        big = any(sum(is_below(f, prefix + n) for f in self.disk.files) > PAGE for n in edge)
        return [name for name in names if not (big and name in edge)]


@crime("Of a walk the first page is given.", "pages.walk", "walk.*", "list.*", "paths.*")
class WalksOnePage(Reference):
    def everything_below(self, path: str) -> Sequence[str]:
        return super().everything_below(path)[:PAGE]


@crime("A walk that fills its pages loses the last path.", "pages.walk")
class LosesTheLastPath(Reference):
    def walked(self, path: str, start_after: str | None) -> Sequence[str]:
        found = super().walked(path, start_after)
        files = [one for one in found if one in self.disk.files]
        full = start_after is None and len(files) == 2 * PAGE and len(found) > len(files)
        return found[:-1] if full else found


@crime("Order is put right within a page alone.", "pages.siblings", "list.*", "walk.*")
class OrdersWithinPages(Reference):
    def children(self, path: str) -> Sequence[str]:
        names = super().children(path)
        prefix = path.rstrip("/") + "/"
        keys = sorted(
            names, key=lambda name: f"{name}/" if self.is_directory(prefix + name) else name
        )
        far = any(abs(keys.index(name) - at) > PAGE for at, name in enumerate(names))
        return keys if far else names


@crime("Of a tree the first page is deleted.", "pages.delete", "delete.*", seen_in="bulk deletes")
class DeletesOnePage(Reference):
    def at_and_below(self, path: str) -> Sequence[str]:
        found = super().at_and_below(path)
        return found if path.startswith("/conformance-") and path.count("/") == 1 else found[:PAGE]


@crime("Of unfinished writers the first page is told.", "pages.unfinished", "unfinished.*")
class TellsOnePage(Reference):
    def unfinished_in(self, path: str) -> Sequence[str]:
        return super().unfinished_in(path)[:PAGE]


@crime(
    "A writer beyond the first page of them is not resumed.",
    "pages.unfinished",
    seen_in="distribution #3420",
)
class ResumesOnePage(Reference):
    def kept(self, path: str) -> bytes:
        if path not in sorted(self.disk.pending, key=order_key)[:PAGE]:
            raise PathNotFoundError(path=path, driver=self.name)
        return super().kept(path)
