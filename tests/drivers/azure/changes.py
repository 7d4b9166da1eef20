"""Changes to try while a server fails: each finds an old file at `/d/f`, and nothing else."""

from collections.abc import Awaitable, Callable

from storagedriver.protocol import StorageDriver

BLOCK = 1 << 16
OLD, NEW = b"old", bytes(BLOCK) + b"new"
Change = Callable[[StorageDriver], Awaitable[object]]


async def put(driver: StorageDriver) -> None:
    await driver.put_content("/d/f", NEW)


async def create(driver: StorageDriver) -> None:
    await driver.put_content("/d/new", NEW, if_none_match=True)


async def replace(driver: StorageDriver) -> None:
    info = await driver.stat("/d/f")
    await driver.put_content("/d/f", NEW, if_match=info.version)


async def write(driver: StorageDriver) -> None:
    async with await driver.writer("/d/f") as writer:
        await writer.write(NEW)
        await writer.commit()


async def write_small(driver: StorageDriver) -> None:
    async with await driver.writer("/d/new") as writer:
        await writer.write(b"new")
        await writer.commit()


async def leave(driver: StorageDriver) -> None:
    """What `go_on` has to find."""
    async with await driver.writer("/d/new") as writer:
        await writer.write(NEW[: BLOCK + 1])


async def go_on(driver: StorageDriver) -> None:
    async with await driver.writer("/d/new", append=True) as writer:
        await writer.write(NEW[writer.size :])
        await writer.commit()


async def move(driver: StorageDriver) -> None:
    await driver.move("/d/f", "/d/new")


async def delete(driver: StorageDriver) -> None:
    await driver.delete("/d/f")


async def delete_if_same(driver: StorageDriver) -> None:
    info = await driver.stat("/d/f")
    await driver.delete("/d/f", if_match=info.version)


async def delete_all(driver: StorageDriver) -> None:
    await driver.delete("/d")


# What is there when the change was made.
CHANGES: dict[Change, dict[str, bytes]] = {
    put: {"/d/f": NEW},
    create: {"/d/f": OLD, "/d/new": NEW},
    replace: {"/d/f": NEW},
    write: {"/d/f": NEW},
    write_small: {"/d/f": OLD, "/d/new": b"new"},
    go_on: {"/d/f": OLD, "/d/new": NEW},
    move: {"/d/new": OLD},
    delete: {},
    delete_if_same: {},
    delete_all: {},
}

# Those that one request does not make.
IN_STEPS = [replace, write, go_on, move, delete_all]
