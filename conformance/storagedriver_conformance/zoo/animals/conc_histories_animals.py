"""Crimes that show in the answers of several clients on one file."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Unpack

from storagedriver.protocol import Content
from storagedriver.records import FileInfo
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.conditions import Conditions
from storagedriver_conformance.zoo.keeping import Disk, ReferenceReader
from storagedriver_conformance.zoo.reference import Reference


async def turn() -> None:
    await asyncio.sleep(0)


@crime(
    "What was read once is answered from a cache that knows this instance's changes alone.",
    "content.seen-by-others",
    seen_in="distribution #1803 and fsspec's listings",
)
class CachesPerInstance(Reference):
    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.cache: dict[str, bytes] = {}

    async def get_content(self, path: str) -> bytes:
        await self.enter(path)
        if path not in self.cache:
            self.cache[path] = self.find(path).content
        return self.cache[path]

    def store(self, path: str, content: bytes) -> FileInfo:
        self.cache.pop(path, None)
        return super().store(path, content)

    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        await super().delete(path, if_match=if_match)
        self.cache.clear()

    async def move(self, source: str, destination: str) -> None:
        await super().move(source, destination)
        self.cache.clear()


@crime("Creators look first, and write later.", "conc.linear", "conc.schedules", "cond.*")
class CreatorsLookFirst(Reference):
    async def put_content(
        self, path: str, content: Content, **options: Unpack[Conditions]
    ) -> FileInfo:
        await self.enter(path)
        self.check_condition(
            path,
            if_match=options.get("if_match"),
            if_none_match=options.get("if_none_match", False),
        )
        return await super().put_content(path, content)


@crime(
    "A reader gives the version of now with the bytes of then.",
    "conc.linear",
    "conc.schedules",
    "reads.*",
)
class ReadsTwice(Reference):
    @asynccontextmanager
    async def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AsyncIterator[ReferenceReader]:
        async with super().reader(path, offset=offset, length=length) as reader:
            await turn()
            if path in self.disk.files:
                now = self.info(path)
                reader.info = FileInfo(
                    path=path,
                    size=reader.info.size,
                    modified=now.modified,
                    version=now.version,
                )
            yield reader


@crime(
    "A put returns before it is done, when another one is under way.",
    "conc.linear",
    "conc.schedules",
)
class PutsInTheBackground(Reference):
    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.busy: set[str] = set()

    async def put_content(
        self, path: str, content: Content, **options: Unpack[Conditions]
    ) -> FileInfo:
        if path not in self.busy or any(options.values()):
            self.busy.add(path)
            try:
                await turn()
                return await super().put_content(path, content, **options)
            finally:
                self.busy.discard(path)
        work = asyncio.ensure_future(self.behind(path, bytes(content)))
        work.add_done_callback(lambda done: done.exception())
        return FileInfo(path=path, size=len(content), version=f"late {next(self.disk.numbers)}")

    async def behind(self, path: str, content: bytes) -> None:
        for _ in range(6):
            await turn()
        await super().put_content(path, content)


@crime(
    "A put that comes while the file is being deleted is deleted with it.",
    "conc.schedules",
    "conc.linear",
)
class DeletesWhatComes(Reference):
    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        await super().delete(path, if_match=if_match)
        for _ in range(3):
            await turn()
        self.disk.files.pop(path, None)


@crime(
    "A get that comes between a delete and the next put revives the deleted file.",
    "conc.schedules",
    "conc.linear",
)
class GetsRevive(Reference):
    @asynccontextmanager
    async def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AsyncIterator[ReferenceReader]:
        before = self.disk.files.get(path)
        async with super().reader(path, offset=offset, length=length) as reader:
            yield reader
            for _ in range(2):
                await turn()
            if before is not None and path not in self.disk.files:
                self.disk.files[path] = before


@crime(
    "Conditions are checked against this instance's own record of versions.",
    "conc.linear-of-all",
    "cond.*",
)
class VersionsPerInstance(Reference):
    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.versions: deque[tuple[str, str]] = deque(maxlen=100)

    def info(self, path: str) -> FileInfo:
        info = super().info(path)
        self.versions.append((path, info.version or ""))
        return info

    def check_condition(self, path: str, *, if_match: str | None, if_none_match: bool) -> None:
        known = [version for one, version in self.versions if one == path]
        if if_match is not None and path in self.disk.files and known and known[-1] == if_match:
            return
        super().check_condition(path, if_match=if_match, if_none_match=if_none_match)
