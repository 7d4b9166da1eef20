"""Writers: what other calls mean to one that is unfinished, and it to them."""

from hypothesis import strategies as st

from storagedriver.errors import (
    PathConflictError,
    WriterClosedError,
    WriterLostError,
)
from storagedriver_conformance.context import Context
from storagedriver_conformance.properties import prop
from storagedriver_conformance.viewed import ViewedWriter

NEW = 30


async def _open(ctx: Context, path: str) -> ViewedWriter:
    writer = await ctx.driver.writer(path)
    await writer.write(ctx.body(NEW, 1))
    return writer


async def _replace(ctx: Context, path: str, way: str, content: bytes) -> None:
    """Put a content at a path, or move it there."""
    if way == "put":
        await ctx.driver.put_content(path, content)
    else:
        await ctx.driver.put_content("/elsewhere", content)
        await ctx.driver.move("/elsewhere", path)


@prop(
    "writers.put-beside",
    "A put or a move onto a writer's path is seen at once, and leaves the writer alive.",
)
async def put_beside(ctx: Context) -> None:
    way = ctx.draw(st.sampled_from(["put", "move"]))
    close = ctx.draw(
        st.sampled_from([False, True] if ctx.capabilities.resumable_writer else [False])
    )
    old = ctx.body(50, 2)
    writer = await _open(ctx, "/d/f")
    if close:
        await writer.close()
    await _replace(ctx, "/d/f", way, old)
    await ctx.there("/d/f", old, f"the file of the {way}")
    if close:
        writer = await ctx.driver.writer("/d/f", append=True)
    await writer.write(ctx.body(NEW, 3))
    await writer.commit()
    await ctx.there("/d/f", ctx.body(NEW, 1) + ctx.body(NEW, 3), "what the writer then committed")


@prop(
    "writers.delete-drops",
    "Deleting a file drops its path's unfinished writer, which cannot publish any more.",
    reason="It tells what becomes of an open writer; delete.drops-writers tells it of closed ones.",
)
async def delete_drops(ctx: Context) -> None:
    await ctx.driver.put_content("/d/f", b"old")
    writer = await _open(ctx, "/d/f")
    await ctx.driver.delete("/d/f")
    with ctx.refused(WriterLostError, WriterClosedError, what="commit after a delete of the path"):
        await writer.commit()
    await ctx.gone("/d/f", "the deleted file")


@prop(
    "writers.conflict-keeps",
    "A commit that a new file or directory forbids is PathConflictError, and keeps it all.",
    needs=("exclusive_names", "resumable_writer"),
)
async def conflict_keeps(ctx: Context) -> None:
    path, obstacle = ctx.draw(st.sampled_from([("/a", "/a/x"), ("/a/x", "/a")]))
    end = ctx.draw(st.sampled_from(["close", "cancel"]))
    writer = await _open(ctx, path)
    await ctx.driver.put_content(obstacle, b"in the way")
    with ctx.refused(PathConflictError, what=f"commit of {path} beside {obstacle}"):
        await writer.commit()
    ctx.same({obstacle: b"in the way"}, await ctx.files(), "what is stored after the refusal")
    await getattr(writer, end)()
    left = {path: NEW} if end == "close" else {}
    ctx.same(left, await ctx.left_open(), f"what is unfinished after the refusal and {end}")
