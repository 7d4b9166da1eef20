"""Crimes against names: hidden, folded, cut, or taken for others."""

from collections.abc import Sequence

from storagedriver.errors import InvalidPathError
from storagedriver.paths import MAX_COMPONENT, check_path, is_below, name_of, parent_of
from storagedriver.protocol import Content
from storagedriver.records import FileInfo
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.animals.paths_animals import Matching
from storagedriver_conformance.zoo.keeping import Stored
from storagedriver_conformance.zoo.reference import Reference
from storagedriver_conformance.zoo.writing import ReferenceWriter


@crime("Lists hide what looks like a temporary file.", "paths.reserved", seen_in="Docker's driver")
class HidesTemporaryFiles(Reference):
    def listed(self, path: str, start_after: str | None) -> Sequence[str]:
        return [name for name in super().listed(path, start_after) if not name.endswith(".tmp")]


@crime("Walks hide directories that begin with '_'.", "paths.reserved-directories", "walk.*")
class HidesUnderscores(Reference):
    def walked(self, path: str, start_after: str | None) -> Sequence[str]:
        return [one for one in super().walked(path, start_after) if "/_u" not in one]


@crime("A put goes through a file beside its target.", "paths.reserved", seen_in="distribution 3.1")
class WritesBeside(Reference):
    def store(self, path: str, content: bytes) -> FileInfo:
        super().store(f"{path}.tmp", content)
        del self.disk.files[f"{path}.tmp"]
        return super().store(path, content)


@crime("A writer keeps its bytes in a file beside its target.", "paths.reserved")
class KeepsPartsBeside(Reference):
    async def writer(self, path: str, *, append: bool = False) -> ReferenceWriter:
        writer = await super().writer(path, append=append)
        self.disk.files.pop(f"{path}.part", None)
        return writer


@crime("Locks are files in the tree, and go when they are let go.", "paths.reserved")
class LocksBeside(Reference):
    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        self.disk.files.pop(f"{path}.lock", None)
        return await super().put_content(
            path, content, if_match=if_match, if_none_match=if_none_match
        )


@crime("Names are kept in small letters.", "paths.case", "paths.*", seen_in="macOS, Windows")
class KeepsSmallLetters(Reference):
    def find(self, path: str) -> Stored:
        return super().find(path.lower() if path.lower() in self.disk.files else path)

    def store(self, path: str, content: bytes) -> FileInfo:
        for one in [one for one in self.disk.files if one.lower() == path.lower()]:
            del self.disk.files[one]
        return super().store(path, content)


@crime("A directory's delete ignores case.", "paths.case")
class DeletesInAnyCase(Reference):
    def at_and_below(self, path: str) -> Sequence[str]:
        low = path.lower()
        return [one for one in self.disk.files if one.lower() == low or is_below(one.lower(), low)]


@crime("Dots at the end of a name are dropped.", "paths.lookalikes", seen_in="Windows")
class DropsDots(Reference):
    def store(self, path: str, content: bytes) -> FileInfo:
        for one in [one for one in self.disk.files if one.rstrip(".") == path.rstrip(".")]:
            del self.disk.files[one]
        return super().store(path, content)


@crime("Names that are equal numbers are equal.", "paths.lookalikes", seen_in="YAML")
class ComparesNumbers(Reference):
    def store(self, path: str, content: bytes) -> FileInfo:
        number = name_of(path).lstrip("0")
        for one in [one for one in self.disk.files if parent_of(one) == parent_of(path)]:
            if number.isdigit() and name_of(one).lstrip("0") == number:
                del self.disk.files[one]
        return super().store(path, content)


@crime("Names of devices are refused.", "paths.lookalikes", "paths.*", seen_in="Windows")
class RefusesDevices(Reference):
    def check(self, path: str, *, root: bool = False) -> None:
        super().check(path, root=root)
        if name_of(path) in {"con", "nul", "aux", "com1", "lpt1"}:
            raise InvalidPathError(path=path, driver=self.name)


# Lengths


@crime("A long name is cut.", "paths.long-names")
class CutsNames(Reference):
    def store(self, path: str, content: bytes) -> FileInfo:
        cut = f"{path[: path.rindex('/')]}/{name_of(path)[:254]}"
        return super().store(cut, content)


@crime("A name has 240 bytes at most.", "paths.long-names", seen_in="names with a suffix for parts")
class RefusesLongNames(Reference):
    def check(self, path: str, *, root: bool = False) -> None:
        super().check(path, root=root)
        if any(len(name) > MAX_COMPONENT - 15 for name in path.split("/")):
            raise InvalidPathError(path=path, driver=self.name)


@crime("A name may have any length.", "paths.long-names", seen_in="object stores")
class TakesLongNames(Matching):
    """It has a grammar without lengths."""


@crime("Only the last name's length is checked.", "paths.long-names")
class ChecksTheLastName(Matching):
    def check(self, path: str, *, root: bool = False) -> None:
        super().check(path, root=root)
        check_path(f"/{name_of(path)}", root=root)


@crime("The longest path is one byte too long.", "paths.max-key")
class CountsOneTooMany(Reference):
    def check(self, path: str, *, root: bool = False) -> None:
        super().check(path, root=root)
        if len(path) >= self.capabilities.limits.max_key:
            raise InvalidPathError(path=path, driver=self.name)


@crime("A path one byte too long is taken.", "paths.max-key")
class CountsOneTooFew(Reference):
    def check(self, path: str, *, root: bool = False) -> None:
        try:
            check_path(path, root=root, limit=self.capabilities.limits.max_key + 1)
        except InvalidPathError as error:
            raise error.stamp(driver=self.name, path=None) from None


@crime("A writer's own key is longer than its path.", "paths.max-key", seen_in="distribution 3.1")
class WriterNeedsASuffix(Reference):
    async def writer(self, path: str, *, append: bool = False) -> ReferenceWriter:
        if len(f"{path}.part") > self.capabilities.limits.max_key:
            raise InvalidPathError(path=path, driver=self.name)
        return await super().writer(path, append=append)


@crime("A walk ends 30 levels down.", "paths.depth", seen_in="recursion limits")
class WalksToADepth(Reference):
    def walked(self, path: str, start_after: str | None) -> Sequence[str]:
        deepest = path.count("/") + 30
        return [one for one in super().walked(path, start_after) if one.count("/") <= deepest]


@crime(
    "In a directory, a child of its own name is taken for it.",
    "paths.same-name",
    "list.*",
    "delete.*",
    seen_in="distribution's inmemory driver",
)
class TakesTheChild(Reference):
    def inner(self, path: str) -> str:
        child = f"{path}/{name_of(path)}"
        return child if self.is_directory(child) else path

    def children(self, path: str) -> Sequence[str]:
        return super().children(self.inner(path))

    def at_and_below(self, path: str) -> Sequence[str]:
        return super().at_and_below(self.inner(path))
