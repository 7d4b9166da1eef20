"""Names: a file where a directory is needed is a conflict, or both exist, as is declared."""

from hypothesis import strategies as st

from storagedriver.errors import PathConflictError
from storagedriver_conformance.changing import nothing_changes, together
from storagedriver_conformance.context import Context
from storagedriver_conformance.properties import prop

EXCLUSIVE = ("exclusive_names",)
RESUMES = ("resumable_writer",)
ROUNDS = 6


@prop(
    "names.put",
    "Where names are exclusive, a put far below a file or far above one is PathConflictError.",
    needs=EXCLUSIVE,
)
async def put(ctx: Context) -> None:
    await ctx.driver.put_content("/f", b"kept")
    await ctx.driver.put_content("/d/e/f/file", b"kept")
    await ctx.pending("/d/e/f/unfinished", b"kept")
    for path in ("/f/x", "/f/x/y/z", "/d/e/f", "/d/e", "/d"):
        what = f"put of {path}, where no file can be,"
        async with nothing_changes(ctx, PathConflictError, what=what):
            await ctx.driver.put_content(path, b"new")


@prop("names.unfinished", "An unfinished writer keeps no name from being a file or a directory.")
async def unfinished(ctx: Context) -> None:
    await ctx.pending("/d/x", b"unfinished")
    await ctx.pending("/f", b"unfinished")
    await ctx.driver.put_content("/d", b"file")
    await ctx.driver.put_content("/f/x/y", b"below")
    await ctx.there("/d", b"file", "a file above an unfinished writer")
    await ctx.there("/f/x/y", b"below", "a file below an unfinished writer")
    ctx.same(["/d", "/f"], await ctx.children("/"), "the list of the parent")


@prop(
    "names.committed",
    "Where names are exclusive, a commit where no file can be any more keeps what was written.",
    needs=EXCLUSIVE,
)
async def committed(ctx: Context) -> None:
    for path, other in (("/d", "/d/file"), ("/f/x", "/f"), ("/g/x/y/z", "/g/x")):
        async with await ctx.driver.writer(path) as writer:
            await writer.write(b"written")
            await ctx.driver.put_content(other, b"in the way")
            what = f"commit of {path} after a put of {other}"
            async with nothing_changes(ctx, PathConflictError, what=what, but=(path,)):
                await writer.commit()
        await ctx.driver.move(other, "/away")
        if ctx.capabilities.resumable_writer:
            writer = await ctx.driver.writer(path, append=True)
            await writer.commit()
            await ctx.there(path, b"written", "what was kept when the commit was refused")


@prop(
    "names.moved",
    "Where names are exclusive, a move onto a directory or below a file is PathConflictError.",
    needs=EXCLUSIVE,
)
async def moved(ctx: Context) -> None:
    for path in ("/source", "/f", "/d/e/file"):
        await ctx.driver.put_content(path, b"kept")
    for source, destination in (
        ("/source", "/d"),
        ("/source", "/d/e"),
        ("/source", "/f/x"),
        ("/source", "/f/x/y"),
        ("/d/e/file", "/d/e"),
        ("/d/e/file", "/d"),
    ):
        what = f"move of {source} to {destination}"
        async with nothing_changes(ctx, PathConflictError, what=what):
            await ctx.driver.move(source, destination)


@prop(
    "names.one-of-two",
    "Where names are exclusive, of a put and a put below it at once exactly one succeeds.",
    needs=EXCLUSIVE,
)
async def one_of_two(ctx: Context) -> None:
    for number in range(ROUNDS):
        paths = [f"/r{number}/x", f"/r{number}/x/y"]
        puts = [ctx.driver.put_content(path, b"content") for path in paths]
        answers = await together(*puts, losing=PathConflictError)
        won = {info.path for info in answers if info is not None}
        ctx.same(1, len(won), "how many puts won")
        ctx.same(won, set(await ctx.files(f"/r{number}")), "which file is stored")


