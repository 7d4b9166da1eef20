"""Short ways to ask a driver what it holds."""

from collections.abc import AsyncIterator
from typing import TypeVar

from storagedriver.protocol import StorageDriver
from storagedriver.records import FileInfo, UnfinishedInfo

T = TypeVar("T")

MIB = 1 << 20


async def everything(items: AsyncIterator[T]) -> list[T]:
    return [item async for item in items]


async def listed(
    driver: StorageDriver, path: str = "/", *, start_after: str | None = None
) -> list[str]:
    return [info.path async for info in driver.list(path, start_after=start_after)]


async def walked(
    driver: StorageDriver, path: str = "/", *, start_after: str | None = None
) -> list[str]:
    return [info.path async for info in driver.walk(path, start_after=start_after)]


async def held(driver: StorageDriver, path: str = "/") -> list[tuple[str, int]]:
    """Paths and sizes of the unfinished writers."""
    return [(found.path, found.size) async for found in driver.unfinished(path)]


async def read(
    driver: StorageDriver, path: str, *, offset: int = 0, length: int | None = None
) -> bytes:
    async with driver.reader(path, offset=offset, length=length) as reader:
        return b"".join([piece async for piece in reader])


async def put_all(driver: StorageDriver, *paths: str) -> None:
    """Write each path, with itself as content."""
    for path in paths:
        await driver.put_content(path, path.encode())


async def left_unfinished(driver: StorageDriver, path: str, content: bytes) -> UnfinishedInfo:
    """Leave a closed writer behind, and return what is told about it."""
    async with await driver.writer(path) as writer:
        await writer.write(content)
    return next(one for one in await everything(driver.unfinished(path)) if one.path == path)


async def files(driver: StorageDriver, path: str = "/") -> dict[str, bytes]:
    """All files with their bytes."""
    found: list[FileInfo] = await everything(driver.walk(path))
    return {info.path: await driver.get_content(info.path) for info in found if not info.is_dir}
