"""Drivers that would destroy what is not the suite's, if the suite let them."""

from collections.abc import Callable
from dataclasses import replace

from storagedriver import FileInfo
from storagedriver_conformance.zoo.keeping import Disk, Stored
from storagedriver_conformance.zoo.reference import Reference

LONG = 30


class Renames(Reference):
    """Keeps files under other names than they are given: two paths may be one file."""

    def kept_as(self, path: str) -> str:
        return path

    def store(self, path: str, content: bytes) -> FileInfo:
        return replace(super().store(self.kept_as(path), content), path=path)

    def find(self, path: str) -> Stored:
        return super().find(self.kept_as(path))

    async def stat(self, path: str) -> FileInfo:
        return replace(await super().stat(self.kept_as(path)), path=path)

    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        await super().delete(self.kept_as(path), if_match=if_match)


class ForgetsDirectories(Renames):
    def kept_as(self, path: str) -> str:
        return "/" + path.rpartition("/")[2]


class ForgetsTheFirstDirectory(Renames):
    def kept_as(self, path: str) -> str:
        first, _, rest = path[1:].partition("/")
        return f"/{rest or first}"


class CutsNames(Renames):
    def kept_as(self, path: str) -> str:
        return "/".join(name[:12] for name in path.split("/"))


class DeletesByPrefix(Reference):
    def at_and_below(self, path: str) -> list[str]:
        return [one for one in self.disk.files if one.startswith(path)]


class TakesNothingForTheRoot(DeletesByPrefix):
    """Can delete the root, and does not tell of all that is in it."""

    def check(self, path: str, *, root: bool = False) -> None:
        if path not in {"", "/"}:
            super().check(path, root=root)

    def children(self, path: str) -> list[str]:
        return [name for name in super().children(path) if path != "/" or len(name) > LONG]

    def everything_below(self, path: str) -> list[str]:
        return [one for one in super().everything_below(path) if len(one) > LONG]


CARELESS: list[Callable[[Disk], Renames | DeletesByPrefix]] = [
    ForgetsDirectories,
    ForgetsTheFirstDirectory,
    CutsNames,
    DeletesByPrefix,
    TakesNothingForTheRoot,
]
