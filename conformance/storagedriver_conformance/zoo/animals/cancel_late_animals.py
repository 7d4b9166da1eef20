"""Crimes that show after a cancelled call: late effects, locks, others that suffer."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar, Unpack

from storagedriver.errors import StorageBackendError
from storagedriver.protocol import Content
from storagedriver.records import FileInfo
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.conditions import Conditions
from storagedriver_conformance.zoo.keeping import Disk
from storagedriver_conformance.zoo.reference import Reference

T = TypeVar("T")


async def turn() -> None:
    await asyncio.sleep(0)


async def later(work: Coroutine[Any, Any, T]) -> T:
    """Run something in the background, slowly, and wait for it unless one is cancelled."""

    async def slowly() -> T:
        await asyncio.sleep(0.005)
        return await work

    return await asyncio.shield(asyncio.ensure_future(slowly()))


@crime(
    "A cancelled put is done a little later.",
    "cancel.no-late-effect",
    seen_in="fsspec's wrapper of synchronous file systems",
)
class LatePut(Reference):
    async def put_content(
        self, path: str, content: Content, **options: Unpack[Conditions]
    ) -> FileInfo:
        return await later(super().put_content(path, content, **options))


@crime("A cancelled put is done by a thread that nobody waits for.", "cancel.no-late-effect")
class PutInThread(Reference):
    async def put_content(
        self, path: str, content: Content, **options: Unpack[Conditions]
    ) -> FileInfo:
        try:
            return await super().put_content(path, content, **options)
        except asyncio.CancelledError:
            asyncio.get_running_loop().call_later(0.01, self.store, path, bytes(content))
            raise


@crime("A cancelled delete is done a little later.", "cancel.no-late-effect")
class LateDelete(Reference):
    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        await later(super().delete(path, if_match=if_match))


@crime("A cancelled move is done a little later.", "cancel.no-late-effect")
class LateMove(Reference):
    async def move(self, source: str, destination: str) -> None:
        await later(super().move(source, destination))


@crime("A cancelled put leaves its path locked for ever.", "cancel.works-afterwards", patience=0.5)
class CutPutKeepsLock(Reference):
    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.lock = asyncio.Lock()

    async def put_content(
        self, path: str, content: Content, **options: Unpack[Conditions]
    ) -> FileInfo:
        await self.lock.acquire()
        try:
            info = await super().put_content(path, content, **options)
        except Exception:
            self.lock.release()
            raise
        self.lock.release()
        return info


@crime("After a cancelled get, the path is busy for writers.", "cancel.works-afterwards")
class CutGetKeepsBusy(Reference):
    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.busy: dict[str, int] = {}

    async def get_content(self, path: str) -> bytes:
        self.busy[path] = self.busy.get(path, 0) + 1
        try:
            content = await super().get_content(path)
        except Exception:
            self.busy.pop(path)
            raise
        self.busy.pop(path, None)
        return content

    def check_names(self, path: str) -> None:
        if self.busy.get(path):
            raise StorageBackendError(path=path)
        super().check_names(path)


@crime(
    "A shielded put is awaited once more when cancelled, but not twice.",
    "cancel.repeated",
    seen_in="code that takes asyncio.shield to be enough",
)
class ShieldsOnce(Reference):
    async def put_content(
        self, path: str, content: Content, **options: Unpack[Conditions]
    ) -> FileInfo:
        work = asyncio.ensure_future(self.put_slowly(path, content, **options))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.shield(work)
            raise

    async def put_slowly(
        self, path: str, content: Content, **options: Unpack[Conditions]
    ) -> FileInfo:
        await asyncio.sleep(0.005)
        return await super().put_content(path, content, **options)


@crime("A cancelled put puts the old file back, unless it is cancelled then.", "cancel.repeated")
class RestoresOnce(Reference):
    async def put_content(
        self, path: str, content: Content, **options: Unpack[Conditions]
    ) -> FileInfo:
        try:
            return await super().put_content(path, content, **options)
        except asyncio.CancelledError:
            old = self.disk.files.pop(path, None)
            await turn()
            if old is not None:
                self.disk.files[path] = old
            raise


@crime("A cancelled call cancels its task once more.", "cancel.by-others")
class CancelsAgain(Reference):
    async def enter(self, *paths: str, root: bool = False) -> None:
        try:
            await super().enter(*paths, root=root)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None:
                task.cancel()
            raise


@crime(
    "Equal gets share one request, and its cancellation.",
    "cancel.bystanders",
    seen_in="caches of coroutines, as async_lru was",
)
class SharesGets(Reference):
    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.running: dict[str, asyncio.Task[bytes]] = {}

    async def get_content(self, path: str) -> bytes:
        if path not in self.running:
            self.running[path] = asyncio.ensure_future(super().get_content(path))
            self.running[path].add_done_callback(lambda _: self.running.pop(path))
        return await self.running[path]


@crime(
    "A put that is cancelled while it waits takes the turn of the next one with it.",
    "cancel.bystanders",
    "cancel.works-afterwards",
    seen_in="asyncio.Semaphore of Python 3.10",
    patience=0.5,
)
class CutWaiterKeepsTurn(Reference):
    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.line: list[asyncio.Event] = []

    async def put_content(
        self, path: str, content: Content, **options: Unpack[Conditions]
    ) -> FileInfo:
        mine = asyncio.Event()
        self.line.append(mine)
        if len(self.line) > 1:
            await mine.wait()
        try:
            return await super().put_content(path, content, **options)
        finally:
            self.line.remove(mine)
            if self.line:
                self.line[0].set()
