"""Writers: what becomes of one that was committed, closed or cancelled, or whose block was left."""

import asyncio
from collections.abc import Awaitable, Callable

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from storagedriver.errors import PathNotFoundError, WriterClosedError
from storagedriver_conformance.context import Context
from storagedriver_conformance.properties import Tier, prop
from storagedriver_conformance.viewed import ViewedWriter

# How a writer ends, and what may then be asked of it.
AGAIN = [(end, again) for end in ("close", "commit", "cancel") for again in ("close", "leave")]
AGAIN += [("cancel", "cancel"), ("commit", "cancel")]


def _ends() -> SearchStrategy[str]:
    return st.sampled_from(["commit", "close", "cancel"])


def _sizes() -> SearchStrategy[int]:
    return st.sampled_from([0, 30])


async def _begun(ctx: Context, content: bytes) -> ViewedWriter:
    """Return a writer that was given this content, or nothing if it is empty."""
    writer = await ctx.driver.writer("/d/f")
    if content:
        await writer.write(content)
    return writer


async def _is_as_ended(ctx: Context, end: str, content: bytes) -> None:
    """Fail unless the storage holds what a writer leaves that was ended in this way."""
    if end == "commit":
        await ctx.there("/d/f", content, "the committed file")
    else:
        await ctx.gone("/d/f", f"what was ended by {end}")
    if ctx.capabilities.resumable_writer:
        left = {"/d/f": len(content)} if end == "close" else {}
        ctx.same(left, await ctx.left_open(), f"what is unfinished after {end}")


@prop("writers.cancel", "A cancel leaves no file and nothing to resume.", tier=Tier.SMOKE)
async def cancel(ctx: Context) -> None:
    writes = ctx.draw(st.integers(0, 1))
    writer = await ctx.driver.writer("/d/f")
    for seed in range(writes):
        await writer.write(ctx.body(30, seed))
    await writer.cancel()
    await ctx.gone("/d/f", "what was cancelled")
    await ctx.gone("/d", "its directory")
    if ctx.capabilities.resumable_writer:
        with ctx.refused(PathNotFoundError, what="resuming what was cancelled"):
            await ctx.driver.writer("/d/f", append=True)


@prop(
    "writers.cancel-keeps-the-old",
    "A cancel, after a close too, leaves the file that was there and nothing to resume.",
)
async def cancel_keeps_the_old(ctx: Context) -> None:
    close = ctx.draw(st.booleans())
    old = ctx.body(50, 1)
    await ctx.driver.put_content("/d/f", old)
    before = await ctx.driver.stat("/d/f")
    writer = await ctx.driver.writer("/d/f")
    await writer.write(ctx.body(30, 2))
    if close:
        await writer.close()
    await writer.cancel()
    await ctx.there("/d/f", old, "the old file after a cancel")
    ctx.same(before, await ctx.driver.stat("/d/f"), "stat of the old file")
    if ctx.capabilities.resumable_writer:
        ctx.same({}, await ctx.left_open(), "what is unfinished after a cancel")
        with ctx.refused(PathNotFoundError, what="resuming what was cancelled"):
            await ctx.driver.writer("/d/f", append=True)


@prop(
    "writers.after-the-end",
    "After commit, close or cancel, write and commit are WriterClosedError and change nothing.",
)
async def after_the_end(ctx: Context) -> None:
    end, call = ctx.draw(_ends()), ctx.draw(st.sampled_from(["write", "commit"]))
    content = ctx.body(ctx.draw(_sizes()))
    writer = await _begun(ctx, content)
    await getattr(writer, end)()
    with ctx.refused(WriterClosedError, what=f"{call} after {end}"):
        await (writer.write(b"late") if call == "write" else writer.commit())
    await _is_as_ended(ctx, end, content)


@prop(
    "writers.end-again",
    "After its end, close, leaving its block, or a cancel of what is not closed does no more.",
)
async def end_again(ctx: Context) -> None:
    first, second = ctx.draw(st.sampled_from(AGAIN))
    content = ctx.body(ctx.draw(_sizes()))
    writer = await _begun(ctx, content)
    await getattr(writer, first)()
    for _ in range(2):
        if second == "leave":
            leave: Callable[..., Awaitable[object]] = writer.raw.__aexit__
            await ctx.calls.make("leave the writer's block", leave, None, None, None)
        else:
            await getattr(writer, second)()
        await _is_as_ended(ctx, first, content)


@prop("writers.block", "Leaving a writer's block without commit closes it, and publishes nothing.")
async def block(ctx: Context) -> None:
    content = ctx.body(30)
    async with await ctx.driver.writer("/d/f") as writer:
        await writer.write(content)
    await _is_closed(ctx, writer, content)


class _OwnError(Exception):
    """What no driver raises."""


@prop(
    "writers.block-error",
    "An error or a cancellation goes through a writer's block; it is closed, nothing published.",
)
async def block_error(ctx: Context) -> None:
    error: BaseException = _OwnError("the block's own")
    if ctx.draw(st.booleans()):
        error = asyncio.CancelledError()
    content = ctx.body(30)
    writer = await ctx.driver.writer("/d/f")
    entered = await ctx.calls.make("enter the writer", writer.raw.__aenter__)
    ctx.holds(entered is writer.raw, "the block gave another object than the writer")
    await writer.write(content)
    leave: Callable[..., Awaitable[object]] = writer.raw.__aexit__
    what = f"leave by {type(error).__name__.strip('_')}"
    answer: object = await ctx.calls.make(what, leave, type(error), error, None)
    ctx.holds(not answer, "the block's error did not come out")
    await _is_closed(ctx, writer, content)


async def _is_closed(ctx: Context, writer: ViewedWriter, content: bytes) -> None:
    """Fail unless the writer is closed, nothing is published, and all of it can be resumed."""
    await ctx.gone("/d/f", "what was not committed")
    with ctx.refused(WriterClosedError, what="a write after the block"):
        await writer.write(b"late")
    if ctx.capabilities.resumable_writer:
        resumed = await ctx.driver.writer("/d/f", append=True)
        ctx.same(len(content), resumed.size, "the size of the writer that resumes")
        await resumed.commit()
        await ctx.there("/d/f", content, "what was resumed and committed")
