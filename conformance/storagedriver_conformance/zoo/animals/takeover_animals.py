"""Crimes of, and against, a writer that lost its path to another."""

from types import TracebackType

from storagedriver.errors import PathConflictError
from storagedriver.records import FileInfo
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.keeping import Disk
from storagedriver_conformance.zoo.reference import Reference
from storagedriver_conformance.zoo.writing import Pending, ReferenceWriter


@crime("A writer that lost its path writes on, into nothing.", "writers.lost*")
class LostWriterWritesOn(Reference):
    class Writer(ReferenceWriter):
        def check_owned(self) -> None:
            if self.ended:
                super().check_owned()

        def publish(self) -> FileInfo:
            super().check_owned()
            return super().publish()

        async def close(self) -> None:
            if not self.ended:
                super().check_owned()
            await super().close()


@crime("A writer that lost its path closes as if nothing had happened.", "writers.lost*")
class LostWriterCloses(Reference):
    class Writer(ReferenceWriter):
        async def close(self) -> None:
            if self.owns():
                await super().close()
            self.ended = self.ended or "closed"


@crime("The last commit wins, whoever owns the path.", "writers.lost*")
class LostWriterCommits(Reference):
    class Writer(ReferenceWriter):
        async def commit(self) -> FileInfo:
            if not self.owns() and not self.ended:
                self.ended = "committed"
                return self.publish()
            return await super().commit()


@crime(
    "Two writers on a path write into one upload.", "writers.lost*", seen_in="distribution #2389"
)
class WritersShareAnUpload(Reference):
    class Writer(ReferenceWriter):
        def owns(self) -> bool:
            return self.path in self.driver.disk.pending

        def take(self, chunk: bytes) -> None:
            self.pending = self.driver.disk.pending[self.path]
            super().take(chunk)


@crime(
    "A late write of a writer that lost its path reaches the other's file, and then is refused.",
    "writers.lost-changes-nothing",
    "writers.lost-elsewhere",
    seen_in="distribution #2389",
)
class LostWriteReachesTheOther(Reference):
    class Writer(ReferenceWriter):
        async def write(self, chunk: bytes | bytearray | memoryview) -> None:
            if not self.ended and not self.owns() and self.path in self.driver.disk.pending:
                self.driver.disk.pending[self.path].content += bytes(chunk)
            await super().write(chunk)


@crime(
    "A late close of a writer that lost its path drops what the other wrote.",
    "writers.lost-changes-nothing",
    "writers.lost*",
)
class LostCloseDropsTheOther(Reference):
    class Writer(ReferenceWriter):
        async def close(self) -> None:
            if not self.ended and not self.owns():
                self.driver.disk.pending.pop(self.path, None)
            await super().close()


@crime(
    "A late commit of a writer that lost its path publishes what the other has written so far.",
    "writers.lost*",
)
class LostCommitPublishesTheOther(Reference):
    class Writer(ReferenceWriter):
        async def commit(self) -> FileInfo:
            owner = self.driver.disk.pending.get(self.path)
            if not self.ended and owner is not None and owner is not self.pending:
                self.driver.store(self.path, owner.content)
            return await super().commit()


@crime("A cancel of a writer that lost its path drops what the other wrote.", "writers.lost-cancel")
class LostCancelDropsTheOther(Reference):
    class Writer(ReferenceWriter):
        async def cancel(self) -> None:
            if not self.ended:
                self.driver.disk.pending.pop(self.path, None)
            await super().cancel()


@crime("A cancel of a closed writer drops what resumed it.", "writers.lost-cancel")
class ClosedCancelDropsTheOther(Reference):
    class Writer(ReferenceWriter):
        async def cancel(self) -> None:
            if self.ended == "closed":
                self.driver.disk.pending.pop(self.path, None)
            await super().cancel()


@crime("A cancel of a writer that lost its path fails.", "writers.lost-cancel")
class LostCancelFails(Reference):
    class Writer(ReferenceWriter):
        async def cancel(self) -> None:
            if not self.ended:
                self.check_owned()
            await super().cancel()


class _Knows(Reference):
    """A driver that knows which of its writers are open."""

    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.last: dict[str, ReferenceWriter] = {}

    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        self.last[path] = super().make_writer(path, pending)
        return self.last[path]

    def is_open(self, path: str) -> bool:
        """Tell whether the last writer that was opened on a path has not ended."""
        return path in self.last and not self.last[path].ended


@crime("A path that has an open writer takes no other.", "writers.lost*")
class LocksThePath(_Knows):
    async def writer(self, path: str, *, append: bool = False) -> ReferenceWriter:
        if self.is_open(path):
            raise PathConflictError("it is being written", path=path)
        return await super().writer(path, append=append)


@crime("A path that has an open writer cannot be resumed.", "writers.lost*")
class LocksThePathAgainstResuming(_Knows):
    async def writer(self, path: str, *, append: bool = False) -> ReferenceWriter:
        if append and self.is_open(path):
            raise PathConflictError("it is being written", path=path)
        return await super().writer(path, append=append)


@crime(
    "Taking over from an open writer, size counts what the other one had in its buffer alone.",
    "writers.lost*",
)
class TakesOverABuffer(_Knows):
    async def writer(self, path: str, *, append: bool = False) -> ReferenceWriter:
        is_open = self.is_open(path)
        writer = await super().writer(path, append=append)
        if append and is_open:
            writer.pending.content = b""
        return writer


@crime("A lost writer gets its path back when the other has ended.", "writers.lost-for-good")
class LostIsFoundAgain(Reference):
    class Writer(ReferenceWriter):
        def owns(self) -> bool:
            return self.driver.disk.pending.setdefault(self.path, self.pending) is self.pending


@crime("A lost writer's block, when left, cancels the other.", "writers.lost-block")
class LostBlockDropsTheOther(Reference):
    class Writer(ReferenceWriter):
        async def __aexit__(
            self,
            kind: type[BaseException] | None,
            error: BaseException | None,
            traceback: TracebackType | None,
        ) -> None:
            if not self.ended and not self.owns():
                self.driver.disk.pending.pop(self.path, None)
            await super().__aexit__(kind, error, traceback)


@crime("Only the writer before the last one has lost its path.", "writers.lost-twice")
class OnlyTheLastButOneLost(_Knows):
    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        before = self.last.get(path)
        is_second = before is not None and before.pending.generation == "a"
        pending.generation = "b" if is_second else "a"
        return super().make_writer(path, pending)

    class Writer(ReferenceWriter):
        def owns(self) -> bool:
            owner = self.driver.disk.pending.get(self.path)
            return owner is not None and owner.generation == self.pending.generation


@crime("A writer loses its path to writers of its own instance alone.", "writers.lost-elsewhere")
class OwnsByInstance(_Knows):
    class Writer(ReferenceWriter):
        def owns(self) -> bool:
            known = self.driver.disk.pending.get(self.path)
            driver = self.driver
            latest = driver.last.get(self.path) if isinstance(driver, _Knows) else None
            return known is self.pending or (latest is self and known is not None)


@crime("Writers lose their path to those whose paths begin alike.", "writers.resume-neighbours")
class LosesToNeighbours(Reference):
    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        for one in [one for one in self.disk.pending if path.startswith(one) and path != one]:
            del self.disk.pending[one]
        return super().make_writer(path, pending)
