"""Crimes against ranges and records of readers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from storagedriver.errors import InvalidOffsetError
from storagedriver_conformance.draws import MIB
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.keeping import CHUNK, ReferenceReader
from storagedriver_conformance.zoo.reference import Reference
from storagedriver_conformance.zoo.writing import ReferenceWriter


@crime("An offset cuts off the end, not the beginning.", "reads.every-range")
class CutsTheEnd(Reference):
    def make_reader(self, path: str, offset: int, length: int | None) -> ReferenceReader:
        size = len(self.find(path).content) - offset
        return super().make_reader(path, 0, size if length is None else min(length, size))


@crime("The offset is left out.", "reads.every-range", seen_in="s3fs's async file")
class IgnoresOffsets(Reference):
    def make_reader(self, path: str, offset: int, length: int | None) -> ReferenceReader:  # noqa: ARG002 - the crime
        return super().make_reader(path, 0, length)


@crime("The length is left out.", "reads.every-range", "surface.*")
class IgnoresLengths(Reference):
    def make_reader(self, path: str, offset: int, length: int | None) -> ReferenceReader:  # noqa: ARG002 - the crime
        return super().make_reader(path, offset, None)


@crime("The length is taken for the end.", "reads.every-range")
class TakesLengthForEnd(Reference):
    def make_reader(self, path: str, offset: int, length: int | None) -> ReferenceReader:
        return super().make_reader(
            path, offset, None if length is None else max(0, length - offset)
        )


@crime("A range has one byte too many.", "reads.every-range", seen_in="HTTP's inclusive ranges")
class CountsTheLastByte(Reference):
    def make_reader(self, path: str, offset: int, length: int | None) -> ReferenceReader:
        return super().make_reader(path, offset, None if length is None else length + 1)


@crime("A length of 0 reads all.", "reads.every-range")
class TakesZeroForNone(Reference):
    def make_reader(self, path: str, offset: int, length: int | None) -> ReferenceReader:
        return super().make_reader(path, offset, length or None)


@crime("To read from the very end is refused.", "reads.every-range", seen_in="HTTP 416")
class RefusesTheEnd(Reference):
    def check_range(self, path: str, offset: int, length: int | None) -> None:
        super().check_range(path, offset, length)
        if offset and offset == len(self.find(path).content):
            raise InvalidOffsetError(path=path, driver=self.name)


@crime("A length beyond the end is refused.", "reads.every-range")
class RefusesTooMuch(Reference):
    def check_range(self, path: str, offset: int, length: int | None) -> None:
        super().check_range(path, offset, length)
        if offset + (length or 0) > len(self.find(path).content):
            raise InvalidOffsetError(path=path, driver=self.name)


@crime("An offset beyond the end reads nothing.", "reads.beyond", "surface.errors-typed")
class ReadsBeyondTheEnd(Reference):
    def check_range(self, path: str, offset: int, length: int | None) -> None:
        super().check_range(path, min(offset, len(self.find(path).content)), length)


@crime("An offset beyond the end is refused unless nothing is asked for.", "reads.beyond")
class ReadsNothingBeyondTheEnd(Reference):
    def check_range(self, path: str, offset: int, length: int | None) -> None:
        super().check_range(path, min(offset, 0) if length == 0 else offset, length)


@crime("A negative offset counts from the end.", "reads.beyond")
class CountsFromTheEnd(Reference):
    def check_range(self, path: str, offset: int, length: int | None) -> None:
        super().check_range(path, max(0, offset), length)


@crime("An offset beyond the end of an empty file reads nothing.", "reads.beyond")
class ReadsEmptyFilesAnywhere(Reference):
    def check_range(self, path: str, offset: int, length: int | None) -> None:
        super().check_range(path, offset if self.find(path).content else min(offset, 0), length)


@crime("A negative length reads all but the last bytes.", "reads.negative-length")
class TakesNegativeLengths(Reference):
    def check_range(self, path: str, offset: int, length: int | None) -> None:
        super().check_range(path, offset, None if length is None else max(0, length))


@crime("A negative length at the end reads nothing.", "reads.negative-length")
class TakesNegativeLengthsAtTheEnd(Reference):
    def check_range(self, path: str, offset: int, length: int | None) -> None:
        ends = offset == len(self.find(path).content)
        super().check_range(path, offset, None if ends else length)


@crime("A read that starts at the edge of a piece starts a byte too late.", "reads.edges")
class SlipsAtAnEdge(Reference):
    def make_reader(self, path: str, offset: int, length: int | None) -> ReferenceReader:
        slip = 1 if offset and offset % CHUNK == 0 else 0
        return super().make_reader(path, offset + slip, length)


@crime("A range ends with its first piece.", "reads.edges", "reads.slices")
class GivesOnePiece(Reference):
    def make_reader(self, path: str, offset: int, length: int | None) -> ReferenceReader:
        return super().make_reader(path, offset, None if length is None else min(length, CHUNK))


@crime("Offsets beyond 1 MiB begin again.", "reads.edges", "reads.*")
class WrapsOffsets(Reference):
    def make_reader(self, path: str, offset: int, length: int | None) -> ReferenceReader:
        return super().make_reader(path, offset % MIB if offset > MIB else offset, length)


@crime("A range in a file of less than a piece begins a byte early.", "reads.slices")
class BeginsEarly(Reference):
    def make_reader(self, path: str, offset: int, length: int | None) -> ReferenceReader:
        small = 5 < len(self.find(path).content) < CHUNK - 1  # noqa: PLR2004 - not by the tables
        early = 1 if small and offset and length is not None else 0
        return super().make_reader(path, offset - early, length)


class Late(Reference):
    """It looks at a file when its first piece is asked for."""

    def is_late(self, path: str, offset: int, length: int | None) -> bool:  # noqa: ARG002 - animals use it
        """Tell whether it looks late."""
        return path not in self.disk.files

    @asynccontextmanager
    async def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AsyncIterator[ReferenceReader]:
        if not self.is_late(path, offset, length):
            async with super().reader(path, offset=offset, length=length) as reader:
                yield reader
            return
        await self.enter(path)
        known = self.info(path) if path in self.disk.files else self.entry(path)
        yield LateReader(self, replace(known, is_dir=False, version="late"), offset, length)


class LateReader(ReferenceReader):
    def __init__(self, driver: Reference, info: object, offset: int, length: int | None) -> None:
        super().__init__(info, b"")  # type: ignore[arg-type] # the record of nothing
        self.ask = (driver, offset, length)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        driver, offset, length = self.ask
        driver.check_range(self.info.path, offset, length)
        async for piece in driver.make_reader(self.info.path, offset, length):
            yield piece


@crime("A missing file is told of at the first piece.", "reads.refused-on-entering", "surface.*")
class TellsMissingLate(Late):
    pass


@crime("A wrong offset is told of at the first piece.", "reads.refused-on-entering")
class TellsOffsetsLate(Late):
    def is_late(self, path: str, offset: int, length: int | None) -> bool:  # noqa: ARG002 - of all
        return path in self.disk.files and not 0 <= offset <= len(self.find(path).content)


@crime("A wrong length is told of at the first piece.", "reads.refused-on-entering")
class TellsLengthsLate(Late):
    def is_late(self, path: str, offset: int, length: int | None) -> bool:  # noqa: ARG002 - of all
        return path in self.disk.files and (length or 0) < 0


@crime("A reader's record has the size of the range.", "reads.info", "surface.records")
class InfoOfTheRest(Reference):
    def make_reader(self, path: str, offset: int, length: int | None) -> ReferenceReader:
        reader = super().make_reader(path, offset, length)
        size = len(self.find(path).content) - offset
        size = size if length is None else min(size, length)
        reader.info = replace(reader.info, size=size)
        return reader


@crime("A reader that starts at the end tells another version.", "reads.info")
class InfoOfNothing(Reference):
    def make_reader(self, path: str, offset: int, length: int | None) -> ReferenceReader:
        reader = super().make_reader(path, offset, length)
        if offset == len(self.find(path).content):
            reader.info = replace(reader.info, version="nothing")
        return reader


@crime("What was written in parts is read as two of them.", "reads.parts")
class ReadsTwoParts(Reference):
    part = 1000

    def make_writer(self, path: str, pending: object) -> ReferenceWriter:
        writer = super().make_writer(path, pending)  # type: ignore[arg-type] # passed on
        self.written = {*getattr(self, "written", ()), path}
        return writer

    def make_reader(self, path: str, offset: int, length: int | None) -> ReferenceReader:
        reader = super().make_reader(path, offset, length)
        content = self.find(path).content
        if path in getattr(self, "written", ()) and len(content) > 2 * self.part:
            return ReferenceReader(reader.info, content[offset : offset + 2 * self.part])
        return reader


@crime("A range that begins in the third part of a file begins with it.", "reads.parts")
class BeginsWithThePart(Reference):
    def make_reader(self, path: str, offset: int, length: int | None) -> ReferenceReader:
        inside = len(self.find(path).content) == 2_011 and offset > 2_000  # noqa: PLR2004 - parts
        return super().make_reader(path, 2_000 if inside else offset, length)
