"""Crimes that leave something behind: tasks, threads, descriptors."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Unpack

from storagedriver.errors import PathNotFoundError
from storagedriver.protocol import Content
from storagedriver.records import FileInfo
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.conditions import Conditions
from storagedriver_conformance.zoo.keeping import Disk, ReferenceReader, Stored
from storagedriver_conformance.zoo.reference import Reference
from storagedriver_conformance.zoo.writing import Pending, ReferenceWriter


def idle() -> "asyncio.Task[bool]":
    """Begin a task that never ends by itself."""
    return asyncio.ensure_future(asyncio.Event().wait())


class Idlers(Reference):
    """Keeps what it began, so that nothing but the loop's own list gives it away."""

    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.idle: list[asyncio.Task[bool]] = []


@crime("Every put leaves a task that never ends.", "leak.tasks")
class LeavesTasks(Idlers):
    def store(self, path: str, content: bytes) -> FileInfo:
        self.idle.append(idle())
        return super().store(path, content)


@crime("A list that is left early leaves the task that reads ahead.", "leak.tasks")
class EarlyLeaveLeavesTask(Idlers):
    async def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        ahead = idle()
        self.idle.append(ahead)
        async for info in super().list(path, start_after=start_after):
            yield info
        ahead.cancel()


@crime("A reader of nothing leaves a task.", "leak.tasks")
class RefusedReadLeavesTask(Idlers):
    @asynccontextmanager
    async def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AsyncIterator[ReferenceReader]:
        request = idle()
        self.idle.append(request)
        async with super().reader(path, offset=offset, length=length) as reader:
            request.cancel()
            yield reader


class IdleWriter(ReferenceWriter):
    async def cancel(self) -> None:
        await super().cancel()
        if isinstance(self.driver, Idlers):
            self.driver.idle.append(idle())


@crime("A writer that is cancelled leaves the task that sent its parts.", "leak.tasks")
class CancelledWriterLeavesTask(Idlers):
    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        return IdleWriter(self, path, pending)


@crime("A cancelled get leaves its task.", "leak.tasks")
class CancelledGetLeavesTask(Idlers):
    async def get_content(self, path: str) -> bytes:
        try:
            return await super().get_content(path)
        except asyncio.CancelledError:
            self.idle.append(idle())
            raise


@crime("A driver's task that refreshes its credentials goes on after close.", "leak.tasks")
class CloseLeavesTask(Idlers):
    async def enter(self, *paths: str, root: bool = False) -> None:
        await super().enter(*paths, root=root)
        if not self.idle:
            self.idle.append(idle())


class Threading(Reference):
    """Begins threads that end when it is collected, which is never while they run."""

    def begin_thread(self) -> None:
        threading.Thread(target=threading.Event().wait, args=(20,), daemon=True).start()


@crime("A driver's worker thread goes on after close.", "leak.threads")
class CloseLeavesThread(Threading):
    async def aclose(self) -> None:
        if not self.closed:
            self.begin_thread()
        await super().aclose()


@crime("A list of nothing leaves a thread.", "leak.threads")
class RefusedListLeavesThread(Threading):
    async def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        try:
            async for info in super().list(path, start_after=start_after):
                yield info
        except PathNotFoundError:
            self.begin_thread()
            raise


def descriptor() -> int:
    """Open something."""
    return os.open(Path(__file__).parent, os.O_RDONLY)


@crime("A read that is refused leaves a descriptor.", "leak.descriptors")
class RefusedReadLeavesDescriptor(Reference):
    async def get_content(self, path: str) -> bytes:
        opened = descriptor()
        content = await super().get_content(path)
        os.close(opened)
        return content


@crime(
    "A reader that is left early leaves a descriptor.",
    "leak.descriptors",
    seen_in="s3fs, whose asynchronous files never close their body",
)
class EarlyReaderLeavesDescriptor(Reference):
    @asynccontextmanager
    async def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AsyncIterator[ReferenceReader]:
        async with super().reader(path, offset=offset, length=length) as reader:
            opened = descriptor()
            yield reader
            os.close(opened)


class DescribedWriter(ReferenceWriter):
    async def close(self) -> None:
        opened = descriptor()
        await super().close()
        if self.ended != "closed":
            os.close(opened)


@crime("A closed writer leaves a descriptor.", "leak.descriptors", seen_in="distribution #1645")
class ClosedWriterLeavesDescriptor(Reference):
    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        return DescribedWriter(self, path, pending)


@crime("A cancelled put leaves a descriptor.", "leak.descriptors")
class CancelledPutLeavesDescriptor(Reference):
    async def put_content(
        self, path: str, content: Content, **options: Unpack[Conditions]
    ) -> FileInfo:
        opened = descriptor()
        try:
            return await super().put_content(path, content, **options)
        except asyncio.CancelledError:
            opened = -1
            raise
        finally:
            if opened >= 0:
                os.close(opened)


@crime("Each instance leaves a descriptor.", "leak.descriptors")
class CloseLeavesDescriptor(Reference):
    async def aclose(self) -> None:
        if not self.closed:
            descriptor()
        await super().aclose()


@crime("A descriptor of each walk is closed with the driver, not before.", "leak.growth")
class WalksAreClosedLast(Reference):
    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.opened: list[int] = []

    async def walk(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        self.opened.append(descriptor())
        async for info in super().walk(path, start_after=start_after):
            yield info

    async def aclose(self) -> None:
        while self.opened:
            os.close(self.opened.pop())
        await super().aclose()


@crime("A task of each refused call ends with the driver, not before.", "leak.growth")
class TasksEndLast(Idlers):
    def find(self, path: str) -> Stored:
        try:
            return super().find(path)
        except PathNotFoundError:
            self.idle.append(idle())
            raise

    async def aclose(self) -> None:
        for task in self.idle:
            task.cancel()
        await asyncio.gather(*self.idle, return_exceptions=True)
        self.idle.clear()
        await super().aclose()
