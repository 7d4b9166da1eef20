"""A clock that a test sets, and storage whose files are as old as that says."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from storagedriver.middleware import AroundDriver, AroundWriter
from storagedriver.protocol import Content, FileWriter, StorageDriver
from storagedriver.records import FileInfo


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2030, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def advance(self, hours: float) -> None:
        self.time += timedelta(hours=hours)


class Dated(AroundDriver):
    """Tells by the clock when files were written, and notes the paths of all `puts`."""

    def __init__(self, driver: StorageDriver, clock: Clock) -> None:
        super().__init__(driver)
        self.clock = clock
        self.puts: list[str] = []
        self._written: dict[str, datetime] = {}

    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        self.puts.append(path)
        info = await super().put_content(
            path, content, if_match=if_match, if_none_match=if_none_match
        )
        self.note(path)
        return info

    async def writer(self, path: str, *, append: bool = False) -> FileWriter:
        return _DatedWriter(await super().writer(path, append=append), self, path)

    async def move(self, source: str, destination: str) -> None:
        await super().move(source, destination)
        self._written[destination] = self._written.pop(source)

    async def stat(self, path: str) -> FileInfo:
        return self._dated(await super().stat(path))

    async def walk(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        async for info in super().walk(path, start_after=start_after):
            yield self._dated(info)

    def note(self, path: str) -> None:
        self._written[path] = self.clock()

    def _dated(self, info: FileInfo) -> FileInfo:
        return info if info.is_dir else replace(info, modified=self._written[info.path])


class _DatedWriter(AroundWriter):
    def __init__(self, writer: FileWriter, driver: Dated, path: str) -> None:
        super().__init__(writer)
        self._driver = driver
        self._path = path

    async def commit(self) -> FileInfo:
        self._driver.note(self._path)
        return await super().commit()
