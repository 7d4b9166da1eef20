"""Every way to use a driver, those that are refused, left early or cancelled among them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from functools import partial

from storagedriver.errors import StorageDriverError
from storagedriver_conformance.bodies import body
from storagedriver_conformance.everycall import changing, reading
from storagedriver_conformance.stepping import driven
from storagedriver_conformance.view import View
from storagedriver_conformance.viewed import ViewedWriter

Use = Callable[[View], Awaitable[object]]

CONTENT = body(150_000, 1)
FILES = ["/d/file", "/d/a/b"]


class Left(Exception):  # noqa: N818 - it is no error of the suite
    """What ends a block early."""


async def begin(driver: View) -> None:
    """Write what the uses need."""
    for path in FILES:
        await driver.put_content(path, CONTENT if path == FILES[0] else b"small")


async def _called(name: str, path: str, driver: View) -> None:
    calls = {**reading(driver, path), **changing(driver, path)}
    with suppress(StorageDriverError, ValueError, TypeError):
        await _dropped(await calls[name]())


async def _dropped(answer: object) -> None:
    """Cancel what a call gave, if it gave a writer."""
    if isinstance(answer, ViewedWriter):
        await answer.cancel()


async def _refused_put(driver: View) -> None:
    with suppress(StorageDriverError, ValueError):
        await driver.put_content("/d/file", b"new", if_none_match=True)


async def _refused_range(driver: View) -> None:
    for offset, length in ((len(CONTENT) + 1, None), (-1, None), (0, -1)):
        with suppress(StorageDriverError, ValueError):
            async with driver.reader("/d/file", offset=offset, length=length):
                pass


async def _reader_left(driver: View) -> None:
    with suppress(Left):
        async with driver.reader("/d/file") as reader:
            await anext(aiter(reader), b"")
            raise Left


async def _listing_left(method: str, driver: View) -> None:
    entries: AsyncIterator[object] = getattr(driver, method)("/d")
    await anext(entries, None)
    await entries.aclose()  # type: ignore[attr-defined] # those of a view are generators


async def _unfinished_left(driver: View) -> None:
    for path in ("/d/u1", "/d/u2"):
        writer = await driver.writer(path)
        await writer.write(b"some")
        await writer.close()
    entries = driver.unfinished("/d")
    await anext(entries, None)
    await entries.aclose()
    for info in [info async for info in driver.unfinished("/d")]:
        await driver.discard(info)


async def _written(end: str, driver: View) -> None:
    writer = await driver.writer("/d/new")
    await writer.write(CONTENT)
    await getattr(writer, end)()
    with suppress(StorageDriverError):
        await writer.commit()
    await writer.cancel()


async def _writer_left(driver: View) -> None:
    with suppress(Left):
        async with await driver.writer("/d/new") as writer:
            await writer.write(CONTENT)
            raise Left
    await writer.cancel()


async def _writer_lost(driver: View) -> None:
    former = await driver.writer("/d/new")
    await former.write(b"lost")
    owner = await driver.writer("/d/new")
    for call in (former.commit, former.close, former.cancel, owner.cancel):
        with suppress(StorageDriverError):
            await call()


async def _resumed(driver: View) -> None:
    writer = await driver.writer("/d/new")
    await writer.write(CONTENT)
    await writer.close()
    with suppress(StorageDriverError):
        writer = await driver.writer("/d/new", append=True)
    await writer.cancel()


async def _moved_and_deleted(driver: View) -> None:
    await driver.put_content("/t/a/b", b"small")
    await driver.move("/t/a/b", "/t/c")
    await driver.delete("/t")


async def _cancelled(name: str, driver: View) -> None:
    """Cancel a call at each of its first awaits."""
    for step in (1, 2):
        calls = {**reading(driver, "/d/file"), **changing(driver, "/d/file", "/d/moved")}
        patience = driver.calls.patience
        await _dropped((await driven(_awaited(calls[name]), at=(step,), patience=patience)).value)
        await driver.put_content("/d/file", CONTENT)
    for info in [info async for info in driver.unfinished("/d")]:
        await driver.discard(info)


async def _awaited(call: Callable[[], Awaitable[object]]) -> object:
    return await call()


ON_FILES = ["get_content", "reader", "stat", "list", "put_content"]
ON_DIRECTORIES = ["list", "walk", "get_content", "put_content", "writer"]
ON_NOTHING = ["get_content", "reader", "stat", "list", "walk", "delete", "move from it"]

CALLS = [
    *((name, "/d/file") for name in ON_FILES),
    *((name, "/d") for name in ON_DIRECTORIES),
    *((name, "/d/absent") for name in (*ON_NOTHING, "writer(append=True)")),
]

USES: dict[str, Use] = {
    **{f"{name} of {path}": partial(_called, name, path) for name, path in CALLS},
    "a put that its condition refuses": _refused_put,
    "a reader of a wrong range": _refused_range,
    "a reader that is left early": _reader_left,
    "a list that is left early": partial(_listing_left, "list"),
    "a walk that is left early": partial(_listing_left, "walk"),
    "unfinished, left early": _unfinished_left,
    "a writer that commits": partial(_written, "commit"),
    "a writer that closes": partial(_written, "close"),
    "a writer that cancels": partial(_written, "cancel"),
    "a writer whose block is left early": _writer_left,
    "a writer that lost its path": _writer_lost,
    "a writer that resumes": _resumed,
    "a move, and a delete of a tree": _moved_and_deleted,
    "a cancelled get_content": partial(_cancelled, "get_content"),
    "a cancelled reader": partial(_cancelled, "reader"),
    "a cancelled list": partial(_cancelled, "list"),
    "a cancelled put_content": partial(_cancelled, "put_content"),
    "a cancelled writer": partial(_cancelled, "writer"),
    "a cancelled delete": partial(_cancelled, "delete"),
}
