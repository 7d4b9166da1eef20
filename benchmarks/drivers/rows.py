"""The rows of the comparison: what is asked of each store, and the check of what it gives."""

import random
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial

from benchmarks.drivers.running import timed
from benchmarks.drivers.store import Piece, Store
from benchmarks.measuring import Row, Sample, WrongAnswerError, clock
from benchmarks.sizes import MIB, spelled

SMALL = 4096
AT_ONCE = 16

# How much of the large file one call writes.
_WRITTEN = MIB


DriverRow = Row[Callable[[Store], Awaitable[Sample]]]


class Work:
    """What is asked in a round. Each row needs what the rows before it left.

    There are `calls` of each small kind, and `files` to list: a small number and ten times more.
    """

    def __init__(
        self, large: bytes, *, calls: int, files: Sequence[int], list_seconds: float
    ) -> None:
        self._large = memoryview(large)
        self._calls = calls
        self._list_seconds = list_seconds
        self._round = 0
        self._flat = {size: [f"/flat/{size}/{at:06d}" for at in range(size)] for size in files}
        self._tree = {
            size: [f"/tree/{size}/{at // 100:04d}/{at % 100:02d}" for at in range(size)]
            for size in files
        }

    @property
    def large_size(self) -> int:
        """How many bytes the large file has."""
        return len(self._large)

    def rows(self) -> list[DriverRow]:
        """Give all rows but listings, in the order they are run."""
        large = spelled(self.large_size)
        return [
            *self.calls(),
            Row(f"write {large}", "MiB/s", self._write),
            Row(f"read {large}", "MiB/s", self._read),
        ]

    def calls(self) -> list[DriverRow]:
        """Give the rows of small calls."""
        return [
            Row("put 4 KiB, one by one", "calls/s", partial(self._put, "one", 1)),
            Row(f"put 4 KiB, {AT_ONCE} at once", "calls/s", partial(self._put, "many", AT_ONCE)),
            Row("get 4 KiB, one by one", "calls/s", partial(self._get, "one", 1)),
            Row(f"get 4 KiB, {AT_ONCE} at once", "calls/s", partial(self._get, "many", AT_ONCE)),
            Row("put 4 KiB if there is none", "calls/s", self._create),
            Row("stat", "calls/s", self._stat),
            Row("move 4 KiB", "calls/s", self._move),
            Row("delete", "calls/s", self._delete),
        ]

    def listings(self) -> list[DriverRow]:
        """Give the rows that need a store to be filled; it may make all others slower."""
        lists: list[DriverRow] = [
            Row(
                f"list {size:,} files",
                "lists/s",
                partial(self._listed, f"/flat/{size}", paths, is_deep=False),
                series="list by the number of files",
                size=size,
            )
            for size, paths in self._flat.items()
        ]
        walks: list[DriverRow] = [
            Row(
                f"walk {size:,} files in folders of 100",
                "walks/s",
                partial(self._listed, f"/tree/{size}", paths, is_deep=True),
                series="walk by the number of files",
                size=size,
            )
            for size, paths in self._tree.items()
        ]
        return lists + walks

    def listed(self) -> list[str]:
        """Return the paths of all files that are listed."""
        return [
            path
            for by_size in (self._flat, self._tree)
            for each in by_size.values()
            for path in each
        ]

    async def fill(self, store: Store) -> None:
        """Write the files that are listed, unless they are there."""
        paths = self.listed()
        try:
            await store.size(paths[-1])
        except FileNotFoundError:
            calls = [partial(store.put, path, b"listed") for path in paths]
            await timed(store, calls, at_once=AT_ONCE)

    async def end_round(self, store: Store) -> None:
        """Delete what a round has left in a store."""
        left = [*self._paths(store, "many"), *self._paths(store, "made")]
        if self._large:
            left.append(self._path(store, "large"))
        await timed(store, [partial(store.delete, path) for path in left], at_once=AT_ONCE)

    def next_round(self) -> None:
        """Let all paths be new."""
        self._round += 1

    async def _put(self, kind: str, at_once: int, store: Store) -> Sample:
        """Write small files that are new."""
        files = [(path, content_of(path)) for path in self._paths(store, kind)]
        calls = [partial(store.put, path, content) for path, content in files]
        sample, _ = await timed(store, calls, at_once=at_once)
        return sample

    async def _get(self, kind: str, at_once: int, store: Store) -> Sample:
        """Read small files."""
        paths = self._paths(store, kind)
        calls = [partial(store.get, path) for path in paths]
        sample, found = await timed(store, calls, at_once=at_once)
        for path, content in zip(paths, found, strict=True):
            check(store, path, content == content_of(path))
        return sample

    async def _create(self, store: Store) -> Sample:
        """Write small files on a condition that holds, then one where it does not."""
        paths = self._paths(store, "made")
        calls = [partial(store.create, path, content_of(path)) for path in paths]
        sample, _ = await timed(store, calls)
        try:
            await store.create(paths[0], b"other")
        except Exception:  # noqa: BLE001  each library has its own for this, and some have OSError
            check(store, paths[0], await store.get(paths[0]) == content_of(paths[0]))
        else:
            check(store, paths[0], holds=False)
        return sample

    async def _stat(self, store: Store) -> Sample:
        """Ask for the records of small files."""
        paths = self._paths(store, "many")
        sample, sizes = await timed(store, [partial(store.size, path) for path in paths])
        check(store, paths[0], sizes == [SMALL] * len(paths))
        return sample

    async def _move(self, store: Store) -> Sample:
        """Move small files to another folder."""
        pairs = list(zip(self._paths(store, "one"), self._paths(store, "moved"), strict=True))
        sample, _ = await timed(store, [partial(store.move, *pair) for pair in pairs])
        for source, destination in (pairs[0], pairs[-1]):
            check(store, source, await _is_missing(store, source))
            check(store, destination, await store.get(destination) == content_of(source))
        return sample

    async def _delete(self, store: Store) -> Sample:
        """Delete small files."""
        paths = self._paths(store, "moved")
        sample, _ = await timed(store, [partial(store.delete, path) for path in paths])
        for path in (paths[0], paths[-1]):
            check(store, path, await _is_missing(store, path))
        return sample

    async def _listed(
        self, folder: str, expected: Sequence[str], store: Store, *, is_deep: bool
    ) -> Sample:
        """List a folder again and again; the order is not compared: some libraries promise none."""
        call = store.walk_files if is_deep else store.list_files
        found = await call(folder)
        check(store, folder, sorted(found) == expected)
        count, begun = 0, time.perf_counter()
        with clock(0) as sample:
            while not count or time.perf_counter() < begun + self._list_seconds:
                await call(folder)
                count += 1
        sample.value, sample.units = count / (time.perf_counter() - begun), count
        return sample

    async def _write(self, store: Store) -> Sample:
        """Write a large file."""
        path = self._path(store, "large")
        with clock(len(self._large) / MIB) as sample:
            await store.write(path, self.pieces())
        return sample

    async def _read(self, store: Store) -> Sample:
        """Read a large file: once to compare it, and once to time it."""
        path = self._path(store, "large")
        at = 0

        def compare(piece: Piece) -> None:
            nonlocal at
            check(store, path, self._large[at : at + len(piece)] == piece)
            at += len(piece)

        def count(piece: Piece) -> None:
            nonlocal at
            at -= len(piece)

        await store.read(path, compare)
        check(store, path, at == len(self._large))
        with clock(len(self._large) / MIB) as sample:
            await store.read(path, count)
        check(store, path, at == 0)
        return sample

    def pieces(self) -> Iterable[memoryview]:
        """Give the large file in pieces, without copying."""
        for start in range(0, len(self._large), _WRITTEN):
            yield self._large[start : start + _WRITTEN]

    def _path(self, store: Store, kind: str) -> str:
        return f"/{store.name.replace(', ', '-')}/{self._round}/{kind}"

    def _paths(self, store: Store, kind: str) -> list[str]:
        folder = self._path(store, kind)
        return [f"{folder}/{number:04d}" for number in range(self._calls)]


def content_of(path: str) -> bytes:
    """Return what a small file holds: other bytes for each path, which nothing compresses."""
    return random.Random(path).randbytes(SMALL)


def check(store: Store, path: str, holds: bool) -> None:  # noqa: FBT001  what is checked is the point
    """Raise `WrongAnswerError` unless it holds."""
    if not holds:
        raise WrongAnswerError(f"{store.name} gives something else than was written: {path}")


async def _is_missing(store: Store, path: str) -> bool:
    try:
        await store.size(path)
    except FileNotFoundError:
        return True
    return False
