"""Crimes of answers and of files, which show when a call is cancelled."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Unpack

from storagedriver.errors import PathNotFoundError, StorageBackendError, StorageUnavailableError
from storagedriver.protocol import Content
from storagedriver.records import FileInfo, UnfinishedInfo
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.conditions import Conditions
from storagedriver_conformance.zoo.keeping import Disk, ReferenceReader
from storagedriver_conformance.zoo.reference import Reference


async def turn() -> None:
    await asyncio.sleep(0)


@crime("A cancelled call says that storage is unavailable.", "cancel.propagates")
class CancellationIsUnavailable(Reference):
    async def enter(self, *paths: str, root: bool = False) -> None:
        try:
            await super().enter(*paths, root=root)
        except asyncio.CancelledError as error:
            raise StorageUnavailableError(path=paths[0]) from error


@crime("A cancelled put raises an error of the backend.", "cancel.propagates", seen_in="fsspec")
class CancellationIsBackendError(Reference):
    async def put_content(
        self, path: str, content: Content, **options: Unpack[Conditions]
    ) -> FileInfo:
        try:
            return await super().put_content(path, content, **options)
        except asyncio.CancelledError as error:
            raise StorageBackendError(path=path) from error


@crime("A cancelled delete raises TimeoutError, as if its own time were over.", "cancel.propagates")
class CancellationIsTimeout(Reference):
    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        try:
            await super().delete(path, if_match=if_match)
        except asyncio.CancelledError:
            raise TimeoutError from None


@crime("A cancelled get says that the file is not there.", "cancel.propagates")
class CancellationIsNotFound(Reference):
    async def get_content(self, path: str) -> bytes:
        try:
            return await super().get_content(path)
        except asyncio.CancelledError:
            raise PathNotFoundError(path=path) from None


@crime("A cancelled list ends early, as if that were all.", "cancel.whole-answer")
class CancelledListIsShort(Reference):
    async def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        with suppress(asyncio.CancelledError):
            async for info in super().list(path, start_after=start_after):
                yield info


@crime("A cancelled walk ends early, as if that were all.", "cancel.whole-answer")
class CancelledWalkIsShort(Reference):
    async def walk(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        with suppress(asyncio.CancelledError):
            async for info in super().walk(path, start_after=start_after):
                yield info


@crime("A cancelled unfinished() tells of nothing.", "cancel.whole-answer")
class CancelledUnfinishedIsShort(Reference):
    async def unfinished(self, path: str = "/") -> AsyncIterator[UnfinishedInfo]:
        with suppress(asyncio.CancelledError):
            async for info in super().unfinished(path):
                yield info


class ShortReader(ReferenceReader):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        with suppress(asyncio.CancelledError):
            async for chunk in super().__aiter__():
                yield chunk


@crime("A cancelled read ends early, as if the file did.", "cancel.whole-answer")
class CancelledReadIsShort(Reference):
    def make_reader(self, path: str, offset: int, length: int | None) -> ReferenceReader:
        whole = super().make_reader(path, offset, length)
        return ShortReader(whole.info, whole._content)  # noqa: SLF001 - it spoils that class


@crime("A cancelled put leaves half of the file.", "cancel.put", seen_in="distribution #4803")
class CutPutIsHalf(Reference):
    async def put_content(
        self, path: str, content: Content, **options: Unpack[Conditions]
    ) -> FileInfo:
        await self.enter(path)
        try:
            return await super().put_content(path, content, **options)
        except asyncio.CancelledError:
            self.store(path, bytes(content)[: len(content) // 2])
            raise


@crime("A cancelled put over a file leaves nothing.", "cancel.put", seen_in="distribution #4489")
class CutPutRemoves(Reference):
    async def put_content(
        self, path: str, content: Content, **options: Unpack[Conditions]
    ) -> FileInfo:
        try:
            return await super().put_content(path, content, **options)
        except asyncio.CancelledError:
            self.disk.files.pop(path, None)
            raise


@crime("A cancelled put returns as if it had been done.", "cancel.put")
class CutPutPretends(Reference):
    async def put_content(
        self, path: str, content: Content, **options: Unpack[Conditions]
    ) -> FileInfo:
        try:
            return await super().put_content(path, content, **options)
        except asyncio.CancelledError:
            return FileInfo(path=path, size=len(content), version="0")


@crime("A creator takes its name with an empty file before it writes.", "cancel.conditional-put")
class CreatorTakesName(Reference):
    async def put_content(
        self, path: str, content: Content, **options: Unpack[Conditions]
    ) -> FileInfo:
        if options.get("if_none_match"):
            info = await super().put_content(path, b"", **options)
            options = {"if_match": info.version}
        return await super().put_content(path, content, **options)


@crime("A move removes its source before it writes its destination.", "cancel.move", "move.*")
class MoveRemovesFirst(Reference):
    async def move(self, source: str, destination: str) -> None:
        await self.enter(source, destination)
        if source == destination:
            return await super().move(source, destination)
        kept = self.find(source)
        self.check_names(destination)
        self.disk.files.pop(source)
        await turn()
        self.disk.files[source] = kept
        return await super().move(source, destination)


@crime("A cancelled move puts its destination out of the way.", "cancel.move")
class CutMoveDropsDestination(Reference):
    async def move(self, source: str, destination: str) -> None:
        try:
            await super().move(source, destination)
        except asyncio.CancelledError:
            if source != destination:
                self.disk.files.pop(destination, None)
            raise


@crime("A cancelled delete leaves the file empty.", "cancel.delete")
class CutDeleteEmpties(Reference):
    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        try:
            await super().delete(path, if_match=if_match)
        except asyncio.CancelledError:
            if path in self.disk.files:
                self.store(path, b"")
            raise


@crime("A cancelled delete of a tree leaves one of its files torn.", "cancel.delete-tree")
class CutTreeDeleteTears(Reference):
    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        try:
            await super().delete(path, if_match=if_match)
        except asyncio.CancelledError:
            for one in [one for one in self.at_and_below(path) if one != path][1:2]:
                self.store(one, self.find(one).content[:3])
            raise


@crime("A cut delete of a tree cannot be repeated.", "cancel.delete-tree")
class CutTreeDeleteIsFinal(Reference):
    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.begun: set[str] = set()

    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        if path in self.begun:
            raise PathNotFoundError(path=path, driver=self.name)
        if self.is_directory(path):
            self.begun.add(path)
        await super().delete(path, if_match=if_match)
        self.begun.discard(path)


@crime(
    "A put goes through an upload, which it leaves when cancelled.",
    "cancel.leaves-no-upload",
    seen_in="s3fs, which cleans up on Exception alone",
)
class CutPutLeavesUpload(Reference):
    async def put_content(
        self, path: str, content: Content, **options: Unpack[Conditions]
    ) -> FileInfo:
        await self.enter(path)
        others = self.disk.pending.get(path)
        writer = await self.writer(path) if others is None and not self.is_directory(path) else None
        try:
            return await super().put_content(path, content, **options)
        except Exception:
            if writer is not None:
                await writer.cancel()
                writer = None
            raise
        finally:
            if writer is not None and path in self.disk.files:
                writer.forget()
