"""What drivers are asked to do while the service fails: each from a known state, and checked."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from storagedriver.errors import PathNotFoundError
from storagedriver.protocol import StorageDriver

PART = 5 << 20
OLD, NEW = b"old content", b"new content"
LARGE = bytes(range(256)) * (PART // 256) + b"behind the first part"
FILES = ["/d/a", "/d/b/c", "/d/b/d", "/d/e"]


class Deed(NamedTuple):
    """`check` is told whether it was done without an error; both old and new are right if not."""

    prepare: Callable[[StorageDriver], Awaitable[None]]
    do: Callable[[StorageDriver], Awaitable[None]]
    check: Callable[[StorageDriver, bool], Awaitable[None]]


async def content(driver: StorageDriver, path: str) -> bytes | None:
    """What a file has, None if there is none."""
    try:
        return await driver.get_content(path)
    except PathNotFoundError:
        return None


async def purge(driver: StorageDriver) -> None:
    """Drop all that is unfinished."""
    for one in [info async for info in driver.unfinished()]:
        await driver.discard(one)


def _replacing(do: Callable[[StorageDriver], Awaitable[None]], new: bytes) -> Deed:
    async def prepare(driver: StorageDriver) -> None:
        await driver.put_content("/d/f", OLD)

    async def check(driver: StorageDriver, is_done: bool) -> None:  # noqa: FBT001 # as the type is
        assert await content(driver, "/d/f") in ({new} if is_done else {OLD, new})

    return Deed(prepare, do, check)


async def _put(driver: StorageDriver) -> None:
    await driver.put_content("/d/f", NEW)


async def _replace(driver: StorageDriver) -> None:
    version = (await driver.stat("/d/f")).version
    await driver.put_content("/d/f", NEW, if_match=version)


async def _write(driver: StorageDriver) -> None:
    async with await driver.writer("/d/f") as writer:
        await writer.write(NEW)
        await writer.commit()


async def _upload(driver: StorageDriver) -> None:
    """Write more than a part, with a pause after the first part in which another goes on."""
    async with await driver.writer("/d/f") as writer:
        await writer.write(LARGE[: PART + 3])
    async with await driver.writer("/d/f", append=True) as writer:
        await writer.write(LARGE[writer.size :])
        await writer.commit()


def _creating() -> Deed:
    async def prepare(driver: StorageDriver) -> None:
        if await content(driver, "/new") is not None:
            await driver.delete("/new")

    async def do(driver: StorageDriver) -> None:
        await driver.put_content("/new", NEW, if_none_match=True)

    async def check(driver: StorageDriver, is_done: bool) -> None:  # noqa: FBT001 # as the type is
        assert await content(driver, "/new") in ({NEW} if is_done else {None, NEW})

    return Deed(prepare, do, check)


def _moving(body: bytes) -> Deed:
    async def prepare(driver: StorageDriver) -> None:
        await driver.put_content("/d/source", body)
        await driver.put_content("/d/target", OLD)

    async def do(driver: StorageDriver) -> None:
        await driver.move("/d/source", "/d/target")

    async def check(driver: StorageDriver, is_done: bool) -> None:  # noqa: FBT001 # as the type is
        both = (await content(driver, "/d/source"), await content(driver, "/d/target"))
        moved = (None, body)
        assert both in ({moved} if is_done else {(body, OLD), (body, body), moved})

    return Deed(prepare, do, check)


def _deleting(path: str) -> Deed:
    async def prepare(driver: StorageDriver) -> None:
        for one in FILES:
            await driver.put_content(one, one.encode())
        await (await driver.writer(f"{path}/unfinished")).close()

    async def do(driver: StorageDriver) -> None:
        await driver.delete(path)

    async def check(driver: StorageDriver, is_done: bool) -> None:  # noqa: FBT001 # as the type is
        there = [one for one in FILES if await content(driver, one) is not None]
        kept = [one for one in FILES if one != path and not one.startswith(f"{path}/")]
        assert [one for one in there if one in kept] == kept
        assert not is_done or there == kept
        for one in there:
            assert await content(driver, one) == one.encode()

    return Deed(prepare, do, check)


def _looking() -> Deed:
    async def prepare(driver: StorageDriver) -> None:
        for one in FILES:
            await driver.put_content(one, one.encode())

    async def do(driver: StorageDriver) -> None:
        names = ["/d/a", "/d/b", "/d/e"]
        assert names == [info.path async for info in driver.list("/d")]
        files = [info.path async for info in driver.walk("/d") if not info.is_dir]
        assert files == FILES
        assert (await driver.stat("/d/b")).is_dir
        assert await driver.get_content("/d/a") == b"/d/a"
        async with driver.reader("/d/e", offset=1) as reader:
            assert b"".join([chunk async for chunk in reader]) == b"d/e"
        async with driver.reader("/d/e", length=0) as reader:
            assert reader.info.size == len("/d/e")

    async def check(driver: StorageDriver, is_done: bool) -> None:  # noqa: FBT001 # as the type is
        del is_done
        await do(driver)

    return Deed(prepare, do, check)


DEEDS = {
    "put": _replacing(_put, NEW),
    "replace": _replacing(_replace, NEW),
    "create": _creating(),
    "write": _replacing(_write, NEW),
    "upload": _replacing(_upload, LARGE),
    "move": _moving(NEW),
    "move in parts": _moving(LARGE),
    "delete": _deleting("/d/a"),
    "delete of a tree": _deleting("/d/b"),
    "look": _looking(),
}
