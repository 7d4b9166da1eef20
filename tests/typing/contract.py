"""Checked by mypy, never run: what keeps the contract type-checks, and what breaks it does not.

Each `type: ignore` names the error that must be there; mypy reports one that is not needed.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_type

from storagedriver import (
    Capabilities,
    Content,
    DriverFactory,
    FileInfo,
    FileWriter,
    Reader,
    StorageDriver,
    UnfinishedInfo,
    guarded,
    open_driver,
)
from storagedriver.drivers.filesystem import FilesystemFactory
from storagedriver.drivers.memory import MemoryDriver, MemoryFactory, MemoryParameters
from storagedriver.walk import walk


class Driver:
    """A driver as a stranger would write one: plain attributes, generators, no base class."""

    name = "typed"
    capabilities = Capabilities()

    async def get_content(self, path: str) -> bytes:
        raise NotImplementedError

    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        raise NotImplementedError

    def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AbstractAsyncContextManager[Reader]:
        raise NotImplementedError

    async def writer(self, path: str, *, append: bool = False) -> FileWriter:
        raise NotImplementedError

    async def stat(self, path: str) -> FileInfo:
        raise NotImplementedError

    async def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        yield FileInfo(path=path)

    def walk(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        return walk(self, path, start_after=start_after)

    async def move(self, source: str, destination: str) -> None:
        raise NotImplementedError

    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        raise NotImplementedError

    async def unfinished(self, path: str = "/") -> AsyncIterator[UnfinishedInfo]:
        raise NotImplementedError
        yield

    async def discard(self, unfinished: UnfinishedInfo) -> None:
        raise NotImplementedError

    async def redirect_url(
        self, path: str, *, method: str = "GET", expires_in: float = 1200
    ) -> str | None:
        raise NotImplementedError

    async def aclose(self) -> None:
        raise NotImplementedError


class ForgetsConditions(Driver):
    """Its put lacks what the contract has."""

    async def put_content(self, path: str, content: Content) -> FileInfo:  # type: ignore[override]  # the error
        raise NotImplementedError


class TextDriver:
    """Has one method, of the wrong type."""

    async def get_content(self, path: str) -> str:
        raise NotImplementedError


@dataclass(frozen=True)
class Parameters:
    """A stranger's parameters."""

    color: str


class Factory:
    """A factory as a stranger would write one: an entry point may name it."""

    contract = 1
    parameters = Parameters
    schemes = ("typed",)
    capabilities = Capabilities()

    def from_url(self, url: str) -> Parameters:
        return Parameters(color=url)

    async def open(self, parameters: Parameters) -> Driver:
        raise NotImplementedError


driver: StorageDriver = Driver()
memory: StorageDriver = MemoryDriver()
factory: DriverFactory[Parameters] = Factory()
memory_factory: DriverFactory[MemoryParameters] = MemoryFactory()
other_factory: DriverFactory[MemoryParameters] = Factory()  # type: ignore[assignment]  # other parameters
filesystem_factory = FilesystemFactory()
wrong: StorageDriver = TextDriver()  # type: ignore[assignment]  # it is no driver
not_guarded = guarded(TextDriver())  # type: ignore[arg-type]  # nor can it be guarded
misread: StorageDriver = ForgetsConditions()  # type: ignore[assignment]  # nor is this one


async def used_as_it_should_be() -> None:
    async with open_driver("memory", max_bytes=1) as opened:
        assert_type(opened, StorageDriver)
        assert_type(await opened.get_content("/a"), bytes)
        assert_type(await opened.put_content("/a", memoryview(b""), if_none_match=True), FileInfo)
        assert_type(await opened.redirect_url("/a", method="HEAD"), str | None)
        async with opened.reader("/a", offset=1, length=None) as reader:
            assert_type(reader.info.version, str | None)
            async for piece in reader:
                assert_type(piece, bytes)
        async with await opened.writer("/a", append=True) as writer:
            await writer.write(bytearray())
            assert_type(writer.size, int)
            assert_type(await writer.commit(), FileInfo)
        async for entry in opened.list("/", start_after="a"):
            assert_type(entry, FileInfo)
        async for unfinished in opened.unfinished():
            assert_type(unfinished, UnfinishedInfo)
            await opened.discard(unfinished)


async def used_wrongly(opened: StorageDriver, info: FileInfo) -> None:
    await opened.get_content(b"/a")  # type: ignore[arg-type]  # a path is a str
    await opened.put_content("/a", "text")  # type: ignore[arg-type]  # content is bytes
    await opened.put_content("/a", b"", "version")  # type: ignore[call-arg]  # a condition is named
    opened.reader("/a", 5)  # type: ignore[call-arg]  # an offset is named
    await opened.list("/")  # type: ignore[misc]  # a listing is iterated
    await opened.discard(info)  # type: ignore[arg-type]  # a file is not unfinished
    await opened.redirect_url("/a", expires_in=timedelta(1))  # type: ignore[arg-type]  # seconds
    info.size = 5  # type: ignore[misc]  # a record is frozen
    FileInfo("/a")  # type: ignore[call-arg]  # fields are named
