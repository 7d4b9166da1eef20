"""Drivers so broken that a suite could hang, crash or end with them."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import suppress

from storagedriver.protocol import Content
from storagedriver.records import FileInfo
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.keeping import Disk, ReferenceReader
from storagedriver_conformance.zoo.reference import Reference

# mypy: disable-error-code="override, assignment"
# To break the protocol's types is what some of these are for.

SHORT = 0.5


@crime("A read waits for ever.", "surface.async", "surface.*", patience=SHORT)
class HangsOnReading(Reference):
    async def get_content(self, path: str) -> bytes:
        await asyncio.Event().wait()
        return await super().get_content(path)


@crime("A move waits for ever, and cannot be cancelled.", "surface.async", patience=SHORT)
class CannotBeCancelled(Reference):
    async def move(self, source: str, destination: str) -> None:
        while source != destination:
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(0.05)


@crime("A stat blocks its thread for ever.", "surface.*", patience=SHORT)
class BlocksForEver(Reference):
    async def stat(self, path: str) -> FileInfo:
        threading.Event().wait()
        return await super().stat(path)


@crime("A delete keeps its thread busy for ever.", "surface.*", patience=SHORT)
class PollsForEver(Reference):
    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        while path in self.disk.files:
            time.sleep(0.05)  # noqa: ASYNC251 - the crime
        await super().delete(path, if_match=if_match)


@crime(
    "It cannot be opened: that takes for ever.", "surface.opens", "surface.protocol", patience=SHORT
)
class OpensForEver(Reference):
    def __init__(self, disk: Disk | None = None) -> None:
        threading.Event().wait()
        super().__init__(disk)


@crime("Opening it ends the process.", "surface.opens", "surface.protocol")
class ExitsWhenOpened(Reference):
    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        message = "no credentials"
        raise SystemExit(message)


@crime("A list does not end.", "surface.async", "surface.*", seen_in="a page token that is ignored")
class ListsForEver(Reference):
    async def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        entries = [info async for info in super().list(path, start_after=start_after)]
        while entries:
            for entry in entries:
                yield entry


@crime("A list of a file does not end, and gives new names.", "surface.async")
class ListsMoreForEver(Reference):
    async def walk(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        async for info in super().walk(path, start_after=start_after):
            yield info
        number = 0
        while path != "/":
            number += 1
            yield FileInfo(path=f"{path}/{number}", is_dir=True)


@crime("A reader does not end.", "surface.async", "content.*")
class ReadsForEver(Reference):
    def make_reader(self, path: str, offset: int, length: int | None) -> ReferenceReader:
        class Endless(ReferenceReader):
            async def __aiter__(self) -> AsyncIterator[bytes]:
                while True:
                    yield b"more"

        del offset, length
        return Endless(self.info(path), b"")


@crime("A read ends the process.", "surface.async", "surface.*")
class ExitsOnReading(Reference):
    async def get_content(self, path: str) -> bytes:
        await super().get_content(path)
        raise SystemExit(3)


@crime("A task that it left in the background ends the process.", "surface.*")
class ExitsLater(Reference):
    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        asyncio.get_running_loop().call_soon(self.leave)
        return await super().put_content(
            path, content, if_match=if_match, if_none_match=if_none_match
        )

    def leave(self) -> None:
        raise SystemExit(4)


@crime("A read says that it was cancelled.", "surface.async", "surface.*")
class CancelsItself(Reference):
    async def get_content(self, path: str) -> bytes:
        await super().get_content(path)
        raise asyncio.CancelledError


@crime("A read says that the iteration is over.", "surface.async", "surface.*")
class StopsTheIteration(Reference):
    async def get_content(self, path: str) -> bytes:
        await super().get_content(path)
        raise StopAsyncIteration


class _Disaster(BaseException):
    """What no `except Exception` catches."""


@crime("A stat raises what is no Exception.", "surface.async", "surface.*", seen_in="pyo3's panics")
class Panics(Reference):
    async def stat(self, path: str) -> FileInfo:
        if path in self.disk.files:
            raise _Disaster
        return await super().stat(path)


@crime("Its capabilities are a dictionary.", "surface.opens", "surface.protocol")
class DeclaresADictionary(Reference):
    capabilities = {"atomic_put": True}  # noqa: RUF012 - the crime


@crime("Every answer is the number 5.", "surface.*")
class AnswersFive(Reference):
    async def get_content(self, path: str) -> int:
        return len(path) * 0 + 5

    stat = put_content = writer = move = delete = get_content
    list = walk = unfinished = reader = get_content
