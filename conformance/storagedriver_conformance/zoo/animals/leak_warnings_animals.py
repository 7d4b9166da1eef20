"""Crimes that leave something behind: files to the collector, memory, uploads."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Unpack

from storagedriver.errors import StorageDriverError
from storagedriver.protocol import Content
from storagedriver.records import FileInfo
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.conditions import Conditions
from storagedriver_conformance.zoo.keeping import Disk, ReferenceReader
from storagedriver_conformance.zoo.reference import Reference
from storagedriver_conformance.zoo.writing import Pending, ReferenceWriter


def open_file() -> BinaryIO:
    """Open a file, and leave it so."""
    return Path(__file__).open("rb")


@crime("Files are opened and left to the garbage collector.", "leak.warnings")
class LeavesFilesToTheCollector(Reference):
    async def get_content(self, path: str) -> bytes:
        with_itself: list[object] = [open_file()]
        with_itself.append(with_itself)
        return await super().get_content(path)


@crime("A reader's connection is dropped, not closed.", "leak.warnings", seen_in="aiohttp's users")
class DropsConnections(Reference):
    @asynccontextmanager
    async def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AsyncIterator[ReferenceReader]:
        connection = [socket.socket()]
        async with super().reader(path, offset=offset, length=length) as reader:
            yield reader
        connection.clear()


@crime("Something asynchronous is called and never awaited.", "leak.warnings")
class NeverAwaits(Reference):
    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        await super().delete(path, if_match=if_match)
        self.enter(path)  # type: ignore[unused-coroutine] # it is the crime


@crime("The error of a task in the background is never asked for.", "leak.warnings")
class NeverAsks(Reference):
    async def stat(self, path: str) -> FileInfo:
        info = await super().stat(path)
        asyncio.ensure_future(super().stat(f"{path}/below"))  # noqa: RUF006 - it is the crime
        return info


@crime("What was read once is kept for ever.", "leak.memory", seen_in="distribution #1803")
class KeepsWhatWasRead(Reference):
    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.cached: dict[str, bytes] = {}

    async def get_content(self, path: str) -> bytes:
        content = await super().get_content(path)
        self.cached[path] = bytes(bytearray(content))
        return content


@crime("Each chunk that was written is kept for ever.", "leak.memory")
class KeepsWhatWasWritten(Reference):
    chunks: list[bytes]

    def store(self, path: str, content: bytes) -> FileInfo:
        self.chunks = [*getattr(self, "chunks", []), bytes(bytearray(content))]
        return super().store(path, content)


@crime(
    "A put that is refused leaves an upload.",
    "leak.uploads",
    "cond.*",
    seen_in="distribution #4406",
)
class RefusedPutLeavesUpload(Reference):
    async def put_content(
        self, path: str, content: Content, **options: Unpack[Conditions]
    ) -> FileInfo:
        try:
            return await super().put_content(path, content, **options)
        except StorageDriverError:
            if path.startswith("/"):
                self.disk.pending[path] = Pending(bytes(content), "0", datetime.now(UTC))
            raise


@crime("A writer that lost its path leaves an upload beside.", "leak.uploads", "writers.*")
class LostWriterLeavesUpload(Reference):
    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        return BesideWriter(self, path, pending)


class BesideWriter(ReferenceWriter):
    async def cancel(self) -> None:
        if not self.ended and not self.owns():
            kept = Pending(self.pending.content, "0", datetime.now(UTC))
            self.driver.disk.pending[f"{self.path}.lost"] = kept
        await super().cancel()
