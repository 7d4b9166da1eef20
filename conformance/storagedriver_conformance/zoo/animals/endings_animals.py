"""Crimes at a writer's end: commit, close, cancel, and leaving its block."""

from asyncio import CancelledError
from types import TracebackType

from storagedriver.errors import WriterClosedError
from storagedriver.records import FileInfo
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.reference import Reference
from storagedriver_conformance.zoo.writing import ReferenceWriter


@crime(
    "A cancel publishes what was written.", "writers.cancel", "writers.resume-nothing", "model.*"
)
class CancelPublishes(Reference):
    class Writer(ReferenceWriter):
        async def cancel(self) -> None:
            if not self.ended:
                self.publish()
            await super().cancel()


@crime(
    "A cancel leaves the upload, which can be resumed.",
    "writers.cancel",
    "writers.resume-nothing",
    seen_in="distribution #4406",
)
class CancelIsAClose(Reference):
    class Writer(ReferenceWriter):
        def forget(self) -> None:
            if self.path in self.driver.disk.files:
                super().forget()


@crime("A cancel deletes the file that was there.", "writers.cancel-keeps-the-old", "model.*")
class CancelDeletesTheOld(Reference):
    class Writer(ReferenceWriter):
        async def cancel(self) -> None:
            if not self.ended:
                self.driver.disk.files.pop(self.path, None)
            await super().cancel()


@crime("A close drops what was written.", "writers.end-again", "writers.*")
class CloseDrops(Reference):
    class Writer(ReferenceWriter):
        async def close(self) -> None:
            if not self.ended:
                self.forget()
            self.ended = "closed"


@crime("A write after the end goes on.", "writers.after-the-end")
class WritesAfterTheEnd(Reference):
    class Writer(ReferenceWriter):
        def check_open(self) -> None:
            if self.ended == "committed":
                super().check_open()


@crime("A second commit publishes again.", "writers.after-the-end")
class CommitsAgain(Reference):
    class Writer(ReferenceWriter):
        async def commit(self) -> FileInfo:
            return await (super().commit() if self.ended != "committed" else self.again())

        async def again(self) -> FileInfo:
            return self.publish()


@crime("A commit after close publishes.", "writers.after-the-end")
class CommitsAfterClose(Reference):
    class Writer(ReferenceWriter):
        async def commit(self) -> FileInfo:
            self.ended = "" if self.ended == "closed" else self.ended
            return await super().commit()


@crime("A second close fails.", "writers.end-again")
class CloseTwiceFails(Reference):
    class Writer(ReferenceWriter):
        async def close(self) -> None:
            if self.ended == "closed":
                raise WriterClosedError(path=self.path)
            await super().close()


@crime("A close after commit fails.", "writers.end-again")
class CloseAfterCommitFails(Reference):
    class Writer(ReferenceWriter):
        async def close(self) -> None:
            if self.ended == "committed":
                raise WriterClosedError(path=self.path)
            await super().close()


@crime("A close after cancel keeps what was dropped.", "writers.end-again")
class CloseUndoesACancel(Reference):
    class Writer(ReferenceWriter):
        async def close(self) -> None:
            if self.ended == "cancelled":
                self.driver.disk.pending[self.path] = self.pending
            await super().close()


@crime("A second cancel fails.", "writers.end-again")
class CancelTwiceFails(Reference):
    class Writer(ReferenceWriter):
        async def cancel(self) -> None:
            if self.ended == "cancelled":
                raise WriterClosedError(path=self.path)
            await super().cancel()


@crime("A cancel after commit deletes the file.", "writers.end-again")
class CancelUndoesACommit(Reference):
    class Writer(ReferenceWriter):
        async def cancel(self) -> None:
            if self.ended == "committed":
                del self.driver.disk.files[self.path]
            await super().cancel()


@crime("A cancel after close does nothing.", "writers.cancel-keeps-the-old")
class CancelAfterCloseKeeps(Reference):
    class Writer(ReferenceWriter):
        async def cancel(self) -> None:
            if self.ended != "closed":
                await super().cancel()


@crime("A cancel after close fails.", "writers.cancel-keeps-the-old")
class CancelAfterCloseFails(Reference):
    class Writer(ReferenceWriter):
        async def cancel(self) -> None:
            if self.ended == "closed":
                raise WriterClosedError(path=self.path)
            await super().cancel()


class _Leaving(ReferenceWriter):
    """A writer that an animal makes leave its block in a wrong way."""

    async def leave(self, error: BaseException | None) -> None:  # noqa: ARG002 - animals look at it
        """Leave the block."""
        if not self.ended and self.owns():
            await self.close()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.leave(error)


