"""A driver and the model of the contract, called alike and compared in all that they answer."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any, TypeVar

from storagedriver.errors import StorageDriverError
from storagedriver.protocol import FileWriter, StorageDriver
from storagedriver.records import FileInfo, UnfinishedInfo
from tests.drivers.backends import empty
from tests.drivers.contract.model import Model, ModelWriter
from tests.drivers.contract.observing import everything, read

T = TypeVar("T")

# A path, or the number of a file that is there.
Place = str | int


def _told(info: FileInfo) -> tuple[str, bool, int]:
    return info.path, info.is_dir, info.size


def _counted_back(items: Sequence[T], number: int) -> list[T]:
    """The item so many places before the last, counted in a circle; none where there are none."""
    return [items[-1 - number % len(items)]] if items else []


class SideBySide:
    """A driver and the model, which are called alike."""

    def __init__(self, driver: StorageDriver, runner: asyncio.Runner) -> None:
        self.driver = driver
        self.runner = runner
        self.model = Model(is_exclusive=bool(self.driver.capabilities.exclusive_names))
        self.writers: list[tuple[FileWriter, ModelWriter]] = []
        self.records: list[tuple[UnfinishedInfo, ModelWriter]] = []
        self.versions: dict[tuple[str, str], bytes] = {}

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def clear(self) -> None:
        """Leave nothing to the next sequence."""
        for writer, _ in self.writers:
            self.run(writer.cancel())
        self.run(empty(self.driver))

    def at(self, place: Place) -> str:
        """The path that a place stands for."""
        if isinstance(place, str):
            return place
        paths = sorted(self.model.files) or ["/a"]
        return paths[place % len(paths)]

    def both(
        self, work: Coroutine[Any, Any, T], expected: Callable[[], object]
    ) -> tuple[T | None, object]:
        """Do it on both, and require the same error of both, or none."""
        error: type[StorageDriverError] | None = None
        failed: type[StorageDriverError] | None = None
        result = answer = None
        try:
            result = expected()
        except StorageDriverError as raised:
            error = type(raised)
        try:
            answer = self.run(work)
        except StorageDriverError as raised:
            failed = type(raised)
        assert error == failed
        return answer, result

    def same(self, work: Coroutine[Any, Any, T], expected: Callable[[], object]) -> None:
        answer, result = self.both(work, expected)
        assert result == answer

    def version(self, path: str) -> str | None:
        """The version that a file has now; one that repeats must stand for the same bytes."""
        if path not in self.model.files:
            return None
        version = self.run(self.driver.stat(path)).version
        assert version is not None
        content = self.model.files[path]
        assert content == self.versions.setdefault((path, version), content)
        return version

    def condition(self, path: str, kind: str) -> tuple[str | None, bool | None]:
        """A version to give, and whether it matches: the file's own, or one of other bytes."""
        current = self.version(path)
        if kind == "current" and current is not None:
            return current, True
        if kind in {"current", "stale"}:
            old = [seen for at, seen in self.versions if at == path and seen != current]
            return (old or ["no such version"])[-1], False
        return None, None

    def put(self, place: Place, body: bytes, kind: str) -> None:
        path = self.at(place)
        version, matches = self.condition(path, kind)
        is_new = kind == "new"
        info, _ = self.both(
            self.driver.put_content(path, body, if_match=version, if_none_match=is_new),
            lambda: self.model.put(path, body, matches=matches, is_new=is_new),
        )
        if info is not None:
            assert self.version(path) == info.version
            assert self.model.stat(path) == _told(info)

    def get(self, place: Place) -> None:
        path = self.at(place)
        self.same(self.driver.get_content(path), lambda: self.model.get(path))

    def read(self, place: Place, offset: int, length: int | None) -> None:
        path = self.at(place)
        # A negative offset is refused before it is known whether there is a file.
        if offset >= 0 or path in self.model.files:
            self.same(
                read(self.driver, path, offset=offset, length=length),
                lambda: self.model.read(path, offset, length),
            )

    def stat(self, path: str) -> None:
        async def stat() -> tuple[str, bool, int]:
            return _told(await self.driver.stat(path))

        self.same(stat(), lambda: self.model.stat(path))

    def children(self, path: str, after: str | None) -> None:
        async def listed() -> object:
            return [_told(one) async for one in self.driver.list(path, start_after=after)]

        self.same(listed(), lambda: self.model.children(path, after))

    def walk(self, path: str, after: str | None) -> None:
        below = after if after is None or path == "/" else path + after

        async def walked() -> object:
            return [_told(one) async for one in self.driver.walk(path, start_after=below)]

        self.same(walked(), lambda: self.model.walk(path, below))

    def move(self, origin: Place, place: Place) -> None:
        source, destination = self.at(origin), self.at(place)
        self.both(
            self.driver.move(source, destination), lambda: self.model.move(source, destination)
        )
        self.version(destination)

    def delete(self, place: Place, kind: str) -> None:
        path = self.at(place)
        version, matches = self.condition(path, kind)
        self.both(
            self.driver.delete(path, if_match=version),
            lambda: self.model.delete(path, matches=matches),
        )

    def writer(self, place: Place, append: bool) -> None:  # noqa: FBT001 - drawn by position
        path = self.at(place)
        # Whether a conflict is raised here or at the commit is the driver's choice.
        if self.model.is_blocked(path):
            return
        former = self.model.owners.get(path)
        writer, owner = self.both(
            self.driver.writer(path, append=append), lambda: self.model.open(path, append=append)
        )
        if writer is None:
            return
        assert isinstance(owner, ModelWriter)
        self.writers.append((writer, owner))
        if former is not None and former.state == "open":
            # What was taken from an open writer is what the driver had of it by then.
            assert writer.size <= len(self.model.drafts[path])
            self.model.drafts[path] = self.model.drafts[path][: writer.size]
        assert len(self.model.drafts[path]) == writer.size

    def writer_again(self, index: int, append: bool) -> None:  # noqa: FBT001 - the same
        for _, owner in _counted_back(self.writers, index):
            self.writer(owner.path, append)

    def write(self, index: int, chunk: bytes) -> None:
        for writer, owner in _counted_back(self.writers, index):
            self.both(writer.write(chunk), partial(self.model.write, owner, chunk))

    def end(self, index: int, end: str) -> None:
        for writer, owner in _counted_back(self.writers, index):
            self.both(getattr(writer, end)(), partial(getattr(self.model, end), owner))
            self.version(owner.path)

    def unfinished(self, path: str) -> None:
        records = self.run(everything(self.driver.unfinished(path)))
        expected = self.model.unfinished(path)
        sizes = {one: size for one, size, _ in expected}
        closed = {one: size for one, size, is_closed in expected if is_closed}
        told = {record.path: record.size for record in records}
        assert len(told) == len(records)
        assert [one for one in sizes if one in told] == list(told)
        assert closed == {one: size for one, size in told.items() if one in closed}
        assert all(size <= sizes[one] for one, size in told.items())
        for record in records:
            self.records.append((record, self.model.owners[record.path]))

    def discard(self, index: int) -> None:
        for record, owner in _counted_back(self.records, index):
            self.both(self.driver.discard(record), partial(self.model.discard, record.path, owner))

    def compare_all(self) -> None:
        self.walk("/", None)
        self.unfinished("/")
        for path in self.model.files:
            self.get(path)
            self.version(path)
