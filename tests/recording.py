"""A driver that records how it is called, and does what a test tells it to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Self

from storagedriver import (
    Capabilities,
    Content,
    FileInfo,
    FileWriter,
    Reader,
    Support,
    UnfinishedInfo,
)

CAN_ALL = Capabilities(
    conditional_put=Support.NATIVE,
    conditional_delete=Support.NATIVE,
    resumable_writer=Support.NATIVE,
    redirect=Support.NATIVE,
)
INFO = FileInfo(path="/file", size=4, version="1")
UNFINISHED = UnfinishedInfo(path="/file", size=1, modified=datetime.now(UTC), id="1")


class RecordingDriver:
    """Each call is a tuple in `calls`; `error`, if set, is raised by whatever touches storage."""

    name = "recording"

    def __init__(self, capabilities: Capabilities = CAN_ALL) -> None:
        self.capabilities = capabilities
        self.calls: list[tuple[object, ...]] = []
        self.error: BaseException | None = None
        self.is_dir = False

    def record(self, *call: object) -> None:
        self.calls.append(call)
        if self.error is not None:
            raise self.error

    async def get_content(self, path: str) -> bytes:
        self.record("get_content", path)
        return b"body"

    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        self.record("put_content", path, bytes(content), if_match, if_none_match)
        return INFO

    @asynccontextmanager
    async def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AsyncIterator[Reader]:
        self.record("reader", path, offset, length)
        try:
            yield RecordingReader(self)
        finally:
            self.record("reader closed")

    async def writer(self, path: str, *, append: bool = False) -> FileWriter:
        self.record("writer", path, append)
        return RecordingWriter(self)

    async def stat(self, path: str) -> FileInfo:
        self.record("stat", path)
        return FileInfo(path=path, is_dir=self.is_dir)

    async def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        self.record("list", path, start_after)
        try:
            yield FileInfo(path="/a")
            self.record("second step")
            yield FileInfo(path="/b")
        finally:
            self.calls.append(("listing closed",))

    async def walk(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        self.record("walk", path, start_after)
        yield INFO

    async def move(self, source: str, destination: str) -> None:
        self.record("move", source, destination)

    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        self.record("delete", path, if_match)

    async def unfinished(self, path: str = "/") -> AsyncIterator[UnfinishedInfo]:
        self.record("unfinished", path)
        yield UNFINISHED

    async def discard(self, unfinished: UnfinishedInfo) -> None:
        self.record("discard", unfinished.path)

    async def redirect_url(
        self, path: str, *, method: str = "GET", expires_in: float = 1200
    ) -> str | None:
        self.record("redirect_url", path, method, expires_in)
        return "https://example.org/file"

    async def aclose(self) -> None:
        self.record("aclose")


class RecordingReader:
    def __init__(self, driver: RecordingDriver) -> None:
        self.info = INFO
        self._driver = driver

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            yield b"bo"
            self._driver.record("second piece")
            yield b"dy"
        finally:
            self._driver.calls.append(("pieces closed",))


class RecordingWriter:
    size = 3

    def __init__(self, driver: RecordingDriver) -> None:
        self._driver = driver

    async def write(self, chunk: Content) -> None:
        self._driver.record("write", bytes(chunk))

    async def close(self) -> None:
        self._driver.record("close")

    async def commit(self) -> FileInfo:
        self._driver.record("commit")
        return INFO

    async def cancel(self) -> None:
        self._driver.record("cancel")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        raise AssertionError("the guard leaves a writer by its own methods")


async def drained(entries: AsyncIterator[object]) -> list[object]:
    return [entry async for entry in entries]
