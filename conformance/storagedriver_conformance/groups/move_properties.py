"""Move: a file goes to another path whole, at once, and leaves nothing behind."""

from storagedriver.errors import InvalidPathError, PathNotFoundError
from storagedriver_conformance.changing import nothing_changes, parents_go
from storagedriver_conformance.context import Context
from storagedriver_conformance.draws import MIB
from storagedriver_conformance.properties import Tier, prop


@prop(
    "move.moves",
    "A moved file is at its destination, and nowhere at its source.",
    tier=Tier.SMOKE,
)
async def moves(ctx: Context) -> None:
    content = ctx.body(100)
    await ctx.driver.put_content("/from/file", content)
    await ctx.driver.move("/from/file", "/to/a/deep/place")
    await ctx.there("/to/a/deep/place", content, "the moved file")
    await ctx.gone("/from/file", "its former path")


@prop("move.replaces", "A move onto a file replaces it wholly, be it longer or shorter.")
async def replaces(ctx: Context) -> None:
    content = ctx.body(50, 1)
    for size in (0, 49, 50, 51, 5000):
        await ctx.driver.put_content("/d/old", ctx.body(size, 2))
        await ctx.driver.put_content("/s/new", content)
        await ctx.driver.move("/s/new", "/d/old")
        await ctx.there("/d/old", content, f"a file moved onto one of {size:,} bytes")
        await ctx.gone("/s/new", "its former path")


@prop(
    "move.missing",
    "Moving what is no file is PathNotFoundError, and leaves the destination alone.",
    tier=Tier.SMOKE,
)
async def missing(ctx: Context) -> None:
    await ctx.driver.put_content("/destination", b"kept")
    await ctx.driver.put_content("/d/file2", b"longer name")
    await ctx.pending("/unfinished", b"not committed")
    for source in ("/nothing", "/d/file", "/d", "/d/file2/below", "/unfinished"):
        for destination in ("/destination", "/elsewhere/new"):
            what = f"move of {source}, which is no file,"
            async with nothing_changes(ctx, PathNotFoundError, what=what):
                await ctx.driver.move(source, destination)


@prop("move.onto-itself", "A move onto itself does nothing if the file exists.", tier=Tier.SMOKE)
async def onto_itself(ctx: Context) -> None:
    await ctx.driver.put_content("/d/file", b"kept")
    await ctx.driver.move("/d/file", "/d/file")
    await ctx.there("/d/file", b"kept", "a file moved onto itself")
    for path in ("/nothing", "/d", "/d/fil"):
        async with nothing_changes(ctx, PathNotFoundError, what=f"move of {path} onto itself"):
            await ctx.driver.move(path, path)


@prop("move.below-itself", "A move of a file below itself is InvalidPathError.")
async def below_itself(ctx: Context) -> None:
    await ctx.driver.put_content("/d/file", b"kept")
    for destination in ("/d/file/below", "/d/file/far/below"):
        async with nothing_changes(ctx, InvalidPathError, what="move of a file below itself"):
            await ctx.driver.move("/d/file", destination)
    for destination in ("/d/file-", "/d/file.b", "/d/files/below"):
        await ctx.driver.move("/d/file", destination)
        await ctx.there(destination, b"kept", "a file moved beside itself")
        await ctx.driver.move(destination, "/d/file")


@prop("move.siblings", "A move touches no file beside its source or its destination.")
async def siblings(ctx: Context) -> None:
    for name in ("/a", "/b"):
        for number, end in enumerate(("", "-", ".b", "0", "a", "_/x", "-b/x")):
            await ctx.driver.put_content(name + end, ctx.body(20, number))
    before = await ctx.files()
    await ctx.driver.move("/a", "/b")
    expected = {path: content for path, content in before.items() if path != "/a"}
    expected["/b"] = before["/a"]
    ctx.same(expected, await ctx.files(), "what is stored after a move between siblings")


@prop("move.source-is-free", "What is later written at the source leaves the moved file alone.")
async def source_is_free(ctx: Context) -> None:
    first, second = ctx.body(30, 1), ctx.body(20, 2)
    await ctx.driver.put_content("/source", first)
    await ctx.driver.move("/source", "/destination")
    with ctx.refused(PathNotFoundError, what="a second move of what was moved"):
        await ctx.driver.move("/source", "/other")
    await ctx.driver.put_content("/source", second)
    await ctx.there("/destination", first, "the moved file after a put at its source")
    await ctx.there("/source", second, "the new file at the source")
    await ctx.driver.delete("/source")
    await ctx.there("/destination", first, "the moved file after a delete of its source")
    await ctx.driver.move("/destination", "/source")
    await ctx.there("/source", first, "the file that was moved back")


@prop("move.empties-parents", "A directory goes when its last file is moved away.")
async def empties_parents(ctx: Context) -> None:
    await parents_go(ctx, lambda path: ctx.driver.move(path, "/elsewhere/file"))


@prop(
    "move.leaves-writers",
    "A move takes no unfinished writer along, and leaves those at both paths alone.",
    needs=("resumable_writer",),
)
async def leaves_writers(ctx: Context) -> None:
    for path, size in {"/source": 7, "/destination": 9, "/d/below": 11}.items():
        await ctx.pending(path, ctx.body(size, 3))
    await ctx.driver.put_content("/source", b"moved")
    await ctx.driver.move("/source", "/destination")
    await ctx.driver.move("/destination", "/d/other")
    await ctx.there("/d/other", b"moved", "the moved file")
    expected = {"/d/below": 11, "/destination": 9, "/source": 7}
    ctx.same(expected, await ctx.left_open(), "the unfinished writers after the moves")
    writer = await ctx.driver.writer("/source", append=True)
    await writer.commit()
    await ctx.there("/source", ctx.body(7, 3), "what the source's writer had")


@prop("move.sizes", "A file of any size is moved whole, one of several parts too.")
async def sizes(ctx: Context) -> None:
    part = ctx.limits.min_part or MIB
    for size in sorted({0, 1, 4096, 65_536, 65_537, part, 2 * part + 1}):
        content = ctx.body(size, size % 7)
        await ctx.written("/d/source", content)
        await ctx.driver.move("/d/source", "/d/destination")
        await ctx.there("/d/destination", content, f"a moved file of {size:,} bytes")
        await ctx.gone("/d/source", "its former path")
