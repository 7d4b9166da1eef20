"""Crimes of writers, which show when one of their calls is cancelled."""

import asyncio
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, TypeVar

from storagedriver.protocol import Content
from storagedriver.records import FileInfo
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.reference import Reference
from storagedriver_conformance.zoo.writing import Pending, ReferenceWriter

T = TypeVar("T")


async def turn() -> None:
    await asyncio.sleep(0)


async def later(work: Coroutine[Any, Any, T]) -> T:
    """Run something in the background, slowly, and wait for it unless one is cancelled."""

    async def slowly() -> T:
        await asyncio.sleep(0.005)
        return await work

    return await asyncio.shield(asyncio.ensure_future(slowly()))


class HalfCommitter(ReferenceWriter):
    async def commit(self) -> FileInfo:
        self.check_open()
        self.check_owned()
        try:
            return await super().commit()
        except asyncio.CancelledError:
            self.driver.store(self.path, self.pending.content[: self.size // 2])
            raise


@crime("A cancelled commit publishes half of what was written.", "cancel.commit")
class CutCommitIsHalf(Reference):
    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        return HalfCommitter(self, path, pending)


class LosingCommitter(ReferenceWriter):
    async def commit(self) -> FileInfo:
        try:
            return await super().commit()
        except asyncio.CancelledError:
            self.pending.content = b""
            raise


@crime("A cancelled commit loses what was written.", "cancel.commit")
class CutCommitLoses(Reference):
    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        return LosingCommitter(self, path, pending)


class EagerWriter(ReferenceWriter):
    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(error, asyncio.CancelledError) and not self.ended:
            await self.commit()
        await super().__aexit__(kind, error, traceback)


@crime("A writer's block that is cancelled publishes what it has.", "cancel.block")
class CutBlockCommits(Reference):
    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        return EagerWriter(self, path, pending)


class CountingWriter(ReferenceWriter):
    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        task = asyncio.current_task()
        if task is not None and task.cancelling() and not self.ended:
            await self.commit()
        await super().__aexit__(kind, error, traceback)


@crime("A writer's block publishes what it has where its task is cancelled.", "cancel.block")
class CutTaskCommits(Reference):
    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        return CountingWriter(self, path, pending)


class UntidyCommitter(ReferenceWriter):
    async def commit(self) -> FileInfo:
        pending = self.pending
        info = await super().commit()
        self.driver.disk.pending[self.path] = pending
        await turn()
        if self.owns():
            self.forget()
        return info


@crime("A commit forgets its upload only after it has published.", "cancel.leaves-no-upload")
class CutCommitLeavesUpload(Reference):
    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        return UntidyCommitter(self, path, pending)


class LateCommitter(ReferenceWriter):
    async def commit(self) -> FileInfo:
        return await later(super().commit())


@crime("A cancelled commit is done a little later.", "cancel.no-late-effect")
class LateCommit(Reference):
    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        return LateCommitter(self, path, pending)


class DoublingWriter(ReferenceWriter):
    async def write(self, chunk: Content) -> None:
        try:
            await super().write(chunk)
        except asyncio.CancelledError:
            self.pending.content += bytes(chunk)
            raise


@crime("A cancelled write is kept, though the size does not tell.", "cancel.write")
class CutWriteIsKept(Reference):
    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        return DoublingWriter(self, path, pending)


class CuttingWriter(ReferenceWriter):
    async def write(self, chunk: Content) -> None:
        try:
            await super().write(chunk)
        except asyncio.CancelledError:
            self.pending.content = b""
            raise


@crime("A cancelled write drops what was written before it.", "cancel.write")
class CutWriteDrops(Reference):
    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        return CuttingWriter(self, path, pending)


class OnceClosingWriter(ReferenceWriter):
    async def close(self) -> None:
        kept, self.pending.content = self.pending.content, b""
        if not self.ended:
            await super().close()
        if not self.pending.content:
            self.pending.content = kept


@crime("A cancelled close keeps nothing of what was written.", "cancel.close")
class CutCloseLoses(Reference):
    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        return OnceClosingWriter(self, path, pending)


class OnceCancellingWriter(ReferenceWriter):
    async def cancel(self) -> None:
        if self.ended not in {"committed", "cancelled"}:
            self.ended = "cancelled"
            await turn()
            if self.owns():
                self.forget()


@crime("A cancelled cancel cannot be repeated, and keeps the upload.", "cancel.drop")
class CutCancelKeeps(Reference):
    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        return OnceCancellingWriter(self, path, pending)


@crime("A resumption that is cancelled has lost what there was to resume.", "cancel.open-writer")
class CutResumeLoses(Reference):
    async def writer(self, path: str, *, append: bool = False) -> ReferenceWriter:
        kept = self.disk.pending.pop(path, None)
        try:
            await turn()
        except asyncio.CancelledError:
            if not append and kept is not None:
                self.disk.pending[path] = kept
            raise
        if kept is not None:
            self.disk.pending[path] = kept
        return await super().writer(path, append=append)


@crime("A cancelled opening leaves half of what an earlier writer kept.", "cancel.open-writer")
class CutOpeningHalves(Reference):
    async def writer(self, path: str, *, append: bool = False) -> ReferenceWriter:
        try:
            return await super().writer(path, append=append)
        except asyncio.CancelledError:
            if path in self.disk.pending:
                pending: Pending = self.disk.pending[path]
                pending.content = pending.content[: len(pending.content) // 2]
            raise
