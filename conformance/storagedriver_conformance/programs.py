"""Programs as data: operations drawn with a bias, run on a driver and on the model alike."""

from collections.abc import Awaitable, Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from storagedriver.errors import StorageDriverError
from storagedriver.records import FileInfo
from storagedriver_conformance import bodies
from storagedriver_conformance.context import Context
from storagedriver_conformance.model import Model

Operation = list[Any]

# Few names, close together, so that programs meet themselves.
PLACES = ["/a", "/a/x", "/a/x/y", "/a-", "/a-/x", "/a.b", "/a.b/x", "/ab", "/a0/x", "/b"]
FOLDERS = ["/", "/a", "/a/x", "/a-", "/b"]
AFTER = [None, "a", "a-", "a.b", "a0", "x", "y"]

_place = st.sampled_from(PLACES)
_folder = st.sampled_from(FOLDERS)
_size = st.sampled_from([0, 1, 2, 7, 64])
_seed = st.integers(0, 3)
_end = st.sampled_from(["commit", "close", "cancel"])


def _operation(name: str, *arguments: SearchStrategy[Any]) -> SearchStrategy[Operation]:
    return st.tuples(st.just(name), *arguments).map(list)


CHANGES = [
    _operation("put", _place, _size, _seed),
    _operation("write", _place, _size, _seed, _end),
    _operation("resume", _place, _size, _seed, _end),
    _operation("move", _place, _place),
    _operation("delete", st.sampled_from([*PLACES, *FOLDERS[1:]])),
]
CONDITIONS = [
    _operation("create", _place, _size, _seed),
    _operation("swap", _place, _size, _seed),
]
QUESTIONS = [
    _operation("get", _place),
    _operation("read", _place, st.integers(0, 8), st.sampled_from([None, 0, 1, 3, 100])),
    _operation("stat", st.sampled_from([*PLACES, *FOLDERS])),
    _operation("list", st.sampled_from([*FOLDERS, "/a.b"]), st.sampled_from(AFTER)),
    _operation("walk", _folder, st.none()),
    _operation("unfinished", _folder),
]


def programs(*, most: int, conditions: bool) -> SearchStrategy[list[Operation]]:
    """Draw a program; changes are twice as likely as questions."""
    changes = CHANGES + (CONDITIONS if conditions else [])
    return st.lists(st.one_of(*changes, *changes, *QUESTIONS), min_size=1, max_size=most)


def told(model: Model, operation: Operation) -> object:
    """Return what the model answers."""
    name, *given = operation
    match name:
        case "put" | "create" | "swap":
            path, size, seed = given
            return model.answer(lambda: getattr(model, name)(path, bodies.body(size, seed)))
        case "write" | "resume":
            path, size, seed, end = given
            content = bodies.body(size, seed)
            return model.answer(lambda: model.write(path, content, end, append=name == "resume"))
        case _:
            return model.answer(lambda: getattr(model, name)(*given))


async def answered(ctx: Context, operation: Operation) -> object:
    """Return what the driver answers, in the same form: its value, or the name of its error."""
    try:
        return await _asked(ctx, operation)
    except StorageDriverError as error:
        return type(error).__name__


async def _asked(ctx: Context, operation: Operation) -> object:
    name, *given = operation
    return await ASKED[name](ctx, *given)


async def _put(ctx: Context, path: str, size: int, seed: int) -> int:
    return (await ctx.driver.put_content(path, bodies.body(size, seed))).size


async def _created(ctx: Context, path: str, size: int, seed: int) -> int:
    content = bodies.body(size, seed)
    return (await ctx.driver.put_content(path, content, if_none_match=True)).size


async def _swapped(ctx: Context, path: str, size: int, seed: int) -> int:
    try:
        version = (await ctx.driver.stat(path)).version
    except StorageDriverError:
        version = None
    content = bodies.body(size, seed)
    return (await ctx.driver.put_content(path, content, if_match=version or "none")).size


async def _written(
    ctx: Context, path: str, size: int, seed: int, end: str, *, append: bool = False
) -> int:
    writer = await ctx.driver.writer(path, append=append)
    await writer.write(bodies.body(size, seed))
    accepted = writer.size
    await getattr(writer, end)()
    return accepted


async def _resumed(ctx: Context, path: str, size: int, seed: int, end: str) -> int:
    return await _written(ctx, path, size, seed, end, append=True)


async def _got(ctx: Context, path: str) -> bytes:
    return await ctx.driver.get_content(path)


async def _read(ctx: Context, path: str, offset: int, length: int | None) -> bytes:
    return await ctx.content(path, offset=offset, length=length)


async def _stat(ctx: Context, path: str) -> list[object]:
    return _plain(await ctx.driver.stat(path))


async def _listed(ctx: Context, path: str, after: str | None) -> list[list[object]]:
    return [_plain(one) async for one in ctx.driver.list(path, start_after=after)]


async def _walked(ctx: Context, path: str, after: str | None) -> list[list[object]]:
    return [_plain(one) async for one in ctx.driver.walk(path, start_after=after)]


async def _unfinished(ctx: Context, path: str) -> list[list[object]]:
    return [[one.path, one.size] async for one in ctx.driver.unfinished(path)]


async def _moved(ctx: Context, source: str, destination: str) -> None:
    await ctx.driver.move(source, destination)


async def _deleted(ctx: Context, path: str) -> None:
    await ctx.driver.delete(path)


def _plain(info: FileInfo) -> list[object]:
    return [info.path, info.size, info.is_dir]


ASKED: dict[str, Callable[..., Awaitable[object]]] = {
    "put": _put,
    "create": _created,
    "swap": _swapped,
    "write": _written,
    "resume": _resumed,
    "get": _got,
    "read": _read,
    "stat": _stat,
    "list": _listed,
    "walk": _walked,
    "unfinished": _unfinished,
    "move": _moved,
    "delete": _deleted,
}
