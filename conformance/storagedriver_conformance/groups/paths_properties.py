"""Paths: the grammar is taken whole, and nothing else is."""

from contextlib import AbstractAsyncContextManager, suppress
from pathlib import PurePosixPath
from typing import cast

from storagedriver.errors import InvalidPathError, PathNotFoundError, StorageDriverError
from storagedriver_conformance import draws
from storagedriver_conformance.calls import not_a
from storagedriver_conformance.context import Context
from storagedriver_conformance.everycall import Call, changing, reading
from storagedriver_conformance.properties import Tier, prop

DOTS = ["/.", "/..", "/./a", "/../a", "/d/.", "/d/..", "/d/./a", "/d/../a"]
SHAPES = ["", "a", "a/b", "./a", "//a", "/d//a", "/a/", "/d/a/", "/a//"]
LETTERS = [f"/a{letter}b" for letter in " +~%:*?#&=@!,;'\"\\<>|$`^()[]{}"]
LETTERS += ["/a%2Fb", "/~", "/~/a", "/d/~a", "/a:b", "\\a", "/d\\a"]
CONTROLS = ["/a\n", "/\n", "/d\n/a", "/a\r", "/a\t", "/a\0", "/\0", "/a\0b", "/a\x7f", "/a\x1b[0m"]
FOREIGN = ["/é", "/e\u0301", "/\uff41", "/\u0663", "/\u2024", "/a\u2028", "/\u212a", "/\U0001f600"]
SURROGATES = ["/\ud800", "/a\udc80"]
ILLEGAL = [*SHAPES, *LETTERS, *CONTROLS, *FOREIGN, *SURROGATES]


def _every(ctx: Context, path: str) -> dict[str, Call]:
    return {**reading(ctx.driver, path), **_changing(ctx, path)}


def _changing(ctx: Context, path: str) -> dict[str, Call]:
    """Return the calls that change something: none where a wrong driver might delete the root."""
    return changing(ctx.driver, path) if path or ctx.target.disposable else {}


async def _all_refused(ctx: Context, paths: list[str]) -> None:
    """Say which method takes an illegal path; a file and an unfinished writer are at hand."""
    await ctx.driver.put_content("/other", b"kept")
    await ctx.driver.put_content("/d/a", b"kept")
    kept = len(ctx.calls.steps)
    for path in paths:
        for name, call in _every(ctx, path).items():
            with ctx.refused(InvalidPathError, what=f"{name} of the illegal path {path!a}"):
                await call()
            ctx.calls.forget(kept)


@prop("paths.legal", "Every path of the grammar is taken by every method.", tier=Tier.SMOKE)
async def legal(ctx: Context) -> None:
    driver, path = ctx.driver, ctx.draw(draws.paths())
    parent, moved = path.rpartition("/")[0] or "/", f"{path}-moved"
    await driver.put_content(path, b"put")
    await ctx.there(path, b"put", path)
    ctx.holds(path in await ctx.below("/"), f"walk does not give {path}")
    await ctx.written(path, b"written")
    await driver.move(path, moved)
    ctx.same([moved], await ctx.children(parent), f"the list of {parent}")
    await ctx.there(moved, b"written", moved)
    await driver.redirect_url(moved)
    await driver.delete(moved)
    await ctx.gone(moved, moved)


@prop("paths.dots", "The names '.' and '..' are refused by every method.", tier=Tier.SMOKE)
async def dots(ctx: Context) -> None:
    await _all_refused(ctx, DOTS)


@prop("paths.shapes", "Every method refuses a path that is empty, relative, or has an empty name.")
async def shapes(ctx: Context) -> None:
    await _all_refused(ctx, SHAPES)


@prop("paths.letters", "Every method refuses letters beyond A-Z, a-z, 0-9, '.', '_' and '-'.")
async def letters(ctx: Context) -> None:
    await _all_refused(ctx, LETTERS)


@prop("paths.controls", "Every method refuses control characters, a newline at the end among them.")
async def controls(ctx: Context) -> None:
    await _all_refused(ctx, CONTROLS)


@prop("paths.foreign", "Every method refuses letters beyond ASCII, and surrogates.")
async def foreign(ctx: Context) -> None:
    await _all_refused(ctx, [*FOREIGN, *SURROGATES])


