"""Crimes against the protocol's shape and its types."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

from storagedriver.protocol import Content
from storagedriver.records import FileInfo
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.keeping import ReferenceReader
from storagedriver_conformance.zoo.reference import Reference
from storagedriver_conformance.zoo.writing import Pending, ReferenceWriter

# mypy: disable-error-code="override, assignment, arg-type"
# To break the protocol's types is what these are for.


@crime("It has no method to discard an unfinished writer.", "surface.protocol")
class LacksDiscard(Reference):
    discard = None


@crime("It has no name.", "surface.protocol")
class HasNoName(Reference):
    name = None


@crime("A parameter has another name.", "surface.signatures")
class RenamesAParameter(Reference):
    async def get_content(self, key: str) -> bytes:
        return await super().get_content(key)


@crime("A parameter cannot be given by its name.", "surface.signatures")
class TakesPathsByPlace(Reference):
    async def stat(self, path: str, /) -> FileInfo:
        return await super().stat(path)


@crime("Two parameters have changed their places.", "surface.signatures")
class MovesBackwards(Reference):
    async def move(self, destination: str, source: str) -> None:
        await super().move(source, destination)


@crime("A parameter has another default.", "surface.signatures")
class ExpiresSooner(Reference):
    async def redirect_url(
        self, path: str, *, method: str = "GET", expires_in: float = 60
    ) -> str | None:
        return await super().redirect_url(path, method=method, expires_in=expires_in)


@crime("A parameter is missing.", "surface.signatures", "caps.claims", "list.*")
class LacksStartAfter(Reference):
    async def walk(self, path: str) -> AsyncIterator[FileInfo]:
        async for info in super().walk(path):
            yield info


@crime("A method needs more than the protocol gives.", "surface.signatures", "surface.async")
class NeedsAFlag(Reference):
    async def delete(self, path: str, *, recursive: bool, if_match: str | None = None) -> None:
        if recursive:
            await super().delete(path, if_match=if_match)


@crime("A writer's parameter has another name.", "surface.signatures")
class RenamesTheChunk(Reference):
    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        class Renaming(ReferenceWriter):
            async def write(self, data: Content) -> None:
                await super().write(data)

        return Renaming(self, path, pending)


@crime("get_content is not async.", "surface.async", "content.*")
class ReadsAtOnce(Reference):
    def get_content(self, path: str) -> bytes:
        return self.find(path).content


@crime("Nothing is async at all.", "surface.opens", "surface.*", seen_in="most storage libraries")
class IsNotAsync(Reference):
    def put_content(self, path: str, content: Content, **conditions: object) -> FileInfo:
        self.check(path)
        del conditions
        return self.store(path, bytes(content))

    def get_content(self, path: str) -> bytes:
        return self.find(path).content

    def stat(self, path: str) -> FileInfo:
        self.find(path)
        return self.info(path)


@crime("list is a coroutine that returns a list.", "surface.async", seen_in="fsspec's _ls")
class ListsAtOnce(Reference):
    async def list(self, path: str, *, start_after: str | None = None) -> list[FileInfo]:
        return [info async for info in super().list(path, start_after=start_after)]


@crime("reader is a coroutine that returns the bytes.", "surface.async")
class ReadsWhole(Reference):
    async def reader(self, path: str, *, offset: int = 0, length: int | None = None) -> bytes:
        del length
        return self.find(path).content[offset:]


@crime("A reader tells nothing of its file.", "surface.async", "surface.*", "content.*")
class ReadsWithoutInfo(Reference):
    def reader(self, path: str, *, offset: int = 0, length: int | None = None) -> object:
        outer = super().reader(path, offset=offset, length=length)

        class Bare:
            async def __aenter__(self) -> AsyncIterator[bytes]:
                return aiter(await outer.__aenter__())

            async def __aexit__(self, *leaving: object) -> None:
                await outer.__aexit__(None, None, None)

        return Bare()


@crime("A reader gives single bytes, as numbers.", "surface.async", "content.*")
class ReadsNumbers(Reference):
    def make_reader(self, path: str, offset: int, length: int | None) -> ReferenceReader:
        del length

        class Numbers(ReferenceReader):
            async def __aiter__(self) -> AsyncIterator[int]:
                async for chunk in super().__aiter__():
                    for number in chunk:
                        yield number

        return Numbers(self.info(path), self.find(path).content[offset:])


@crime("A writer is None.", "surface.*")
class WritesNothing(Reference):
    async def writer(self, path: str, *, append: bool = False) -> None:
        await super().writer(path, append=append)


@crime("stat answers with a dictionary.", "surface.async", "surface.*", seen_in="fsspec's info")
class AnswersDictionaries(Reference):
    async def stat(self, path: str) -> dict[str, object]:
        info = await super().stat(path)
        return {"name": info.path, "size": info.size}


@crime("get_content answers with text.", "surface.async", "content.*")
class AnswersText(Reference):
    async def get_content(self, path: str) -> str:
        return (await super().get_content(path)).decode("latin-1")


@crime("get_content answers with a buffer that can change.", "surface.async", "content.*")
class AnswersBuffers(Reference):
    async def get_content(self, path: str) -> bytearray:
        return bytearray(await super().get_content(path))


@crime("Sizes are text.", "surface.*", seen_in="services that answer in XML")
class CountsInText(Reference):
    def info(self, path: str) -> FileInfo:
        info = super().info(path)
        return replace(info, size=str(info.size))


@crime("Times are numbers.", "surface.*", seen_in="os.stat")
class TimesAreNumbers(Reference):
    def info(self, path: str) -> FileInfo:
        return replace(super().info(path), modified=1.5e9)


@crime(
    "Listings give paths without the leading slash.",
    "surface.*",
    seen_in="distribution #181",
)
class AnswersRelativePaths(Reference):
    def entry(self, path: str) -> FileInfo:
        return replace(super().entry(path), path=path[1:])


@crime("Listings give no versions.", "surface.records", "stat.*", "list.*")
class ListsWithoutVersions(Reference):
    def entry(self, path: str) -> FileInfo:
        return replace(super().entry(path), version=None)


@crime("A put's record has no version.", "surface.records", "cond.*", seen_in="S3 gateways")
class PutsWithoutVersion(Reference):
    def store(self, path: str, content: bytes) -> FileInfo:
        return replace(super().store(path, content), version=None)


@crime("A directory has a size.", "surface.records", "stat.*", seen_in="fsspec's LocalFileSystem")
class DirectoriesHaveSizes(Reference):
    async def stat(self, path: str) -> FileInfo:
        info = await super().stat(path)
        return replace(info, size=4096) if info.is_dir else info


@crime("A reader's record has the size of the part that is read.", "surface.records", "reads.*")
class ReaderCountsItsPart(Reference):
    def make_reader(self, path: str, offset: int, length: int | None) -> ReferenceReader:
        reader = super().make_reader(path, offset, length)
        rest = reader.info.size - offset
        size = rest if length is None else min(length, rest)
        reader.info = replace(reader.info, size=size)
        return reader


@crime("Entering a writer gives another writer.", "surface.writer")
class EntersAnotherWriter(Reference):
    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        class Doubling(ReferenceWriter):
            async def __aenter__(self) -> ReferenceWriter:
                return ReferenceWriter(self.driver, self.path, self.pending)

        return Doubling(self, path, pending)


@crime("A writer's size is unknown until its end.", "surface.*", "writers.*")
class WriterHasNoSize(Reference):
    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        writer = super().make_writer(path, pending)
        writer.size = None
        return writer


@crime("In another loop it waits for ever.", "surface.other-loop", patience=0.5)
class HangsInAnotherLoop(Reference):
    loop: asyncio.AbstractEventLoop | None = None

    async def enter(self, *paths: str, root: bool = False) -> None:
        self.loop = self.loop or asyncio.get_running_loop()
        if self.loop is not asyncio.get_running_loop():
            await asyncio.Event().wait()
        await super().enter(*paths, root=root)


@crime(
    "In another loop it fails as its library does.",
    "surface.other-loop",
    seen_in="aiohttp sessions",
)
class FailsInAnotherLoop(Reference):
    loop: asyncio.AbstractEventLoop | None = None

    async def enter(self, *paths: str, root: bool = False) -> None:
        self.loop = self.loop or asyncio.get_running_loop()
        if self.loop is not asyncio.get_running_loop():
            message = "Future attached to a different loop"
            raise RuntimeError(message)
        await super().enter(*paths, root=root)
