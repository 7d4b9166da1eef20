"""Readers and writers of a driver under test: noted, bounded in time, checked for their types."""

from collections.abc import AsyncIterator, Awaitable, Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from storagedriver.protocol import Content, FileWriter, Reader
from storagedriver.records import FileInfo
from storagedriver_conformance.answers import typed
from storagedriver_conformance.calls import call_text, not_a
from storagedriver_conformance.findings import Endless, Violation

if TYPE_CHECKING:
    from storagedriver_conformance.view import View

T = TypeVar("T")


class ViewedReader:
    """A `Reader` of a driver under test."""

    def __init__(self, reader: Reader, text: str, view: "View") -> None:
        if not isinstance(reader, Reader):
            raise not_a(text, "Reader", reader)
        self.raw = reader
        self.info = view.info(text, reader.info)
        self._text = text
        self._calls = view.calls

    async def __aiter__(self) -> AsyncIterator[bytes]:
        chunks = self._calls.now(self._text, aiter, self.raw)
        given = 0
        while True:
            try:
                chunk = await self._calls.ask(self._text, chunks.__anext__)
            except StopAsyncIteration:
                return
            if not typed(self._text, chunk, bytes):
                message = f"{self._text} gave an empty piece"
                raise Violation(message)
            given += len(chunk)
            if given > self.info.size:
                message = f"{self._text} gave more bytes than its own record tells of"
                raise Endless(message, expected=f"{self.info.size:,}", actual=f"{given:,} or more")
            yield chunk


class ViewedWriter:
    """A `FileWriter` of a driver under test."""

    def __init__(self, writer: FileWriter, path: str, view: "View") -> None:
        if not isinstance(writer, FileWriter):
            raise not_a(f"writer({path!r})", "FileWriter", writer)
        self.raw = writer
        self._path = path
        self._view = view

    @property
    def size(self) -> int:
        """The writer's own size."""
        return typed("writer.size", self.raw.size, int)

    async def write(self, chunk: Content) -> None:
        """See the protocol."""
        await self._make("write", self.raw.write, chunk)

    async def close(self) -> None:
        """See the protocol."""
        await self._make("close", self.raw.close)

    async def commit(self) -> FileInfo:
        """See the protocol."""
        return self._view.info("commit", await self._make("commit", self.raw.commit))

    async def cancel(self) -> None:
        """See the protocol."""
        await self._make("cancel", self.raw.cancel)

    async def __aenter__(self) -> Self:
        await self._view.calls.make("enter the writer", self.raw.__aenter__)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        leaving = (kind, error, traceback)
        await self._view.calls.make("leave the writer", self.raw.__aexit__, *leaving)

    async def _make(self, method: str, call: Callable[..., Awaitable[T]], *arguments: object) -> T:
        text = f"writer of {self._path}: {call_text(method, *arguments)}"
        return await self._view.calls.make(text, call, *arguments)
