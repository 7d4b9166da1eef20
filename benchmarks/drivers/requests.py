"""How many requests each client sends to a service for each operation, counted by a proxy.

Nothing here is timed.
"""

from collections import Counter
from collections.abc import Iterable
from functools import partial

from benchmarks.drivers.counting import counting
from benchmarks.drivers.fields import Field
from benchmarks.drivers.rows import SMALL, Work
from benchmarks.drivers.running import Call
from benchmarks.drivers.store import Piece, Store
from benchmarks.results import Table
from benchmarks.sizes import spelled


async def count(field: Field, work: Work) -> Table:
    """Return the requests of each store for each operation."""
    async with counting(field.url) as counted, field.opened(counted.url) as stores:
        for store in reversed(stores):
            await work.fill(store)
        lines: dict[str, list[str]] = {}
        for store in stores:
            for title, call in _operations(store, work, field.files[0]).items():
                counted.methods.clear()
                await call()
                lines.setdefault(title, [title]).append(spell(counted.methods))
        return Table(["requests", *(store.name for store in stores)], list(lines.values()))


def spell(methods: Iterable[str]) -> str:
    """Return methods as `1 HEAD, 2 PUT`."""
    return ", ".join(f"{number} {method}" for method, number in sorted(Counter(methods).items()))


def _operations(store: Store, work: Work, files: int) -> dict[str, Call[object]]:
    """Return the operations by title, each on what those before it left."""
    folder = f"/{store.name}/counted"
    first, second, moved = f"{folder}/first", f"{folder}/second", f"{folder}/moved"
    small, large = bytes(SMALL), f"{folder}/large"
    return {
        "put 4 KiB": partial(store.put, first, small),
        "get 4 KiB": partial(store.get, first),
        "put 4 KiB if there is none": partial(store.create, second, small),
        "stat": partial(store.size, first),
        "move 4 KiB": partial(store.move, first, moved),
        "delete": partial(store.delete, moved),
        f"list {files:,} files": partial(store.list_files, f"/flat/{files}"),
        f"walk {files:,} files in folders of 100": partial(store.walk_files, f"/tree/{files}"),
        f"write {spelled(work.large_size)}": partial(store.write, large, work.pieces()),
        f"read {spelled(work.large_size)}": partial(store.read, large, _drop),
    }


def _drop(_piece: Piece) -> None:
    """Take a piece, and let it go."""