@crime("Leaving a block commits.", "writers.block", "writers.*", seen_in="fsspec's open()")
class BlockCommits(Reference):
    class Writer(_Leaving):
        async def leave(self, error: BaseException | None) -> None:
            if error is None and not self.ended:
                await self.commit()
            await super().leave(error)


@crime("Leaving a block cancels.", "writers.block", "writers.*")
class BlockCancels(Reference):
    class Writer(_Leaving):
        async def leave(self, error: BaseException | None) -> None:
            if error is None and not self.ended:
                await self.cancel()
            await super().leave(error)


@crime("Leaving a block leaves the writer open.", "writers.block")
class BlockLeavesItOpen(Reference):
    class Writer(_Leaving):
        async def leave(self, error: BaseException | None) -> None:
            pass


@crime("Leaving a block takes back what was committed.", "writers.end-again", "writers.*")
class BlockUndoesACommit(Reference):
    class Writer(_Leaving):
        async def leave(self, error: BaseException | None) -> None:
            if self.ended == "committed":
                del self.driver.disk.files[self.path]
            await super().leave(error)


@crime("Leaving a block always closes, which fails after a cancel.", "writers.end-again")
class BlockClosesTheCancelled(Reference):
    class Writer(_Leaving):
        async def leave(self, error: BaseException | None) -> None:
            if self.ended == "cancelled":
                self.check_open()
            await super().leave(error)


@crime(
    "Leaving a block by an error publishes what was written so far.",
    "writers.block-error",
    seen_in="fsspec's AbstractBufferedFile, which closes by completing the upload",
)
class BlockErrorCommits(Reference):
    class Writer(_Leaving):
        async def leave(self, error: BaseException | None) -> None:
            if isinstance(error, Exception) and not self.ended:
                await self.commit()
            await super().leave(error)


@crime("Leaving a block by an error drops what was written.", "writers.block-error")
class BlockErrorCancels(Reference):
    class Writer(_Leaving):
        async def leave(self, error: BaseException | None) -> None:
            if isinstance(error, Exception):
                await self.cancel()
            await super().leave(error)


@crime("A writer's block swallows errors.", "writers.block-error")
class BlockSwallows(Reference):
    class Writer(_Leaving):
        async def __aexit__(  # type: ignore[override] # it is the crime
            self,
            kind: type[BaseException] | None,
            error: BaseException | None,
            traceback: TracebackType | None,
        ) -> bool:
            await self.leave(error)
            return error is not None


@crime("A cancelled task's writer is dropped.", "writers.block-error")
class BlockCancelledDrops(Reference):
    class Writer(_Leaving):
        async def leave(self, error: BaseException | None) -> None:
            if isinstance(error, CancelledError):
                await self.cancel()
            await super().leave(error)


@crime(
    "A cancelled task's writer is published as far as it came.",
    "writers.block-error",
    seen_in="distribution #4803",
)
class BlockCancelledCommits(Reference):
    class Writer(_Leaving):
        async def leave(self, error: BaseException | None) -> None:
            if isinstance(error, CancelledError) and not self.ended:
                await self.commit()
            await super().leave(error)


@crime("A cancelled task's writer stays open.", "writers.block-error")
class BlockCancelledLeavesItOpen(Reference):
    class Writer(_Leaving):
        async def leave(self, error: BaseException | None) -> None:
            if not isinstance(error, CancelledError):
                await super().leave(error)


@crime("A writer's block gives another writer.", "writers.block-error", "surface.writer")
class BlockGivesAnother(Reference):
    class Writer(ReferenceWriter):
        async def __aenter__(self) -> ReferenceWriter:  # type: ignore[override] # the crime
            return ReferenceWriter(self.driver, self.path, self.pending)


@crime("A cancel drops all whose paths begin alike.", "writers.resume-neighbours")
class CancelsByPrefix(Reference):
    class Writer(ReferenceWriter):
        async def cancel(self) -> None:
            if not self.ended:
                for one in [*self.driver.disk.pending]:
                    if one.startswith(self.path) and one != self.path:
                        del self.driver.disk.pending[one]
            await super().cancel()


@crime(
    "A commit ends all whose paths begin alike.",
    "writers.resume-neighbours",
)
class CommitsByPrefix(Reference):
    class Writer(ReferenceWriter):
        def publish(self) -> FileInfo:
            for one in [*self.driver.disk.pending]:
                if one.startswith(self.path) and one != self.path:
                    del self.driver.disk.pending[one]
            return super().publish()
