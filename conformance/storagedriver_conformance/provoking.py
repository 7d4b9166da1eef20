"""Errors that any driver can be brought to raise, each by a mistake of its caller's."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from storagedriver.errors import (
    InvalidOffsetError,
    InvalidPathError,
    PathConflictError,
    PathNotFoundError,
    PreconditionFailedError,
    StorageDriverError,
    WriterClosedError,
    WriterLostError,
)
from storagedriver_conformance.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A call that must fail, the error that it must raise, and the paths that it may be about."""

    what: str
    kind: type[StorageDriverError]
    call: Callable[[], Awaitable[object]]
    paths: tuple[str, ...] = ()


async def mistakes(ctx: Context) -> list[Mistake]:
    """Return calls that must fail; the files `/d/file` and `/free` exist when this returns."""
    driver, absent = ctx.driver, "/d/absent"
    await driver.put_content("/d/file", b"content")
    await driver.put_content("/free", b"content")
    found = [
        Mistake(what=what, kind=PathNotFoundError, call=call, paths=(absent,))
        for what, call in _without(ctx, absent).items()
    ]
    found += [
        Mistake(
            what="move of nothing",
            kind=PathNotFoundError,
            call=lambda: driver.move(absent, "/free"),
            paths=(absent, "/free"),
        ),
        Mistake(
            what="get_content of '/a/../b'",
            kind=InvalidPathError,
            call=lambda: driver.get_content("/a/../b"),
        ),
        Mistake(
            what="a reader from beyond the end",
            kind=InvalidOffsetError,
            call=lambda: ctx.content("/d/file", offset=8),
            paths=("/d/file",),
        ),
    ]
    return found + await _of_abilities(ctx) + await _of_writers(ctx)


def _without(ctx: Context, absent: str) -> dict[str, Callable[[], Awaitable[object]]]:
    """Return the calls that need something at a path where nothing is."""
    driver = ctx.driver
    calls: dict[str, Callable[[], Awaitable[object]]] = {
        "get_content of nothing": lambda: driver.get_content(absent),
        "a reader of nothing": lambda: ctx.content(absent),
        "stat of nothing": lambda: driver.stat(absent),
        "list of nothing": lambda: ctx.children(absent),
        "walk of nothing": lambda: ctx.below(absent),
        "delete of nothing": lambda: driver.delete(absent),
    }
    if ctx.capabilities.resumable_writer:
        calls["writer(append=True) of nothing"] = lambda: driver.writer(absent, append=True)
    return calls


async def _of_abilities(ctx: Context) -> list[Mistake]:
    driver, found = ctx.driver, []
    if ctx.capabilities.exclusive_names:
        found.append(
            Mistake(
                what="put_content onto a directory",
                kind=PathConflictError,
                call=lambda: driver.put_content("/d", b"x"),
                paths=("/d",),
            )
        )
    if ctx.capabilities.conditional_put:
        found.append(
            Mistake(
                what="put_content(if_none_match=True) onto a file",
                kind=PreconditionFailedError,
                call=lambda: driver.put_content("/free", b"x", if_none_match=True),
                paths=("/free",),
            )
        )
    return found


async def _of_writers(ctx: Context) -> list[Mistake]:
    closed = await ctx.pending("/closed", b"x")
    lost = await ctx.driver.writer("/lost")
    owner = await ctx.driver.writer("/lost")
    await owner.write(b"x")
    return [
        Mistake(
            what="write to a closed writer",
            kind=WriterClosedError,
            call=lambda: closed.write(b"x"),
            paths=("/closed",),
        ),
        Mistake(
            what="commit of a writer whose path another one took over",
            kind=WriterLostError,
            call=lost.commit,
            paths=("/lost",),
        ),
    ]


async def raised(ctx: Context) -> AsyncIterator[tuple[Mistake, StorageDriverError]]:
    """Make the mistakes, and give the errors that come of them, whatever their types."""
    for mistake in await mistakes(ctx):
        kept = len(ctx.calls.steps)
        try:
            await mistake.call()
        except StorageDriverError as error:
            yield mistake, error
        except (ValueError, TypeError):
            continue  # of the wrong type: another property tells
        ctx.calls.forget(kept)
