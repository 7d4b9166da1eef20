"""Tracking: what every method tells after each change, and what other instances tell."""

from storagedriver_conformance import draws
from storagedriver_conformance.context import Context
from storagedriver_conformance.groups.list_properties import plant
from storagedriver_conformance.groups.walk_properties import everything
from storagedriver_conformance.properties import prop


@prop(
    "content.recreated",
    "A path that was deleted or moved away, and put again, is a new file.",
)
async def recreated(ctx: Context) -> None:
    old, new = ctx.body(3_000, 1), ctx.body(20, 2)
    await ctx.driver.put_content("/d/file", old)
    await ctx.there("/d/file", old, "the first file")
    await ctx.driver.delete("/d/file")
    await ctx.gone("/d/file", "the deleted file")
    await ctx.driver.put_content("/d/file", new)
    await ctx.there("/d/file", new, "the file put after a delete")
    await ctx.driver.move("/d/file", "/d/away")
    await ctx.gone("/d/file", "the file that was moved away")
    await ctx.driver.put_content("/d/file", old)
    await ctx.there("/d/file", old, "the file put after a move")
    await ctx.there("/d/away", new, "the file that was moved away")
    await ctx.driver.delete("/d")
    await ctx.written("/d/file", new)
    await ctx.there("/d/file", new, "the file written after its directory was deleted")
    await ctx.driver.delete("/d")
    await ctx.driver.put_content("/d", old)
    await ctx.there("/d", old, "a file where a directory was")


@prop(
    "list.tracks",
    "A list is right at once after each put, commit, move, cancel and delete.",
)
async def list_tracks(ctx: Context) -> None:
    await plant(ctx, "/d", ["a", "b"])
    ctx.same(["/d/a", "/d/b"], await ctx.children("/d"), "the list after two puts")
    writer = await ctx.driver.writer("/d/c/x")
    await writer.write(b"written")
    ctx.same(["/d/a", "/d/b"], await ctx.children("/d"), "the list beside a writer")
    await writer.commit()
    ctx.same(["/d/a", "/d/b", "/d/c"], await ctx.children("/d"), "the list after a commit")
    await ctx.driver.move("/d/c/x", "/d/0")
    ctx.same(["/d/0", "/d/a", "/d/b"], await ctx.children("/d"), "the list after a move")
    writer = await ctx.driver.writer("/d/w")
    await writer.write(b"unfinished")
    await writer.cancel()
    await ctx.driver.delete("/d/a")
    ctx.same(["/d/0", "/d/b"], await ctx.children("/d"), "the list after cancel and delete")
    for path in ("/d/0", "/d/b"):
        await ctx.driver.delete(path)
    await ctx.gone("/d", "a directory whose files were deleted")


@prop("list.unfinished", "What writers hold shows in no list and no walk, open or closed.")
async def list_without_unfinished(ctx: Context) -> None:
    part = min(ctx.limits.min_part or 1_000, 5 * draws.MIB)
    await plant(ctx, "/d", ["file"])
    await ctx.pending("/d/sub/closed", ctx.body(part + 5))
    async with await ctx.driver.writer("/d/open") as writer:
        await writer.write(ctx.body(part + 5, 1))
        ctx.same(["/d", "/d/file"], await ctx.below("/"), "the walk beside unfinished writers")
        ctx.same(["/d/file"], await ctx.children("/d"), "the list beside unfinished writers")
        await ctx.gone("/d/sub", "a directory that only a writer is in")
        await writer.cancel()


@prop("walk.tracks", "A walk is right at once after each put, commit, move and delete.")
async def walk_tracks(ctx: Context) -> None:
    await plant(ctx, "/d", ["a", "b/x"])
    files = {"/d/a", "/d/b/x"}
    ctx.same(everything(files), await ctx.below("/"), "the walk after two puts")
    await ctx.written("/d/b/y/z", b"written")
    files.add("/d/b/y/z")
    ctx.same(everything(files), await ctx.below("/"), "the walk after a commit")
    await ctx.driver.move("/d/b/x", "/d/c/x")
    files = files - {"/d/b/x"} | {"/d/c/x"}
    ctx.same(everything(files), await ctx.below("/"), "the walk after a move")
    await ctx.driver.delete("/d/b")
    ctx.same(everything(["/d/a", "/d/c/x"]), await ctx.below("/"), "the walk after a delete")


@prop(
    "content.seen-by-others",
    "What one instance changed, another that had looked before sees at once.",
    needs=("shared",),
)
async def seen_by_others(ctx: Context) -> None:
    await ctx.driver.put_content("/d/file", b"before")
    await ctx.there("/d/file", b"before", "the file")
    await ctx.gone("/d/sub/new", "a file that is not yet there")
    ctx.same(["/d", "/d/file"], await ctx.below("/"), "the walk before")
    async with ctx.another() as other:
        await other.put_content("/d/file", b"replaced elsewhere")
        await other.put_content("/d/sub/new", b"new")
        await ctx.there("/d/file", b"replaced elsewhere", "a file replaced elsewhere")
        await ctx.there("/d/sub/new", b"new", "a file put elsewhere")
        found = await ctx.below("/")
        ctx.same(["/d", "/d/file", "/d/sub", "/d/sub/new"], found, "the walk after puts elsewhere")
        await other.move("/d/sub/new", "/d/moved")
        await ctx.gone("/d/sub", "a directory emptied elsewhere")
        await ctx.there("/d/moved", b"new", "a file moved elsewhere")
        await other.delete("/d")
        await ctx.gone("/d/file", "a file deleted elsewhere")
        await ctx.gone("/d", "a directory deleted elsewhere")
