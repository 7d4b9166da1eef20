"""Writers: a second one on a path takes it over, and the former owner can do no more harm."""

from contextlib import suppress

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from storagedriver.errors import StorageDriverError, WriterLostError
from storagedriver_conformance.context import Context
from storagedriver_conformance.properties import prop
from storagedriver_conformance.viewed import ViewedWriter

FIRST, SECOND, THIRD = 30, 20, 10


def _calls() -> SearchStrategy[str]:
    return st.sampled_from(["write", "close", "commit"])


def _appends(ctx: Context) -> SearchStrategy[bool]:
    return st.sampled_from([False, True] if ctx.capabilities.resumable_writer else [False])


async def _call(writer: ViewedWriter, call: str) -> None:
    if call == "write":
        await writer.write(b"too late")
    else:
        await getattr(writer, call)()


async def _open(ctx: Context, seed: int) -> ViewedWriter:
    writer = await ctx.driver.writer("/d/f")
    await writer.write(ctx.body(FIRST, seed))
    return writer


async def _goes_on(ctx: Context, owner: ViewedWriter, kept: bytes) -> None:
    """Fail unless the owner can write more and publish all of its own bytes, and those alone."""
    more = ctx.body(THIRD, 3)
    await owner.write(more)
    ctx.same(len(kept) + len(more), owner.size, "the size of the writer that owns the path")
    await owner.commit()
    await ctx.there("/d/f", kept + more, "what the owner committed")


@prop(
    "writers.lost",
    "Once another writer has its path, a writer's write, close and commit are WriterLostError.",
)
async def lost(ctx: Context) -> None:
    call, append = ctx.draw(_calls()), ctx.draw(_appends(ctx))
    former = await _open(ctx, 1) if ctx.draw(st.booleans()) else await ctx.driver.writer("/d/f")
    owner = await ctx.driver.writer("/d/f", append=append)
    with ctx.refused(WriterLostError, what=f"{call} of a writer that lost its path"):
        await _call(former, call)
    await ctx.gone("/d/f", "what nobody committed")
    await owner.cancel()


@prop(
    "writers.lost-changes-nothing",
    "What a writer does after it lost its path changes nothing for the one that owns it.",
)
async def lost_changes_nothing(ctx: Context) -> None:
    calls = ctx.draw(st.lists(_calls(), min_size=1, max_size=2))
    append = ctx.draw(_appends(ctx))
    former = await _open(ctx, 1)
    owner = await ctx.driver.writer("/d/f", append=append)
    kept = ctx.body(FIRST, 1)[: owner.size] + ctx.body(SECOND, 2)
    await owner.write(ctx.body(SECOND, 2))
    for call in calls:
        with suppress(StorageDriverError):
            await _call(former, call)
    await _goes_on(ctx, owner, kept)


@prop(
    "writers.lost-cancel",
    "A cancel by a writer that lost its path, closed or open, leaves the one that owns it alone.",
)
async def lost_cancel(ctx: Context) -> None:
    append, close = ctx.draw(_appends(ctx)), ctx.draw(st.booleans())
    former = await _open(ctx, 1)
    if close:
        await former.close()
    owner = await ctx.driver.writer("/d/f", append=append)
    kept = ctx.body(FIRST, 1)[: owner.size] + ctx.body(SECOND, 2)
    await owner.write(ctx.body(SECOND, 2))
    await former.cancel()
    await _goes_on(ctx, owner, kept)


@prop(
    "writers.lost-for-good",
    "A writer that lost its path has lost it, whatever then becomes of the other.",
)
async def lost_for_good(ctx: Context) -> None:
    call = ctx.draw(_calls())
    end = ctx.draw(st.sampled_from(["commit", "close", "cancel"]))
    former = await _open(ctx, 1)
    owner = await ctx.driver.writer("/d/f")
    await owner.write(ctx.body(SECOND, 2))
    await getattr(owner, end)()
    with ctx.refused(WriterLostError, what=f"{call} after the other writer's {end}"):
        await _call(former, call)
    if end == "commit":
        await ctx.there("/d/f", ctx.body(SECOND, 2), "what the other committed")
    else:
        await ctx.gone("/d/f", "what nobody committed")
    if ctx.capabilities.resumable_writer:
        left = {"/d/f": SECOND} if end == "close" else {}
        ctx.same(left, await ctx.left_open(), f"what is unfinished after the other's {end}")


@prop(
    "writers.lost-twice",
    "Of three writers that were opened on a path, only the last one owns it.",
)
async def lost_twice(ctx: Context) -> None:
    lost = [await _open(ctx, 1), await _open(ctx, 2)]
    owner = await ctx.driver.writer("/d/f")
    for number, former in enumerate(lost, start=1):
        with ctx.refused(WriterLostError, what=f"commit of writer {number} of three"):
            await former.commit()
    await ctx.gone("/d/f", "what nobody committed")
    await _goes_on(ctx, owner, b"")


@prop(
    "writers.lost-block",
    "Leaving the block of a writer that lost its path publishes nothing and drops nothing.",
)
async def lost_block(ctx: Context) -> None:
    former = await _open(ctx, 1)
    with suppress(WriterLostError):
        async with former:
            owner = await ctx.driver.writer("/d/f")
            await owner.write(ctx.body(SECOND, 2))
    await ctx.gone("/d/f", "what nobody committed")
    await _goes_on(ctx, owner, ctx.body(SECOND, 2))


@prop(
    "writers.lost-elsewhere",
    "A writer of another instance takes the path over just as well.",
    needs=("shared",),
)
async def lost_elsewhere(ctx: Context) -> None:
    call, append = ctx.draw(_calls()), ctx.draw(_appends(ctx))
    former = await _open(ctx, 1)
    async with ctx.another() as other:
        owner = await other.writer("/d/f", append=append)
        kept = ctx.body(FIRST, 1)[: owner.size]
        with ctx.refused(WriterLostError, what=f"{call} of a writer that lost to another instance"):
            await _call(former, call)
        await _goes_on(ctx, owner, kept)
