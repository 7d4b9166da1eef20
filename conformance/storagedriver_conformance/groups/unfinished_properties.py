"""Unfinished writers: they are found, told apart, and dropped one by one."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from storagedriver.errors import PathNotFoundError, WriterClosedError, WriterLostError
from storagedriver.records import UnfinishedInfo
from storagedriver_conformance.context import Context
from storagedriver_conformance.properties import Tier, prop

NEEDS = ("resumable_writer",)

# In the order of paths, which is not that of their letters.
TOGETHER = ["/C", "/a", "/a/x", "/a/x/y", "/a/x-", "/a/y", "/a-", "/a-/x", "/a.b/x", "/a0", "/ab"]
TOGETHER += ["/b/a"]


def _some() -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(TOGETHER), unique=True, min_size=2, max_size=6)


async def _found(ctx: Context, path: str = "/") -> list[UnfinishedInfo]:
    return [info async for info in ctx.driver.unfinished(path)]


async def _one(ctx: Context, path: str) -> UnfinishedInfo:
    found = [info for info in await _found(ctx, path) if info.path == path]
    ctx.same(1, len(found), f"the number of unfinished writers at {path}")
    return found[0]


@prop(
    "unfinished.found",
    "A closed writer is given once, with its path, the bytes that it kept and a time in UTC.",
    tier=Tier.SMOKE,
    needs=NEEDS,
)
async def found(ctx: Context) -> None:
    size = ctx.draw(st.sampled_from([0, 1, 30]))
    start = ctx.draw(st.sampled_from(["/d/f", "/d", "/"]))
    await ctx.pending("/d/f", ctx.body(size))
    infos = await _found(ctx, start)
    seen = [(info.path, info.size) for info in infos]
    ctx.same([("/d/f", size)], seen, f"what is unfinished at and below {start}")
    modified: object = infos[0].modified
    ctx.holds(
        isinstance(modified, datetime) and modified.utcoffset() == timedelta(0),
        "modified is not an aware time in UTC",
        expected=f"a time such as {datetime(2026, 1, 2, tzinfo=UTC)}",
        actual=repr(modified),
    )


@prop(
    "unfinished.none",
    "Where no unfinished writer is, none is given, and nothing is refused.",
    needs=NEEDS,
)
async def none(ctx: Context) -> None:
    path = ctx.draw(st.sampled_from(["/", "/nothing", "/d", "/d/f", "/d/f/x", "/d/committed"]))
    await ctx.driver.put_content("/d/f", b"put")
    await ctx.written("/d/committed", b"committed")
    await (await ctx.driver.writer("/d/cancelled")).cancel()
    ctx.same([], await _found(ctx, path), f"what is unfinished at and below {path}")


@prop(
    "unfinished.of-a-path",
    "unfinished gives those at and below a path, in the order of paths, and not its neighbours.",
    needs=NEEDS,
)
async def of_a_path(ctx: Context) -> None:
    start = ctx.draw(st.sampled_from(["/", "/a", "/a/x", "/a-", "/a.b"]))
    paths = ctx.draw(_some())
    for path in paths:
        await ctx.pending(path)
    prefix = start.rstrip("/") + "/"
    below = [path for path in paths if path == start or path.startswith(prefix)]
    expected = sorted(below, key=TOGETHER.index)
    seen = [info.path for info in await _found(ctx, start)]
    ctx.same(expected, seen, f"what is unfinished at and below {start}")


@prop(
    "unfinished.reads-only",
    "Asking for unfinished writers changes none of them, be they closed or open.",
    needs=NEEDS,
)
async def reads_only(ctx: Context) -> None:
    await ctx.pending("/closed", ctx.body(30, 1))
    async with await ctx.driver.writer("/open") as writer:
        await writer.write(ctx.body(20, 2))
        first = await _one(ctx, "/closed")
        await _found(ctx)
        ctx.same(first, await _one(ctx, "/closed"), "the record when asked again")
        await writer.write(ctx.body(20, 3))
        await writer.commit()
    await ctx.there("/open", ctx.body(20, 2) + ctx.body(20, 3), "what was open meanwhile")
    async with await ctx.driver.writer("/closed", append=True) as resumed:
        await resumed.commit()
    await ctx.there("/closed", ctx.body(30, 1), "what was closed meanwhile")


@prop(
    "unfinished.ids",
    "The id stays while nothing happens, and changes when the writer is resumed or replaced.",
    needs=NEEDS,
)
async def ids(ctx: Context) -> None:
    append = ctx.draw(st.booleans())
    await ctx.pending("/f", b"same")
    before = await _one(ctx, "/f")
    ctx.same(before.id, (await _one(ctx, "/f")).id, "the id when asked again")
    async with await ctx.driver.writer("/f", append=append) as writer:
        if not append:
            await writer.write(b"same")
    after = await _one(ctx, "/f")
    way = "resumed" if append else "replaced"
    ctx.holds(before.id != after.id, f"the id stayed when the writer was {way}", actual=after.id)


@prop(
    "unfinished.discard",
    "discard drops an unfinished writer, and leaves the file that is at its path.",
    tier=Tier.SMOKE,
    needs=NEEDS,
)
async def discard(ctx: Context) -> None:
    await ctx.driver.put_content("/d/f", b"old")
    await ctx.pending("/d/f", ctx.body(30))
    await ctx.driver.discard(await _one(ctx, "/d/f"))
    ctx.same([], await _found(ctx), "what is unfinished after a discard")
    with ctx.refused(PathNotFoundError, what="resuming what was discarded"):
        await ctx.driver.writer("/d/f", append=True)
    await ctx.there("/d/f", b"old", "the file at its path")


@prop(
    "unfinished.discard-again",
    "Discarding what is no longer there does nothing: it was dropped, cancelled or committed.",
    needs=NEEDS,
)
async def discard_again(ctx: Context) -> None:
    since = ctx.draw(st.sampled_from(["discard", "cancel", "commit", "delete"]))
    await ctx.pending("/f", ctx.body(30))
    info = await _one(ctx, "/f")
    files: dict[str, bytes] = {}
    match since:
        case "discard":
            await ctx.driver.discard(info)
        case "delete":
            with ctx.refused(PathNotFoundError, what="delete of a path without a file"):
                await ctx.driver.delete("/f")
        case _:
            await getattr(await ctx.driver.writer("/f", append=True), since)()
            files = {"/f": ctx.body(30)} if since == "commit" else {}
    await ctx.driver.discard(info)
    ctx.same(files, await ctx.files(), f"what is stored after a discard that follows {since}")


@prop(
    "unfinished.discard-stale",
    "Discarding a writer that was resumed or replaced since it was listed does nothing.",
    needs=NEEDS,
)
async def discard_stale(ctx: Context) -> None:
    append, close = ctx.draw(st.booleans()), ctx.draw(st.booleans())
    await ctx.pending("/f", ctx.body(30, 1))
    stale = await _one(ctx, "/f")
    writer = await ctx.driver.writer("/f", append=append)
    await writer.write(ctx.body(20, 2))
    if close:
        await writer.close()
    await ctx.driver.discard(stale)
    if close:
        writer = await ctx.driver.writer("/f", append=True)
    await writer.commit()
    kept = ctx.body(30, 1) if append else b""
    await ctx.there("/f", kept + ctx.body(20, 2), "what was written after the listing")


@prop(
    "unfinished.discard-leaves-the-neighbours",
    "Discarding one unfinished writer leaves those of other paths.",
    needs=NEEDS,
)
async def discard_leaves_the_neighbours(ctx: Context) -> None:
    path, *others = ctx.draw(_some())
    for one in sorted([path, *others]):
        await ctx.pending(one)
    await ctx.driver.discard(await _one(ctx, path))
    left = sorted(others, key=TOGETHER.index)
    ctx.same(left, [info.path for info in await _found(ctx)], f"what is left beside {path}")


@prop(
    "unfinished.discard-of-an-open-one",
    "A writer that is discarded while it is open publishes nothing any more.",
    needs=NEEDS,
)
async def discard_of_an_open_one(ctx: Context) -> None:
    await ctx.pending("/f", ctx.body(30))
    writer = await ctx.driver.writer("/f", append=True)
    infos = await _found(ctx)
    if not infos:
        await writer.cancel()  # one that is being written to need not be given
        return
    await ctx.driver.discard(infos[0])
    with ctx.refused(WriterLostError, WriterClosedError, what="commit of a discarded writer"):
        await writer.commit()
    await ctx.gone("/f", "what was discarded")


@prop(
    "unfinished.elsewhere",
    "Another instance finds unfinished writers, and discards them.",
    needs=("resumable_writer", "shared"),
)
async def elsewhere(ctx: Context) -> None:
    async with ctx.another() as other:
        await ctx.pending("/d/f", ctx.body(30))
        here = [await _one(ctx, "/d/f")]
        there = [info async for info in other.unfinished("/d")]
        ctx.same(here, there, "what is unfinished, asked of another instance")
        await other.discard(there[0])
    ctx.same([], await _found(ctx), "what is unfinished after another instance's discard")
