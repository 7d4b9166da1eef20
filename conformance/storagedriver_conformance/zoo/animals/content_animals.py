"""Crimes against content."""

from datetime import UTC, datetime

from storagedriver.errors import PathNotFoundError
from storagedriver.paths import is_below, name_of, parent_of
from storagedriver.protocol import Content
from storagedriver.records import FileInfo
from storagedriver_conformance.draws import MIB
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.keeping import CHUNK, Disk, Stored
from storagedriver_conformance.zoo.reference import Reference


@crime("A file's trailing zeros are cut off.", "content.verbatim", "content.roundtrip", "model.*")
class TrimsZeros(Reference):
    def store(self, path: str, content: bytes) -> FileInfo:
        return super().store(path, content.rstrip(b"\0"))


@crime("An empty file is not kept.", "content.*", seen_in="object stores' multipart uploads")
class ForgetsEmptyFiles(Reference):
    def store(self, path: str, content: bytes) -> FileInfo:
        info = super().store(path, content)
        if not content:
            del self.disk.files[path]
        return info


@crime("A shorter file leaves the rest of the longer one behind it.", "content.replaced", "model.*")
class WritesInPlace(Reference):
    def store(self, path: str, content: bytes) -> FileInfo:
        old = self.disk.files[path].content if path in self.disk.files else b""
        return super().store(path, content + old[len(content) :])


@crime("Line ends are translated.", "content.verbatim", "caps.*", seen_in="text mode")
class TranslatesLineEnds(Reference):
    def store(self, path: str, content: bytes) -> FileInfo:
        return super().store(path, content.replace(b"\r\n", b"\n"))


@crime("A byte order mark is dropped.", "content.verbatim", seen_in="decoding as utf-8-sig")
class DropsByteOrderMarks(Reference):
    def store(self, path: str, content: bytes) -> FileInfo:
        return super().store(path, content.removeprefix(b"\xef\xbb\xbf"))


@crime("What looks compressed is taken apart.", "content.verbatim", seen_in="HTTP clients")
class Decompresses(Reference):
    def store(self, path: str, content: bytes) -> FileInfo:
        return super().store(path, content.removeprefix(b"\x1f\x8b\x08"))


@crime("The caller's buffer is kept, not copied.", "content.buffers")
class KeepsTheBuffer(Reference):
    given: Content = b""

    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        self.given = content
        return await super().put_content(
            path, content, if_match=if_match, if_none_match=if_none_match
        )

    def find(self, path: str) -> Stored:
        stored = super().find(path)
        if isinstance(self.given, bytearray) and len(self.given) == len(stored.content):
            stored.content = bytes(self.given)
        return stored


@crime("Of a slice of a memoryview all that it was cut from is kept.", "content.buffers")
class KeepsTheWholeView(Reference):
    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        whole = content.obj if isinstance(content, memoryview) else content
        return await super().put_content(
            path, bytes(whole), if_match=if_match, if_none_match=if_none_match
        )


@crime("Files of one name and size are taken for one.", "content.own-key", "paths.*")
class TakesEqualNamesForOne(Reference):
    def find(self, path: str) -> Stored:
        stored = super().find(path)
        alike = [
            other
            for one, other in self.disk.files.items()
            if name_of(one) == name_of(path) and len(other.content) == len(stored.content)
        ]
        return Stored(alike[0].content, stored.version, stored.modified)


@crime(
    "A delete takes all files of equal bytes.",
    "content.equal-bytes",
    "caps.*",
    seen_in="deduplication",
)
class DeletesEqualBytes(Reference):
    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        content = self.disk.files[path].content if path in self.disk.files else None
        await super().delete(path, if_match=if_match)
        for one in [one for one, other in self.disk.files.items() if other.content == content]:
            del self.disk.files[one]


@crime(
    "A put of what is there already doubles it.",
    "content.equal-bytes",
    seen_in="distribution #2077",
)
class DoublesEqualBytes(Reference):
    def store(self, path: str, content: bytes) -> FileInfo:
        if path in self.disk.files and self.disk.files[path].content == content:
            content += content
        return super().store(path, content)


@crime(
    "A put of the size that is there already is left out.",
    "content.*",
    "reads.*",
    "stat.versions",
    "content.seen-by-others",
    seen_in="synchronising by size",
)
class SkipsEqualSizes(Reference):
    def store(self, path: str, content: bytes) -> FileInfo:
        if path in self.disk.files and len(self.disk.files[path].content) == len(content):
            return self.info(path)
        return super().store(path, content)


