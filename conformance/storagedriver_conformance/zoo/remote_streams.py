"""Reading and writing behind a wire: piece by piece, each a request of its own."""

from collections.abc import AsyncIterator
from functools import partial
from typing import TYPE_CHECKING

from storagedriver.errors import StorageBackendError
from storagedriver.protocol import Content
from storagedriver.records import FileInfo
from storagedriver_conformance.zoo.keeping import ReferenceReader
from storagedriver_conformance.zoo.writing import Pending, ReferenceWriter

if TYPE_CHECKING:
    from storagedriver_conformance.zoo.remote import Remote

PIECE = 400_000


class RemoteReader(ReferenceReader):
    """A `Reader` that asks for each piece of the version that it was opened with."""

    def __init__(self, driver: "Remote", info: FileInfo, offset: int, end: int) -> None:
        super().__init__(info, b"")
        self.driver = driver
        self.offset = offset
        self.end = end

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self.offset < self.end:
            piece = await self.next_piece()
            self.offset += len(piece)
            yield piece

    async def next_piece(self) -> bytes:
        """Ask for the next piece."""
        return await self.driver.fetch(self.info.path, self.cut)

    async def cut(self) -> bytes:
        """Answer the request for a piece."""
        stored = self.driver.disk.files.get(self.info.path)
        if stored is None or stored.version != self.info.version:
            raise StorageBackendError(
                "it was replaced meanwhile", path=self.info.path, driver=self.driver.name
            )
        return stored.content[self.offset : min(self.offset + PIECE, self.end)]


class RemoteWriter(ReferenceWriter):
    """A writer whose every call is a request; what is written is placed at its offset."""

    def __init__(self, driver: "Remote", path: str, pending: Pending) -> None:
        super().__init__(driver, path, pending)
        self.remote = driver

    async def write(self, chunk: Content) -> None:
        """See the protocol."""
        half = bytes(chunk)[: len(chunk) // 2]
        await self.remote.ask(
            "append",
            self.path,
            partial(super().write, chunk),
            half=partial(self.take, half),
            needs_space=True,
        )

    async def close(self) -> None:
        """See the protocol."""
        await self.remote.ask("close", self.path, super().close)

    async def commit(self) -> FileInfo:
        """See the protocol."""
        return await self.remote.ask("commit", self.path, super().commit, needs_space=True)

    async def cancel(self) -> None:
        """See the protocol."""
        await self.remote.ask("cancel", self.path, super().cancel)

    def take(self, chunk: bytes) -> None:
        """Keep more bytes, behind those that were accepted."""
        self.pending.content = self.pending.content[: self.size] + chunk

    def publish(self) -> FileInfo:
        """Make what was accepted the file."""
        return self.driver.store(self.path, self.pending.content[: self.size])