@prop("paths.root", "The root is no file: it is not read, and has no URL.")
async def root(ctx: Context) -> None:
    for name, call in {
        "get_content": lambda: ctx.raw.get_content("/"),
        "redirect_url": lambda: ctx.raw.redirect_url("/"),
    }.items():
        with ctx.refused(InvalidPathError, what=f"{name} of the root"):
            await ctx.calls.make(f"{name}('/')", call)
    text = "reader('/')"
    with ctx.refused(InvalidPathError, what="a reader of the root"):
        reader: object = ctx.calls.now(text, ctx.raw.reader, "/")
        if not isinstance(reader, AbstractAsyncContextManager):
            raise not_a(text, "async context manager", reader)
        await ctx.calls.make(text, reader.__aenter__)


@prop(
    "paths.list-from",
    "A start_after of a list that is no child's name is refused.",
    needs=("start_after",),
)
async def list_from(ctx: Context) -> None:
    await ctx.driver.put_content("/d/a", b"x")
    for after in ("", ".", "..", "a/b", "/a", "a\n", "~"):
        with ctx.refused(InvalidPathError, what=f"list with start_after={after!a}"):
            await ctx.children("/d", start_after=after)


@prop("paths.walk-from", "An illegal start_after of a walk is refused.", needs=("start_after",))
async def walk_from(ctx: Context) -> None:
    await ctx.driver.put_content("/d/a", b"x")
    for after in ("/d/../a", "/d/", "/d//a", "/d/a\n", "/d/~"):
        with ctx.refused(InvalidPathError, what=f"walk with start_after={after!a}"):
            await ctx.below("/d", start_after=after)


@prop("paths.refused-early", "A refused path leaves nothing, and changes nothing that is there.")
async def refused_early(ctx: Context) -> None:
    kept = {"/a": b"1", "/other": b"2", "/d/a": b"3", "/ab": b"4"}
    for path, content in kept.items():
        await ctx.driver.put_content(path, content)
    steps = len(ctx.calls.steps)
    for path in [*DOTS, *ILLEGAL]:
        for call in _changing(ctx, path).values():
            with suppress(StorageDriverError, ValueError):
                await call()
        ctx.same(kept, await ctx.files(), f"what is stored after calls with {path!a}")
        ctx.same({}, await ctx.left_open(), f"what is unfinished after calls with {path!a}")
        ctx.calls.forget(steps)


@prop("paths.type", "What is no text is refused, and a subclass of str is taken.")
async def types(ctx: Context) -> None:
    class Text(str):
        __slots__ = ()

    full = ctx.driver.full("/d/text")
    await ctx.calls.make(
        "put_content(a subclass of str)", ctx.raw.put_content, Text(full), b"content"
    )
    read = await ctx.calls.make("get_content(a subclass of str)", ctx.raw.get_content, Text(full))
    ctx.same(b"content", read, "a file put and got by a subclass of str")
    for path in (PurePosixPath(full), full.encode(), bytearray(full.encode()), None, 5, [full]):
        wrong = cast("str", path)
        calls = reading(ctx.driver, wrong)
        if path not in (None, 5):  # these, as a text, may be the name of somebody's file
            calls["put_content"] = changing(ctx.driver, wrong)["put_content"]
        for name, call in calls.items():
            what = f"{name} of a path that is a {type(path).__name__}"
            with ctx.refused(InvalidPathError, TypeError, what=what):
                await call()
    ctx.same({"/d/text": b"content"}, await ctx.files(), "what is stored afterwards")


@prop("paths.below-a-file", "Below a file there is nothing: every reading method says so.")
async def below_a_file(ctx: Context) -> None:
    await ctx.driver.put_content("/d/file", b"content")
    path = "/d/file/below"
    calls: dict[str, Call] = {
        "get_content": lambda: ctx.driver.get_content(path),
        "a reader": lambda: ctx.content(path),
        "stat": lambda: ctx.driver.stat(path),
        "list": lambda: ctx.children(path),
        "walk": lambda: ctx.below(path),
        "delete": lambda: ctx.driver.delete(path),
        "a move": lambda: ctx.driver.move(path, "/moved"),
        "list of a file, and so": lambda: ctx.children("/d/file"),
        "walk of a file, and so": lambda: ctx.below("/d/file"),
    }
    for name, call in calls.items():
        kept = len(ctx.calls.steps)
        with ctx.refused(PathNotFoundError, what=f"{name} below a file"):
            await call()
        ctx.calls.forget(kept)
    ctx.same({"/d/file": b"content"}, await ctx.files(), "what is stored afterwards")
