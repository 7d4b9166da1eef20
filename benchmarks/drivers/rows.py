"""The rows of the comparison: what is asked of each store, and the check of what it gives."""

import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from benchmarks.drivers.running import Measured, clock, timed
from benchmarks.drivers.store import MIB, Piece, Store

SMALL = 4096
AT_ONCE = 16

# How much of the large file one call writes.
_WRITTEN = MIB


class WrongContentError(Exception):
    """A store gave something else than what was written."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is done: `calls` of each small kind, files to list, bytes of a large file.

    A listing that takes little time is made several times for one measurement.
    """

    rounds: int
    calls: int
    entries: int
    large: int
    listings: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `is_call` where a unit is one call, made after the last has returned."""

    title: str
    unit: str
    run: Callable[[Store], Awaitable[Measured]]
    is_call: bool = False


class Work:
    """What is asked in a round. Each row needs what the rows before it left."""

    def __init__(self, scale: Scale, large: bytes) -> None:
        self._scale = scale
        self._large = memoryview(large)[: scale.large]
        self._round = 0
        self._flat = [f"/flat/{number:06d}" for number in range(scale.entries)]
        self._tree = [f"/tree/{at // 100:04d}/{at % 100:02d}" for at in range(scale.entries)]

    @property
    def large_size(self) -> int:
        """How many bytes the large file has."""
        return len(self._large)

    def rows(self) -> list[Row]:
        """Give all rows but listings, in the order they are run."""
        large = self._scale.large // MIB
        return [
            Row("put 4 KiB, one by one", "calls/s", partial(self._put, "one", 1), is_call=True),
            Row(f"put 4 KiB, {AT_ONCE} at once", "calls/s", partial(self._put, "many", AT_ONCE)),
            Row("get 4 KiB, one by one", "calls/s", partial(self._get, "one", 1), is_call=True),
            Row(f"get 4 KiB, {AT_ONCE} at once", "calls/s", partial(self._get, "many", AT_ONCE)),
            Row("put 4 KiB if there is none", "calls/s", self._create, is_call=True),
            Row("stat", "calls/s", self._stat, is_call=True),
            Row("move 4 KiB", "calls/s", self._move, is_call=True),
            Row("delete", "calls/s", self._delete, is_call=True),
            Row(f"write {large} MiB", "MiB/s", self._write),
            Row(f"read {large} MiB", "MiB/s", self._read),
        ]

    def listings(self) -> list[Row]:
        """Give the rows that need a store to be filled; it may make all others slower."""
        entries = f"{self._scale.entries:,}"
        return [
            Row(f"list {entries} files", "files/s", self._list),
            Row(f"walk {entries} files in folders of 100", "files/s", self._walk),
        ]

    async def fill(self, store: Store) -> None:
        """Write the files that are listed, unless they are there."""
        try:
            await store.size(self._tree[-1])
        except FileNotFoundError:
            calls = [partial(store.put, path, b"listed") for path in self._flat + self._tree]
            await timed(store, calls, at_once=AT_ONCE)

    async def end_round(self, store: Store) -> None:
        """Delete what a round has left in a store."""
        left = [*self._paths(store, "many"), *self._paths(store, "made")]
        left.append(self._path(store, "large"))
        await timed(store, [partial(store.delete, path) for path in left], at_once=AT_ONCE)

    def next_round(self) -> None:
        """Let all paths be new."""
        self._round += 1

    async def _put(self, kind: str, at_once: int, store: Store) -> Measured:
        """Write small files that are new."""
        files = [(path, content_of(path)) for path in self._paths(store, kind)]
        calls = [partial(store.put, path, content) for path, content in files]
        measured, _ = await timed(store, calls, at_once=at_once)
        return measured

    async def _get(self, kind: str, at_once: int, store: Store) -> Measured:
        """Read small files."""
        paths = self._paths(store, kind)
        calls = [partial(store.get, path) for path in paths]
        measured, found = await timed(store, calls, at_once=at_once)
        for path, content in zip(paths, found, strict=True):
            check(store, path, content == content_of(path))
        return measured

    async def _create(self, store: Store) -> Measured:
        """Write small files on a condition that holds, then one where it does not."""
        paths = self._paths(store, "made")
        calls = [partial(store.create, path, content_of(path)) for path in paths]
        measured, _ = await timed(store, calls)
        try:
            await store.create(paths[0], b"other")
        except Exception:  # noqa: BLE001  each library has its own for this, and some have OSError
            check(store, paths[0], await store.get(paths[0]) == content_of(paths[0]))
        else:
            check(store, paths[0], holds=False)
        return measured

    async def _stat(self, store: Store) -> Measured:
        """Ask for the records of small files."""
        paths = self._paths(store, "many")
        measured, sizes = await timed(store, [partial(store.size, path) for path in paths])
        check(store, paths[0], sizes == [SMALL] * len(paths))
        return measured

    async def _move(self, store: Store) -> Measured:
        """Move small files to another folder."""
        pairs = list(zip(self._paths(store, "one"), self._paths(store, "moved"), strict=True))
        measured, _ = await timed(store, [partial(store.move, *pair) for pair in pairs])
        for source, destination in (pairs[0], pairs[-1]):
            check(store, source, await _is_missing(store, source))
            check(store, destination, await store.get(destination) == content_of(source))
        return measured

    async def _delete(self, store: Store) -> Measured:
        """Delete small files."""
        paths = self._paths(store, "moved")
        measured, _ = await timed(store, [partial(store.delete, path) for path in paths])
        for path in (paths[0], paths[-1]):
            check(store, path, await _is_missing(store, path))
        return measured

    async def _list(self, store: Store) -> Measured:
        """List one large folder."""
        return await self._listed(store, partial(store.list_files, "/flat"), self._flat)

    async def _walk(self, store: Store) -> Measured:
        """Find all files in many small folders."""
        return await self._listed(store, partial(store.walk_files, "/tree"), self._tree)

    async def _listed(
        self, store: Store, call: Callable[[], Awaitable[list[str]]], expected: Sequence[str]
    ) -> Measured:
        """Make a listing, whose order is not compared: some libraries promise none."""
        with clock(len(expected) * self._scale.listings) as measured:
            for _ in range(self._scale.listings):
                found = await call()
        check(store, expected[0], sorted(found) == expected)
        return measured

    async def _write(self, store: Store) -> Measured:
        """Write a large file."""
        path = self._path(store, "large")
        with clock(len(self._large) / MIB) as measured:
            await store.write(path, self.pieces())
        return measured

    async def _read(self, store: Store) -> Measured:
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
        with clock(len(self._large) / MIB) as measured:
            await store.read(path, count)
        check(store, path, at == 0)
        return measured

    def pieces(self) -> Iterable[memoryview]:
        """Give the large file in pieces, without copying."""
        for start in range(0, len(self._large), _WRITTEN):
            yield self._large[start : start + _WRITTEN]

    def _path(self, store: Store, kind: str) -> str:
        return f"/{store.name.replace(', ', '-')}/{self._round}/{kind}"

    def _paths(self, store: Store, kind: str) -> list[str]:
        folder = self._path(store, kind)
        return [f"{folder}/{number:04d}" for number in range(self._scale.calls)]


def content_of(path: str) -> bytes:
    """Return what a small file holds: other bytes for each path, which nothing compresses."""
    return random.Random(path).randbytes(SMALL)


def check(store: Store, path: str, holds: bool) -> None:  # noqa: FBT001  what is checked is the point
    """Raise `WrongContentError` unless it holds."""
    if not holds:
        raise WrongContentError(f"{store.name} gives something else than was written: {path}")


async def _is_missing(store: Store, path: str) -> bool:
    try:
        await store.size(path)
    except FileNotFoundError:
        return True
    return False
