"""Crimes in going on where a writer stopped."""

from datetime import UTC, datetime

from storagedriver.errors import PathNotFoundError
from storagedriver.paths import is_below
from storagedriver.records import FileInfo
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.keeping import Disk
from storagedriver_conformance.zoo.reference import Reference
from storagedriver_conformance.zoo.writing import Pending, ReferenceWriter


@crime("A resumed writer's size begins at 0.", "writers.resume", "model.*")
class ResumesWithSizeZero(Reference):
    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        writer = super().make_writer(path, pending)
        writer.size = 0
        return writer


@crime(
    "Resuming loses what was in the buffer at close.",
    "writers.resume",
    "writers.block*",
    "model.*",
    seen_in="distribution #2593",
)
class ResumeLosesTheBuffer(Reference):
    def kept(self, path: str) -> bytes:
        content = super().kept(path)
        return content[: len(content) // 1000 * 1000]


@crime("Resuming doubles what was written.", "writers.resume", "writers.block*", "model.*")
class ResumeDoubles(Reference):
    def kept(self, path: str) -> bytes:
        return super().kept(path) * 2


@crime("A resumed writer overwrites from the start.", "writers.resume", "model.*")
class ResumeOverwrites(Reference):
    class Writer(ReferenceWriter):
        def take(self, chunk: bytes) -> None:
            written = self.size - self.begun
            content = self.pending.content
            end = written + len(chunk)
            self.pending.content = content[:written] + chunk + content[end:]


@crime("A third session forgets the second.", "writers.resume-again", "parts.resume-*")
class RemembersTwoSessions(Reference):
    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.first: dict[str, int] = {}

    def kept(self, path: str) -> bytes:
        content = super().kept(path)
        return content[: self.first.setdefault(path, len(content))]


@crime(
    "Resuming begins with the file that is there.",
    "writers.resume-beside-a-file",
    "model.*",
    seen_in="distribution's filesystem driver, whose writers append to the file",
)
class ResumesBehindTheFile(Reference):
    def kept(self, path: str) -> bytes:
        old = self.disk.files.get(path)
        return (old.content if old else b"") + super().kept(path)


@crime("Resuming nothing begins afresh.", "writers.resume-nothing", "model.*")
class ResumesNothing(Reference):
    def kept(self, path: str) -> bytes:
        return super().kept(path) if path in self.disk.pending else b""


@crime(
    "A committed file can be resumed.",
    "writers.resume-nothing",
    "model.*",
    seen_in="distribution's filesystem driver",
)
class ResumesTheCommitted(Reference):
    def kept(self, path: str) -> bytes:
        if path not in self.disk.pending and path in self.disk.files:
            return self.disk.files[path].content
        return super().kept(path)


@crime("Where nothing can be resumed, an empty writer is left.", "writers.resume-nothing")
class RefusedResumeLeavesOne(Reference):
    def kept(self, path: str) -> bytes:
        try:
            return super().kept(path)
        except PathNotFoundError:
            number = str(next(self.disk.numbers))
            self.disk.pending[path] = Pending(b"", number, datetime.now(UTC))
            raise


@crime("A writer that was resumed stays unfinished after commit.", "writers.resume-nothing")
class CommitKeepsTheResumed(Reference):
    class Writer(ReferenceWriter):
        def forget(self) -> None:
            if not self.begun:
                super().forget()


@crime("Cancelling a resumed writer drops the new bytes alone.", "writers.resume-nothing")
class CancelDropsTheNewAlone(Reference):
    class Writer(ReferenceWriter):
        async def cancel(self) -> None:
            begun = self.pending.content[: self.begun]
            if not self.ended and begun:
                self.pending.content, self.ended = begun, "closed"
            else:
                await super().cancel()


@crime("A writer without append goes on with what was left.", "writers.afresh", "model.*")
class AlwaysResumes(Reference):
    async def writer(self, path: str, *, append: bool = False) -> ReferenceWriter:
        return await super().writer(path, append=append or path in self.disk.pending)


@crime("A writer without append commits behind what was left.", "writers.afresh", "model.*")
class LeftoversAreCommitted(Reference):
    async def writer(self, path: str, *, append: bool = False) -> ReferenceWriter:
        left = self.disk.pending.get(path)
        writer = await super().writer(path, append=append)
        if left is not None and not append:
            writer.pending.content = left.content
        return writer


@crime(
    "Resuming takes the first upload whose key begins alike.",
    "writers.resume-neighbours",
    "writers.resume-nothing",
    "model.*",
    seen_in="distribution #4429",
)
class ResumesANeighbour(Reference):
    def kept(self, path: str) -> bytes:
        alike = [one for one in sorted(self.disk.pending) if one.startswith(path)]
        return super().kept(alike[0] if alike else path)


@crime(
    "Resuming takes the last upload whose key begins alike.",
    "writers.resume-neighbours",
    seen_in="distribution #4429",
)
class ResumesALongerNeighbour(Reference):
    def kept(self, path: str) -> bytes:
        super().kept(path)
        alike = [one for one in self.disk.pending if one.startswith(path)]
        return super().kept(max(one for one in alike if "/" not in one[len(path) :]))


@crime(
    "A writer drops the unfinished ones below its path.",
    "writers.resume-below",
    "writers.resume-nothing",
)
class WritersDropThoseBelow(Reference):
    async def writer(self, path: str, *, append: bool = False) -> ReferenceWriter:
        for one in [one for one in self.disk.pending if is_below(one, path)]:
            del self.disk.pending[one]
        return await super().writer(path, append=append)


@crime("A commit ends the unfinished writers below its path.", "writers.resume-below", "model.*")
class CommitsDropThoseBelow(Reference):
    class Writer(ReferenceWriter):
        def publish(self) -> FileInfo:
            for one in [one for one in self.driver.disk.pending if is_below(one, self.path)]:
                del self.driver.disk.pending[one]
            return super().publish()


@crime(
    "Only the instance that began a writer resumes it.",
    "writers.resume-elsewhere",
    seen_in="distribution #2593",
)
class ResumesItsOwnAlone(Reference):
    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.own: set[str] = set()

    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        self.own.add(path)
        return super().make_writer(path, pending)

    def kept(self, path: str) -> bytes:
        if path not in self.own:
            raise PathNotFoundError(path=path)
        return super().kept(path)


class _EndsItsWriters(Reference):
    """A driver that does something to its open writers when it is closed."""

    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.open: list[ReferenceWriter] = []

    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        self.open.append(super().make_writer(path, pending))
        return self.open[-1]

    async def aclose(self) -> None:
        await super().aclose()
        for writer in self.open:
            if not writer.ended and writer.owns():
                self.end(writer)

    def end(self, writer: ReferenceWriter) -> None:
        """End a writer."""


@crime("Closing the driver drops its open writers.", "writers.open-at-the-end")
class ClosesByDropping(_EndsItsWriters):
    def end(self, writer: ReferenceWriter) -> None:
        writer.forget()


@crime("Closing the driver publishes its open writers.", "writers.open-at-the-end")
class ClosesByPublishing(_EndsItsWriters):
    def end(self, writer: ReferenceWriter) -> None:
        writer.publish()
