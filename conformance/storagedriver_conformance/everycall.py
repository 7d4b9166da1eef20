"""Every method of a driver, called with one path: what must hold for all is tried on all."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

from storagedriver.records import UnfinishedInfo
from storagedriver_conformance.view import View

Call = Callable[[], Awaitable[object]]


def reading(driver: View, path: str) -> dict[str, Call]:
    """Return the calls that change nothing, by their names."""
    return {
        "get_content": lambda: driver.get_content(path),
        "reader": lambda: _read(driver, path),
        "stat": lambda: driver.stat(path),
        "list": lambda: _all(driver.list(path)),
        "walk": lambda: _all(driver.walk(path)),
        "unfinished": lambda: _all(driver.unfinished(path)),
        "redirect_url": lambda: driver.redirect_url(path),
    }


def changing(driver: View, path: str, other: str = "/other") -> dict[str, Call]:
    """Return the calls that change something, by their names; a move needs another path."""
    known = UnfinishedInfo(path=path, size=1, modified=datetime.now(UTC), id="x")
    return {
        "put_content": lambda: driver.put_content(path, b"new"),
        "writer": lambda: driver.writer(path),
        "writer(append=True)": lambda: driver.writer(path, append=True),
        "move from it": lambda: driver.move(path, other),
        "move onto it": lambda: driver.move(other, path),
        "delete": lambda: driver.delete(path),
        "discard": lambda: driver.discard(known),
    }


async def _read(driver: View, path: str) -> bytes:
    async with driver.reader(path) as reader:
        return b"".join([chunk async for chunk in reader])


async def _all(entries: AsyncIterator[object]) -> list[object]:
    return [entry async for entry in entries]
