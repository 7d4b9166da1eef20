"""Crimes between a writer's opening and its commit."""

from dataclasses import replace

from storagedriver.errors import StorageBackendError
from storagedriver.paths import name_of
from storagedriver.protocol import Content
from storagedriver.records import FileInfo
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.keeping import Disk, Stored
from storagedriver_conformance.zoo.reference import Reference
from storagedriver_conformance.zoo.writing import Pending, ReferenceWriter


@crime("A commit publishes the last chunk alone.", "writers.publish", "model.*", "reads.parts")
class PublishesTheLastChunk(Reference):
    class Writer(ReferenceWriter):
        def take(self, chunk: bytes) -> None:
            self.pending.content = chunk


@crime("A commit forgets the chunk that was buffered.", "writers.publish", "writers.*")
class ForgetsTheBufferedChunk(Reference):
    class Writer(ReferenceWriter):
        buffered = b""

        def take(self, chunk: bytes) -> None:
            super().take(self.buffered)
            self.buffered = chunk


@crime(
    "A commit of nothing makes no file.",
    "writers.publish",
    "writers.empty",
    seen_in="distribution #4072",
)
class EmptyCommitMakesNothing(Reference):
    class Writer(ReferenceWriter):
        def publish(self) -> FileInfo:
            info = super().publish()
            if not self.pending.content:
                del self.driver.disk.files[self.path]
            return info


@crime(
    "A commit is refused when nothing was ever written.",
    "writers.empty",
    seen_in="object stores' multipart uploads, which need one part",
)
class NeedsAWrite(Reference):
    class Writer(ReferenceWriter):
        written = False

        def take(self, chunk: bytes) -> None:
            super().take(chunk)
            self.written = True

        def publish(self) -> FileInfo:
            if not self.written and not self.pending.content:
                raise StorageBackendError("an upload has at least one part")
            return super().publish()


@crime("An empty chunk is taken for the end.", "writers.publish", "writers.*")
class EmptyChunkIsTheEnd(Reference):
    class Writer(ReferenceWriter):
        at_end = False

        def take(self, chunk: bytes) -> None:
            self.at_end = self.at_end or not chunk
            if not self.at_end:
                super().take(chunk)


@crime("Each write is visible at once.", "writers.invisible", "model.*")
class VisibleWhileWritten(Reference):
    class Writer(ReferenceWriter):
        def take(self, chunk: bytes) -> None:
            super().take(chunk)
            self.publish()


@crime(
    "Opening a writer makes an empty file.",
    "writers.invisible",
    "list.tracks",
    seen_in="distribution #4803",
)
class VisibleWhenOpened(Reference):
    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        if path not in self.disk.files:
            self.store(path, b"")
        return super().make_writer(path, pending)


@crime("Closing a writer publishes it.", "writers.invisible", "writers.*")
class ClosePublishes(Reference):
    class Writer(ReferenceWriter):
        async def close(self) -> None:
            await super().close()
            if self.ended == "closed":
                self.publish()


@crime(
    "Opening a writer empties the file that is there.",
    "writers.old-until-commit",
    seen_in="fsspec's LocalFileSystem",
)
class EmptiesTheOld(Reference):
    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        if path in self.disk.files:
            self.store(path, b"")
        return super().make_writer(path, pending)


@crime("A write changes the version of the file that is there.", "writers.old-until-commit")
class TouchesTheOld(Reference):
    class Writer(ReferenceWriter):
        def take(self, chunk: bytes) -> None:
            super().take(chunk)
            if self.path in self.driver.disk.files:
                self.driver.store(self.path, self.driver.disk.files[self.path].content)


@crime("A commit leaves the tail of a longer file.", "writers.replaces", "model.*")
class CommitsInPlace(Reference):
    class Writer(ReferenceWriter):
        def publish(self) -> FileInfo:
            old = self.driver.disk.files.get(self.path)
            tail = old.content[len(self.pending.content) :] if old else b""
            return self.driver.store(self.path, self.pending.content + tail)


@crime("A commit of equal size leaves the version.", "writers.replaces", "stat.*", "cond.*")
class CommitVersionsBySize(Reference):
    class Writer(ReferenceWriter):
        def publish(self) -> FileInfo:
            old = self.driver.disk.files.get(self.path)
            super().publish()
            if old and len(old.content) == len(self.pending.content):
                self.driver.disk.files[self.path].version = old.version
            return self.driver.info(self.path)