async def _both(ctx: Context, what: str) -> None:
    """Fail the property unless `/d/n` is a file of `file` and a directory of `/d/n/x`."""
    await ctx.there("/d/n", b"file", f"the file, {what},")
    await ctx.there("/d/n/x", b"below", f"what is below the file, {what},")
    ctx.same(["/d/n", "/d/o"], await ctx.children("/d"), f"the parent's list, {what},")
    ctx.same(["/d/n/x"], await ctx.children("/d/n"), f"the list of what is both, {what},")
    ctx.same(["/d/n/x"], await ctx.below("/d/n"), f"the walk of what is both, {what},")
    everything = ["/d", "/d/n", "/d/n/x", "/d/o"]
    ctx.same(everything, await ctx.below("/"), f"the walk of everything, {what},")


@prop(
    "names.both-written",
    "Where names are not exclusive, a writer makes a file of a directory, and the reverse.",
    absent=EXCLUSIVE,
)
async def both_written(ctx: Context) -> None:
    await ctx.driver.put_content("/d/o", b"x")
    await ctx.written("/d/n", b"file")
    await ctx.written("/d/n/x", b"below")
    await _both(ctx, "written below")
    await ctx.driver.delete("/d/n")
    await ctx.written("/d/n/x", b"below")
    await ctx.written("/d/n", b"file")
    await _both(ctx, "written onto")


@prop(
    "names.both-moved",
    "Where names are not exclusive, a move takes or gives the file, and leaves what is below.",
    absent=EXCLUSIVE,
)
async def both_moved(ctx: Context) -> None:
    driver = ctx.driver
    await driver.put_content("/d/o", b"x")
    await driver.put_content("/d/n/x", b"below")
    await driver.put_content("/source", b"file")
    await driver.move("/source", "/d/n")
    await _both(ctx, "moved onto a directory")
    await driver.move("/d/n", "/source")
    ctx.holds((await driver.stat("/d/n")).is_dir, "what is left of a moved file is no directory")
    await driver.move("/d/n/x", "/d/n")
    await ctx.there("/d/n", b"below", "a file moved onto its own parent")
    ctx.same(["/d", "/d/n", "/d/o", "/source"], await ctx.below("/"), "the walk after that")
    await driver.move("/d/n", "/m")
    await driver.move("/source", "/d/n")
    await driver.move("/m", "/d/n/x")
    await _both(ctx, "moved below a file")


@prop(
    "names.both-deleted",
    "Where names are not exclusive, a delete takes the file and what is below.",
    absent=EXCLUSIVE,
)
async def both_deleted(ctx: Context) -> None:
    for path, content in {"/d/o": b"x", "/d/n": b"file", "/d/n/x": b"below"}.items():
        await ctx.driver.put_content(path, content)
    await ctx.driver.delete("/d/n/x")
    await ctx.there("/d/n", b"file", "the file when what was below is deleted")
    await ctx.driver.put_content("/d/n/x", b"below")
    await _both(ctx, "put again")
    await ctx.driver.delete("/d/n")
    await ctx.gone("/d/n", "what was both")
    ctx.same({"/d/o": b"x"}, await ctx.files(), "what is stored after the delete")


@prop(
    "writers.resume-below",
    "Unfinished writers of a path and of one below it are two; the file there decides at commit.",
    needs=RESUMES,
)
async def resume_below(ctx: Context) -> None:
    path, other = ctx.draw(st.sampled_from([("/a", "/a/x"), ("/a/x", "/a")]))
    await ctx.pending(other, ctx.body(11, 1))
    await ctx.pending(path, ctx.body(22, 2))
    ctx.same({other: 11, path: 22}, await ctx.left_open(), "what is unfinished")
    async with await ctx.driver.writer(path, append=True) as writer:
        ctx.same(22, writer.size, f"the size of the writer that resumes {path}")
        await writer.commit()
    ctx.same({path: ctx.body(22, 2)}, await ctx.files(), "what is stored")
    ctx.same({other: 11}, await ctx.left_open(), "what is still unfinished")
