"""Crimes at the ends of parts. A part of the reference driver has 1,000 bytes."""

from storagedriver.errors import StorageBackendError
from storagedriver.records import FileInfo
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.keeping import Disk
from storagedriver_conformance.zoo.reference import Reference
from storagedriver_conformance.zoo.writing import ReferenceWriter

PART = 1000
PAGE = 10


def _cut(content: bytes) -> list[bytes]:
    return [content[at : at + PART] for at in range(0, len(content), PART)]


@crime("A last part that is full is not sent.", "parts.edges", "parts.*", "writers.publish")
class DropsAFullLastPart(Reference):
    class Writer(ReferenceWriter):
        def publish(self) -> FileInfo:
            content = self.pending.content
            if content and len(content) % PART == 0:
                self.pending.content = content[:-PART]
            return super().publish()


@crime(
    "A file of whole parts gets an empty part, which is refused.",
    "parts.edges",
    "parts.*",
    "writers.publish",
)
class SendsAnEmptyPart(Reference):
    class Writer(ReferenceWriter):
        def publish(self) -> FileInfo:
            if self.pending.content and len(self.pending.content) % PART == 0:
                raise StorageBackendError("a part is empty")
            return super().publish()


@crime(
    "A single byte behind the last whole part is lost.", "parts.edges", "parts.*", "writers.publish"
)
class DropsTheOddByte(Reference):
    class Writer(ReferenceWriter):
        def publish(self) -> FileInfo:
            content = self.pending.content
            if len(content) > PART and len(content) % PART == 1:
                self.pending.content = content[:-1]
            return super().publish()


@crime(
    "A large chunk is cut into a first part and a rest of one part at most.",
    "parts.edges",
    "parts.*",
)
class CutsAChunkOnce(Reference):
    class Writer(ReferenceWriter):
        def take(self, chunk: bytes) -> None:
            super().take(chunk[: 2 * PART])


@crime(
    "Parts are put together in the order of their numbers as text.",
    "parts.many",
    "parts.resume-*",
    "parts.tiny",
    seen_in="object stores' listings of parts",
)
class SortsPartsAsText(Reference):
    class Writer(ReferenceWriter):
        def publish(self) -> FileInfo:
            parts = enumerate(_cut(self.pending.content), start=1)
            ordered = sorted(parts, key=lambda part: str(part[0]))
            self.pending.content = b"".join(part for _, part in ordered)
            return super().publish()


@crime("A chunk that fills a part loses what goes beyond it.", "parts.split*", "parts.*")
class LosesWhatGoesBeyond(Reference):
    class Writer(ReferenceWriter):
        def take(self, chunk: bytes) -> None:
            room = PART - len(self.pending.content) % PART
            super().take(chunk[:room] if room < PART else chunk)


@crime("A chunk that ends with a part is buffered again.", "parts.split*", "parts.*")
class SendsATailTwice(Reference):
    class Writer(ReferenceWriter):
        def take(self, chunk: bytes) -> None:
            before = len(self.pending.content)
            super().take(chunk)
            if before % PART and len(self.pending.content) % PART == 0:
                super().take(chunk[-1:])


@crime("A chunk of exactly a part goes ahead of what is buffered.", "parts.split*", "parts.*")
class WholePartsOvertake(Reference):
    class Writer(ReferenceWriter):
        def take(self, chunk: bytes) -> None:
            if len(chunk) == PART and len(self.pending.content) % PART:
                cut = len(self.pending.content) // PART * PART
                head, tail = self.pending.content[:cut], self.pending.content[cut:]
                self.pending.content = head + chunk + tail
            else:
                super().take(chunk)


@crime(
    "The first part is visible when it is sent.",
    "parts.invisible",
    seen_in="distribution, which resumes by copying the first part",
)
class VisibleAtFirstPart(Reference):
    class Writer(ReferenceWriter):
        def take(self, chunk: bytes) -> None:
            super().take(chunk)
            if len(self.pending.content) >= PART:
                self.publish()


@crime("A new file is visible from its second part on.", "parts.invisible")
class VisibleAtSecondPart(Reference):
    class Writer(ReferenceWriter):
        def take(self, chunk: bytes) -> None:
            super().take(chunk)
            is_new = self.path not in self.driver.disk.files
            if len(self.pending.content) >= 2 * PART and is_new:
                self.publish()


@crime("The old file is removed when the first part is sent.", "parts.invisible")
class RemovesTheOldAtFirstPart(Reference):
    class Writer(ReferenceWriter):
        def take(self, chunk: bytes) -> None:
            super().take(chunk)
            if len(self.pending.content) >= PART:
                self.driver.disk.files.pop(self.path, None)


@crime("Closing after more than a part publishes it.", "parts.invisible")
class ClosePublishesParts(Reference):
    class Writer(ReferenceWriter):
        async def close(self) -> None:
            if not self.ended and self.owns() and len(self.pending.content) > PART:
                self.publish()
            await super().close()


@crime(
    "Once a part was sent, resuming forgets what was sent of the next.",
    "parts.resume-within",
    seen_in="distribution #2593",
)
class ResumesWholeParts(Reference):
    def kept(self, path: str) -> bytes:
        content = super().kept(path)
        return content[: len(content) // PART * PART] if len(content) > PART else content


@crime("Resuming at the end of a part sends that part again.", "parts.resume-*")
class ResumeRepeatsAPart(Reference):
    def kept(self, path: str) -> bytes:
        content = super().kept(path)
        whole = content and len(content) % PART == 0
        return content + content[-PART:] if whole else content


@crime("Resuming pads a short part to its full size.", "parts.resume-within", "writers.*")
class ResumePadsAPart(Reference):
    def kept(self, path: str) -> bytes:
        content = super().kept(path)
        return content.ljust(PART, b"\0") if len(content) > PART // 2 else content


@crime("The part that a resumed writer completes is counted twice in size.", "parts.resume-within")
class SizeCountsTheTailTwice(Reference):
    class Writer(ReferenceWriter):
        def take(self, chunk: bytes) -> None:
            tail = self.begun % PART
            if tail and self.size == self.begun and tail + len(chunk) >= PART:
                self.size += tail
            super().take(chunk)


@crime(
    "Resuming sees one page of parts.",
    "parts.resume-after-many",
    seen_in="distribution #2593",
)
class ResumeSeesOnePage(Reference):
    def kept(self, path: str) -> bytes:
        return super().kept(path)[: PAGE * PART]


@crime(
    "Each close leaves a piece, and resuming sees one page of them.",
    "parts.resume-many-times",
    seen_in="distribution #2593",
)
class ResumeSeesOnePageOfPieces(Reference):
    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.pieces: dict[str, list[int]] = {}

    def kept(self, path: str) -> bytes:
        content = super().kept(path)
        ends = self.pieces.setdefault(path, [])
        ends.append(len(content))
        return content[: ends[:PAGE][-1]]
