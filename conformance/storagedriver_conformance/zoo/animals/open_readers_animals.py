"""Crimes of readers while they are open."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from storagedriver.errors import StorageBackendError
from storagedriver.records import FileInfo, Support
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.keeping import CHUNK, Disk, ReferenceReader
from storagedriver_conformance.zoo.reference import Reference


class Live(ReferenceReader):
    """A reader that looks at its file anew for each piece."""

    def __init__(self, driver: Reference, path: str, offset: int, length: int | None) -> None:
        super().__init__(driver.info(path), b"")
        self.driver = driver
        size = self.info.size
        self.range = (offset, size if length is None else min(size, offset + length))

    async def __aiter__(self) -> AsyncIterator[bytes]:
        at, end = self.range
        step = min(CHUNK, max(1, end // 2))
        while at < end:
            piece = self.piece(at, min(at + step, end))
            if not piece:
                return
            yield piece
            at += len(piece)
            await asyncio.sleep(0)

    def piece(self, at: int, end: int) -> bytes:
        """Return the bytes from `at` on."""
        return self.driver.find(self.info.path).content[at:end]


class ReadsLive(Reference):
    """It gives what is there when a piece is asked for."""

    def make_reader(self, path: str, offset: int, length: int | None) -> ReferenceReader:
        return Live(self, path, offset, length)


UNSTABLE = replace(Reference.capabilities, stable_read=Support.ABSENT)


@crime("An open reader goes on in the new file.", "reads.stable", "caps.*")
class GoesOnInTheNewFile(ReadsLive):
    pass


@crime("An open reader goes on in the new file, on a driver that promises little.", "reads.*")
class MixesOldAndNew(ReadsLive):
    capabilities = UNSTABLE


class Ending(Live):
    """It takes a file that is gone for its end."""

    def piece(self, at: int, end: int) -> bytes:
        stored = self.driver.disk.files.get(self.info.path)
        same = stored is not None and stored.version == self.info.version
        return stored.content[at:end] if stored is not None and same else b""


@crime("A reader whose file changes ends early, as if that were all.", "reads.old-or-error")
class EndsEarly(Reference):
    capabilities = UNSTABLE

    def make_reader(self, path: str, offset: int, length: int | None) -> ReferenceReader:
        return Ending(self, path, offset, length)


class Failing(Live):
    """It has the bytes of its file, and fails when that is gone."""

    def __init__(self, driver: Reference, path: str, offset: int, length: int | None) -> None:
        super().__init__(driver, path, offset, length)
        self.kept = driver.find(path).content

    def piece(self, at: int, end: int) -> bytes:
        self.driver.find(self.info.path)
        return self.kept[at:end]


@crime("A reader whose file is deleted fails, although it is declared stable.", "reads.stable")
class PromisesStability(Reference):
    def make_reader(self, path: str, offset: int, length: int | None) -> ReferenceReader:
        return Failing(self, path, offset, length)


class Turning(ReferenceReader):
    """A reader that shares its place with all others."""

    place = 0

    def __init__(self, driver: "SharesOnePlace", info: FileInfo, content: bytes) -> None:
        super().__init__(info, content)
        self.driver = driver
        driver.place = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while piece := self._content[self.driver.place : self.driver.place + CHUNK]:
            self.driver.place += len(piece)
            yield piece


@crime("All readers share one place.", "reads.two-at-once")
class SharesOnePlace(Reference):
    place = 0

    def make_reader(self, path: str, offset: int, length: int | None) -> ReferenceReader:
        end = None if length is None else offset + length
        return Turning(self, self.info(path), self.find(path).content[offset:end])


class Slots(Reference):
    """It counts its open readers."""

    most = 10

    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.taken = 0

    def make_reader(self, path: str, offset: int, length: int | None) -> ReferenceReader:
        if self.taken >= self.most:
            raise StorageBackendError("too many open files", path=path, driver=self.name)
        self.taken += 1
        return Counted(self, super().make_reader(path, offset, length))


class Counted(ReferenceReader):
    def __init__(self, driver: Slots, reader: ReferenceReader) -> None:
        super().__init__(reader.info, b"")
        self.driver = driver
        self.reader = reader

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self.reader:
            yield piece
        self.driver.taken -= 1


@crime(
    "A reader that is not read to its end is never closed.",
    "reads.left-early",
    "reads.*",
    "surface.*",
    seen_in="s3fs's async file",
)
class LeaksReaders(Slots):
    pass


@crime("One reader is open at a time.", "reads.two-at-once", patience=0.4)
class OpensOneReader(Reference):
    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.lock = asyncio.Lock()

    @asynccontextmanager
    async def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AsyncIterator[ReferenceReader]:
        async with self.lock, super().reader(path, offset=offset, length=length) as reader:
            yield reader


class Locking(Reference):
    """Its readers keep writers out."""

    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.reading: dict[str, int] = {}

    def key(self, path: str) -> str:
        """Return what is locked for a path."""
        return path

    @asynccontextmanager
    async def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AsyncIterator[ReferenceReader]:
        async with super().reader(path, offset=offset, length=length) as reader:
            key = self.key(path)
            self.reading[key] = self.reading.get(key, 0) + 1
            try:
                yield reader
            finally:
                self.reading[key] -= 1

    def check_names(self, path: str) -> None:
        if self.reading.get(self.key(path)):
            raise StorageBackendError("it is being read", path=path, driver=self.name)
        super().check_names(path)


@crime(
    "A file that is read cannot be replaced.",
    "reads.stable",
    "caps.*",
    seen_in="Windows' sharing modes",
)
class LocksFilesThatAreRead(Locking):
    pass


@crime("Nothing is written while anything is read.", "reads.held-open", "caps.*")
class LocksAllWhileReading(Locking):
    def key(self, path: str) -> str:  # noqa: ARG002 - the crime
        return "all"


@crime("An error in a reader's block is swallowed.", "reads.error-in-block", "reads.*")
class SwallowsErrors(Reference):
    @asynccontextmanager
    async def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AsyncIterator[ReferenceReader]:
        async with super().reader(path, offset=offset, length=length) as reader:
            try:
                yield reader
            except (OSError, EOFError):
                return


@crime("An error in a reader's block becomes one of the driver.", "reads.error-in-block")
class TranslatesErrors(Reference):
    @asynccontextmanager
    async def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AsyncIterator[ReferenceReader]:
        async with super().reader(path, offset=offset, length=length) as reader:
            try:
                yield reader
            except OSError as error:
                raise StorageBackendError(str(error), path=path, driver=self.name) from error


@crime("A reader's record is asked for before its bytes.", "reads.info-fits-bytes")
class AsksTwice(Reference):
    @asynccontextmanager
    async def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AsyncIterator[ReferenceReader]:
        await self.enter(path)
        self.check_range(path, offset, length)
        info = self.info(path)
        await asyncio.sleep(0)
        reader = self.make_reader(path, offset, length)
        reader.info = info
        yield reader