@crime("What was deleted shines through a shorter file put there later.", "content.recreated")
class Haunted(Reference):
    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.graves: dict[str, bytes] = {}

    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        graves = {one: self.disk.files[one].content for one in self.at_and_below(path)}
        await super().delete(path, if_match=if_match)
        self.graves |= graves

    def store(self, path: str, content: bytes) -> FileInfo:
        return super().store(path, content + self.graves.pop(path, b"")[len(content) :])


class Remembering(Reference):
    """It keeps what it answered, and forgets at its own changes alone."""

    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.files: dict[str, Stored] = {}
        self.missing: set[str] = set()
        self.folders: dict[str, list[str]] = {}

    def store(self, path: str, content: bytes) -> FileInfo:
        self.forget()
        return super().store(path, content)

    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        await super().delete(path, if_match=if_match)
        self.forget()

    async def move(self, source: str, destination: str) -> None:
        await super().move(source, destination)
        self.forget()

    def forget(self) -> None:
        """Forget all."""
        self.files.clear()
        self.missing.clear()
        self.folders.clear()


@crime("An instance remembers files that it read.", "content.seen-by-others")
class RemembersFiles(Remembering):
    def find(self, path: str) -> Stored:
        if path not in self.files:
            self.files[path] = super().find(path)
        return self.files[path]


@crime("An instance remembers that a file was missing.", "content.seen-by-others")
class RemembersMissingFiles(Remembering):
    def find(self, path: str) -> Stored:
        if path not in self.disk.files:
            self.missing.add(path)
        if path in self.missing:
            raise PathNotFoundError(path=path, driver=self.name)
        return super().find(path)


@crime("An instance remembers lists.", "content.seen-by-others", seen_in="fsspec's DirCache")
class RemembersLists(Remembering):
    def children(self, path: str) -> list[str]:
        if path not in self.folders:
            self.folders[path] = list(super().children(path))
        return [name for name in self.folders[path] if self.is_there(path, name)]

    def is_there(self, path: str, name: str) -> bool:
        """Tell whether a child is not gone meanwhile."""
        child = f"{path.rstrip('/')}/{name}"
        return child in self.disk.files or self.is_directory(child)


@crime("A directory is read as an empty file.", "content.missing", "reads.*", "paths.*")
class ReadsDirectories(Reference):
    def find(self, path: str) -> Stored:
        if path not in self.disk.files and self.is_directory(path):
            return Stored(b"", "directory", datetime.now(UTC))
        return super().find(path)

    def info(self, path: str) -> FileInfo:
        known = path in self.disk.files
        return super().info(path) if known else FileInfo(path=path, version="directory")


@crime("A path below a file is read as that file.", "content.missing", "paths.*")
class ReadsTheParent(Reference):
    def find(self, path: str) -> Stored:
        return super().find(parent_of(path) if parent_of(path) in self.disk.files else path)


@crime("A name that begins a file's name is read as that file.", "content.missing", "surface.*")
class CompletesNames(Reference):
    def find(self, path: str) -> Stored:
        found = (one for one in sorted(self.disk.files) if one.startswith(path))
        return super().find(next((one for one in found if not is_below(one, path)), path))


@crime("What is longer than 1 MiB is cut.", "content.large")
class CutsAtAMebibyte(Reference):
    def store(self, path: str, content: bytes) -> FileInfo:
        return super().store(path, content[:MIB])


@crime("The last piece is lost where it is not a whole one.", "content.*", "caps.*")
class LosesTheLastPiece(Reference):
    def find(self, path: str) -> Stored:
        stored = super().find(path)
        size = len(stored.content)
        kept = size if size < CHUNK else size - size % CHUNK
        return Stored(stored.content[:kept], stored.version, stored.modified)


@crime("A file of a whole number of pieces ends with its last but one.", "content.large")
class StopsAtAFullPiece(Reference):
    def find(self, path: str) -> Stored:
        stored = super().find(path)
        size = len(stored.content)
        kept = size - CHUNK if size and size % CHUNK == 0 else size
        return Stored(stored.content[:kept], stored.version, stored.modified)


@crime("Long names are cut.", "paths.*", seen_in="file systems with names of 143 bytes")
class CutsLongNames(Reference):
    def store(self, path: str, content: bytes) -> FileInfo:
        return super().store("/".join(name[:143] for name in path.split("/")), content)

    def info(self, path: str) -> FileInfo:
        return super().info("/".join(name[:143] for name in path.split("/")))


@crime("Below 32 directories nothing is found.", "paths.depth", "content.roundtrip")
class RefusesDeepTrees(Reference):
    def find(self, path: str) -> Stored:
        if path.count("/") > 32:  # noqa: PLR2004 - as deep as it goes
            raise PathNotFoundError(path=path, driver=self.name)
        return super().find(path)
