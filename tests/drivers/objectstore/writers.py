"""Writers over a store in memory, and what makes them fail."""

from collections import Counter
from collections.abc import Callable

from storagedriver.drivers.objectstore.ownership import Ownership, Resumed
from storagedriver.drivers.objectstore.sidestate import SideState
from storagedriver.drivers.objectstore.writing import ObjectWriter
from storagedriver.errors import StorageUnavailableError
from storagedriver.records import UnfinishedInfo
from tests.drivers.objectstore.stores import MemoryStore

PART = 100


def state(store: MemoryStore) -> SideState:
    return SideState(store, "root/", lambda path: "!" not in path)


async def begun(store: MemoryStore, path: str = "/d/f", *, most: int = 3) -> ObjectWriter:
    owner = await Ownership.taken(state(store), path, PART)
    return writer(owner, Resumed([], b""), most)


async def resumed(store: MemoryStore, path: str = "/d/f", *, most: int = 3) -> ObjectWriter:
    owner, kept = await Ownership.resumed(state(store), path)
    return writer(owner, kept, most)


def writer(owner: Ownership, kept: Resumed, most: int) -> ObjectWriter:
    return ObjectWriter(owner, kept, most=most, grace=5, ended=lambda _: None)


async def unfinished(store: MemoryStore, path: str = "/") -> list[UnfinishedInfo]:
    return [info async for info in state(store).unfinished(path)]


def body(size: int, first: int = 0) -> bytes:
    return bytes((first + at) % 251 for at in range(size))


def failing(name: str, times: int = 1, *, after: int = 0) -> Callable[[str], None]:
    """Let the first requests of a name fail, or those after the first ones."""
    left = Counter({name: times})
    passed = Counter({name: after})

    def before(request: str) -> None:
        if passed[request]:
            passed[request] -= 1
        elif left[request]:
            left[request] -= 1
            raise StorageUnavailableError(f"{request} is not answered")

    return before
