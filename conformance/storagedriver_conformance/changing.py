"""What calls leave behind: nothing where they were refused, no directory without a file."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from storagedriver_conformance.context import Context

T = TypeVar("T")


@asynccontextmanager
async def nothing_changes(
    ctx: Context, *kinds: type[Exception], what: str, but: tuple[str, ...] = ()
) -> AsyncIterator[None]:
    """Fail the property unless the block is refused with one of these errors and changes nothing.

    `but` are paths whose unfinished writers may come or go.
    """
    before = await _everything(ctx, but)
    with ctx.refused(*kinds, what=what):
        yield
    for name, was, now in zip(
        ("which paths there are", "what is in the files", "the unfinished writers"),
        before,
        await _everything(ctx, but),
        strict=True,
    ):
        ctx.same(was, now, f"{what} was refused, but {name} after it")


async def _everything(ctx: Context, but: tuple[str, ...]) -> tuple[object, object, object]:
    kept = await ctx.left_open()
    writers = {path: size for path, size in kept.items() if path not in but}
    return await ctx.below("/"), await ctx.files(), writers


async def together(*calls: Awaitable[T], losing: type[Exception]) -> list[T | None]:
    """Make calls at once; return what each gave, None where it raised an error of that type."""
    answers = await asyncio.gather(*calls, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException) and not isinstance(answer, losing):
            raise answer
    return [None if isinstance(answer, BaseException) else answer for answer in answers]


async def parents_go(ctx: Context, remove: Callable[[str], Awaitable[None]]) -> None:
    """Fail the property unless directories go with their last file, and only with that."""
    driver = ctx.driver
    await driver.put_content("/p/q/r/file", b"1")
    await remove("/p/q/r/file")
    for path in ("/p/q/r", "/p/q", "/p"):
        await ctx.gone(path, f"{path}, below which no file is left,")
    await driver.put_content("/p/q/r/file", b"2")
    ctx.same(
        ["/p", "/p/q", "/p/q/r", "/p/q/r/file"],
        [path for path in await ctx.below("/") if path.startswith("/p")],
        "a directory that comes again, in a walk,",
    )
    ctx.holds((await driver.stat("/p/q")).is_dir, "a directory that comes again is none")
    await driver.put_content("/p/q/s/other", b"3")
    await driver.put_content("/p/q-/other", b"4")
    await remove("/p/q/r/file")
    await ctx.gone("/p/q/r", "/p/q/r, below which no file is left,")
    ctx.same(["/p/q", "/p/q-"], await ctx.children("/p"), "the list of a parent with other files")
    ctx.same(["/p/q/s"], await ctx.children("/p/q"), "the list of a parent with other directories")
    await ctx.there("/p/q/s/other", b"3", "a file beside the directory that went")
    await ctx.there("/p/q-/other", b"4", "a file beside its parent")