@crime("A commit's record has another version than the file.", "stat.agrees")
class CommitTellsTheDraftsVersion(Reference):
    class Writer(ReferenceWriter):
        def publish(self) -> FileInfo:
            return replace(super().publish(), version=self.pending.generation)


@crime("A commit's record has no version.", "stat.agrees")
class CommitTellsNoVersion(Reference):
    class Writer(ReferenceWriter):
        def publish(self) -> FileInfo:
            return replace(super().publish(), version=None)


@crime("A commit's record has the size of the last chunk.", "writers.publish", "stat.agrees")
class CommitTellsTheLastSize(Reference):
    class Writer(ReferenceWriter):
        last = 0

        def take(self, chunk: bytes) -> None:
            super().take(chunk)
            self.last = len(chunk)

        def publish(self) -> FileInfo:
            return replace(super().publish(), size=self.last)


@crime("size counts what was flushed, not what is buffered.", "writers.size")
class SizeCountsFlushes(Reference):
    class Writer(ReferenceWriter):
        def take(self, chunk: bytes) -> None:
            super().take(chunk)
            self.size = len(self.pending.content) // 1000 * 1000 - len(chunk)


@crime("size is 0 once the writer is closed.", "writers.size")
class SizeEndsWithTheWriter(Reference):
    class Writer(ReferenceWriter):
        async def close(self) -> None:
            await super().close()
            self.size = 0


@crime("size begins at the size of the file that is there.", "writers.old-until-commit")
class SizeBeginsAtTheFiles(Reference):
    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        writer = super().make_writer(path, pending)
        if path in self.disk.files and not pending.content:
            writer.size = len(self.disk.files[path].content)
        return writer


@crime("A chunk is kept, and joined at commit.", "writers.buffers")
class KeepsTheChunks(Reference):
    class Writer(ReferenceWriter):
        held: tuple[Content, ...] = ()

        async def write(self, chunk: Content) -> None:
            await super().write(chunk)
            self.held = (*self.held, chunk)

        def publish(self) -> FileInfo:
            kept = self.pending.content[: self.begun]
            self.pending.content = kept + b"".join(self.held)
            return super().publish()


@crime("A chunk that is a memoryview is refused.", "writers.buffers")
class TakesNoViews(Reference):
    class Writer(ReferenceWriter):
        async def write(self, chunk: Content) -> None:
            if isinstance(chunk, memoryview):
                raise TypeError("bytes are needed")
            await super().write(chunk)


@crime(
    "Each write is a part, and there are a thousand parts at most.",
    "parts.tiny",
    seen_in="object stores, of 10,000 parts",
)
class AWriteIsAPart(Reference):
    class Writer(ReferenceWriter):
        parts = 0

        def take(self, chunk: bytes) -> None:
            self.parts += 1
            if self.parts > 1000:  # noqa: PLR2004 - the crime's number
                raise StorageBackendError("too many parts")
            super().take(chunk)


@crime("All writers share one buffer.", "writers.two-paths")
class SharesABuffer(Reference):
    class Writer(ReferenceWriter):
        def take(self, chunk: bytes) -> None:
            for pending in self.driver.disk.pending.values():
                pending.content += chunk


@crime("Writers of one name share a buffer, whatever their directories.", "writers.two-paths")
class SharesABufferByName(Reference):
    class Writer(ReferenceWriter):
        def take(self, chunk: bytes) -> None:
            for path, pending in self.driver.disk.pending.items():
                if name_of(path) == name_of(self.path):
                    pending.content += chunk


@crime(
    "What an instance has read it never reads again, unless it changed it itself.",
    "content.seen-by-others",
    "content.*",
    "caps.*",
    seen_in="s3fs, which caches listings",
)
class RemembersWhatItRead(Reference):
    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.read: dict[str, Stored] = {}

    def find(self, path: str) -> Stored:
        known = self.read.get(path)
        if known is not None and path in self.disk.files:
            return known
        return self.read.setdefault(path, super().find(path))

    def store(self, path: str, content: bytes) -> FileInfo:
        self.read.pop(path, None)
        return super().store(path, content)
