"""The reference driver's writer: it keeps what it was given on the disk, under its generation."""

from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self

from storagedriver.errors import WriterClosedError, WriterLostError
from storagedriver.protocol import Content
from storagedriver.records import FileInfo

if TYPE_CHECKING:
    from storagedriver_conformance.zoo.reference import Reference


@dataclass(slots=True)
class Pending:
    """What an unfinished writer holds, and whose it is."""

    content: bytes
    generation: str
    modified: datetime


class ReferenceWriter:
    """A `FileWriter`, as plain as can be."""

    def __init__(self, driver: "Reference", path: str, pending: Pending) -> None:
        self.driver = driver
        self.path = path
        self.pending = pending
        self.ended = ""
        self.size = self.begun = len(pending.content)

    async def write(self, chunk: Content) -> None:
        """See the protocol."""
        await self.driver.enter(self.path)
        self.check_open()
        self.check_owned()
        self.take(bytes(chunk))
        self.pending.modified = datetime.now(UTC)
        self.size += len(chunk)

    async def close(self) -> None:
        """See the protocol."""
        await self.driver.enter(self.path)
        if not self.ended:
            self.check_owned()
            self.ended = "closed"

    async def commit(self) -> FileInfo:
        """See the protocol."""
        await self.driver.enter(self.path)
        self.check_open()
        self.check_owned()
        self.driver.check_names(self.path)
        info = self.publish()
        self.forget()
        self.ended = "committed"
        return info

    async def cancel(self) -> None:
        """See the protocol."""
        await self.driver.enter(self.path)
        if self.ended not in {"committed", "cancelled"}:
            if self.owns():
                self.forget()
            self.ended = "cancelled"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if not self.ended and self.owns():
            await self.close()

    def take(self, chunk: bytes) -> None:
        """Keep more bytes."""
        self.pending.content += chunk

    def publish(self) -> FileInfo:
        """Make what was written the file."""
        return self.driver.store(self.path, self.pending.content)

    def owns(self) -> bool:
        """Tell whether the path is still this writer's."""
        return self.driver.disk.pending.get(self.path) is self.pending

    def forget(self) -> None:
        """Drop what was kept for resuming."""
        del self.driver.disk.pending[self.path]

    def check_open(self) -> None:
        """Raise `WriterClosedError` after the writer's end."""
        if self.ended:
            raise WriterClosedError(path=self.path, driver=self.driver.name)

    def check_owned(self) -> None:
        """Raise `WriterLostError` once another writer, or a delete, took the path."""
        if not self.owns():
            raise WriterLostError(path=self.path, driver=self.driver.name)
