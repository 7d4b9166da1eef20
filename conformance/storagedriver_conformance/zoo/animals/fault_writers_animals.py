"""Crimes in what a writer holds when one of its requests fails."""

import asyncio
from functools import partial
from types import TracebackType

from storagedriver.errors import StorageBackendError, StorageUnavailableError
from storagedriver.protocol import Content
from storagedriver.records import FileInfo, UnfinishedInfo
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.remote import Remote
from storagedriver_conformance.zoo.remote_streams import RemoteWriter
from storagedriver_conformance.zoo.writing import ReferenceWriter

# Turns of the event loop that an answer is waited for: more than one takes that is not late.
SOON = 8


class AppendingWriter(RemoteWriter):
    """A writer whose chunks come behind whatever is there."""

    def take(self, chunk: bytes) -> None:
        self.pending.content += chunk

    def publish(self) -> FileInfo:
        return self.driver.store(self.path, self.pending.content)


@crime(
    "A chunk whose answer was lost is appended again.",
    "fault.write",
    "fault.commit",
    seen_in="distribution #4571",
)
class AppendsAChunkAgain(Remote):
    class Writer(AppendingWriter):
        async def write(self, chunk: Content) -> None:
            do = partial(ReferenceWriter.write, self, chunk)
            await self.remote.send(lambda _: self.remote.remote.wire.ask("append", do))


@crime("What arrived of a chunk that broke off stays in the middle.", "fault.write", "fault.commit")
class KeepsHalfAChunk(Remote):
    Writer = AppendingWriter


@crime(
    "A chunk whose answer is late is sent again, and both arrive.",
    "fault.write",
    "fault.commit",
    seen_in="distribution #4571, #3026",
)
class SendsLateChunksAgain(Remote):
    class Writer(AppendingWriter):
        async def write(self, chunk: Content) -> None:
            first = asyncio.ensure_future(super().write(chunk))
            try:
                for _ in range(SOON):
                    await asyncio.sleep(0)
                if not first.done():
                    await super().write(chunk)
                await first
            finally:
                first.cancel()
                await asyncio.wait([first])


@crime("A chunk is counted before it is written.", "fault.write", "fault.no-space")
class CountsBeforeItWrites(Remote):
    class Writer(RemoteWriter):
        async def write(self, chunk: Content) -> None:
            try:
                await super().write(chunk)
            except StorageBackendError:
                self.size += len(chunk)
                raise


@crime("A write that fails drops what was written before it.", "fault.write")
class DropsWhatWasWritten(Remote):
    class Writer(RemoteWriter):
        async def write(self, chunk: Content) -> None:
            try:
                await super().write(chunk)
            except StorageBackendError:
                self.pending.content = b""
                raise


@crime("A write that fails is reported as done.", "fault.write", seen_in="buffers flushed later")
class SwallowsFailedWrites(Remote):
    class Writer(RemoteWriter):
        async def write(self, chunk: Content) -> None:
            try:
                await super().write(chunk)
            except StorageBackendError:
                return


@crime(
    "A commit that fails has deleted the old file.",
    "fault.commit",
    "fault.cancel",
    "fault.no-space",
)
class DeletesBeforeItCommits(Remote):
    class Writer(RemoteWriter):
        async def commit(self) -> FileInfo:
            try:
                return await super().commit()
            except StorageBackendError:
                self.driver.disk.files.pop(self.path, None)
                raise


@crime(
    "A commit that fails loses what was written.",
    "fault.commit",
    "fault.no-space",
    seen_in="clients that abort an upload when its completion fails",
)
class AbortsWhenACommitFails(Remote):
    class Writer(RemoteWriter):
        async def commit(self) -> FileInfo:
            try:
                return await super().commit()
            except StorageBackendError:
                if self.owns():
                    self.forget()
                raise


@crime("After a commit that failed, cancel does nothing.", "fault.cancel")
class CancelsNothingAfterAFailedCommit(Remote):
    class Writer(RemoteWriter):
        has_failed = False

        async def commit(self) -> FileInfo:
            try:
                return await super().commit()
            except StorageBackendError:
                self.has_failed = True
                raise

        async def cancel(self) -> None:
            if not self.has_failed:
                await super().cancel()


@crime("A block that ends with an error of the backend's commits what it has.", "fault.block")
class CommitsABlockThatFailed(Remote):
    class Writer(RemoteWriter):
        async def __aexit__(
            self,
            kind: type[BaseException] | None,
            error: BaseException | None,
            traceback: TracebackType | None,
        ) -> None:
            if isinstance(error, StorageBackendError) and not self.ended and self.owns():
                await self.commit()
            await super().__aexit__(kind, error, traceback)


@crime("A cancel that fails is reported as done.", "fault.cancel", seen_in="except: pass")
class SwallowsFailedCancels(Remote):
    class Writer(RemoteWriter):
        async def cancel(self) -> None:
            try:
                await super().cancel()
            except StorageBackendError:
                self.ended = "cancelled"


@crime("A discard that fails is reported as done.", "fault.cancel", seen_in="except: pass")
class SwallowsFailedDiscards(Remote):
    async def discard(self, unfinished: UnfinishedInfo) -> None:
        try:
            await super().discard(unfinished)
        except StorageBackendError:
            return


@crime("A writer keeps its last chunk, and drops it when its close fails.", "fault.close")
class DropsItsBufferWhenACloseFails(Remote):
    class Writer(RemoteWriter):
        async def close(self) -> None:
            try:
                await super().close()
            except StorageBackendError:
                self.pending.content = b""
                raise


@crime("A close that fails takes what was written with it.", "fault.close", "fault.commit")
class CancelsWhenACloseFails(Remote):
    class Writer(RemoteWriter):
        async def close(self) -> None:
            try:
                await super().close()
            except StorageBackendError:
                if self.owns():
                    self.forget()
                self.ended = "closed"
                raise


@crime("Resuming, when it fails, drops what there was to resume.", "fault.open-writer")
class DropsWhatItCannotResume(Remote):
    async def writer(self, path: str, *, append: bool = False) -> ReferenceWriter:
        try:
            return await super().writer(path, append=append)
        except StorageBackendError:
            self.drop_pending(path)
            raise


@crime("Where resuming fails, a new writer begins.", "fault.open-writer", "fault.no-space")
class BeginsWhereItCannotResume(Remote):
    async def writer(self, path: str, *, append: bool = False) -> ReferenceWriter:
        try:
            return await super().writer(path, append=append)
        except StorageUnavailableError:
            if not append:
                raise
            return await super().writer(path)
