"""Writers: going on where a closed one stopped, or one whose driver was closed."""

from hypothesis import strategies as st

from storagedriver.errors import PathNotFoundError
from storagedriver_conformance.context import Context
from storagedriver_conformance.properties import Tier, prop

RESUMES = ("resumable_writer",)
ALIKE = ["/a", "/a-", "/ab", "/a.b", "/b/a", "/b/a0", "/a0/a"]


@prop(
    "writers.resume",
    "A resumed writer goes on where the closed one stopped; size tells from where.",
    tier=Tier.SMOKE,
    needs=RESUMES,
)
async def resume(ctx: Context) -> None:
    first = ctx.body(ctx.draw(st.sampled_from([0, 1, 30])), 1)
    second = ctx.body(ctx.draw(st.sampled_from([0, 20])), 2)
    await ctx.pending("/d/f", first)
    async with await ctx.driver.writer("/d/f", append=True) as writer:
        ctx.same(len(first), writer.size, "the size of a resumed writer")
        await writer.write(second)
        ctx.same(len(first) + len(second), writer.size, "its size after a write")
        await ctx.gone("/d/f", "what is resumed but not committed")
        await writer.commit()
    await ctx.there("/d/f", first + second, "the resumed file")


@prop(
    "writers.resume-again",
    "A writer that is closed and resumed several times loses and doubles nothing.",
    needs=RESUMES,
)
async def resume_again(ctx: Context) -> None:
    pieces = ctx.draw(st.lists(st.sampled_from([0, 1, 30]), min_size=2, max_size=5))
    chunks = [ctx.body(size, seed) for seed, size in enumerate(pieces)]
    await ctx.pending("/f", chunks[0])
    for number, chunk in enumerate(chunks[1:], start=1):
        async with await ctx.driver.writer("/f", append=True) as writer:
            ctx.same(sum(pieces[:number]), writer.size, f"the size when resumed for the {number}.")
            await writer.write(chunk)
    async with await ctx.driver.writer("/f", append=True) as writer:
        await writer.commit()
    await ctx.there("/f", b"".join(chunks), "the resumed file")


@prop(
    "writers.resume-beside-a-file",
    "A resumed writer holds its own bytes alone; its commit replaces the file that is there.",
    needs=RESUMES,
)
async def resume_beside_a_file(ctx: Context) -> None:
    old, first, second = ctx.body(50, 1), ctx.body(20, 2), ctx.body(10, 3)
    await ctx.driver.put_content("/f", old)
    await ctx.pending("/f", first)
    async with await ctx.driver.writer("/f", append=True) as writer:
        ctx.same(len(first), writer.size, "the size of a writer resumed beside a file")
        await writer.write(second)
        await ctx.there("/f", old, "the old file")
        await writer.commit()
    await ctx.there("/f", first + second, "the file that replaced it")


async def _put(ctx: Context) -> None:
    await ctx.driver.put_content("/f", b"kept")


async def _committed(ctx: Context) -> None:
    await ctx.written("/f", b"kept")


async def _cancelled(ctx: Context) -> None:
    await (await ctx.driver.writer("/f")).cancel()


async def _resumed_and_committed(ctx: Context) -> None:
    await ctx.pending("/f", b"kept")
    async with await ctx.driver.writer("/f", append=True) as writer:
        await writer.commit()


async def _resumed_and_cancelled(ctx: Context) -> None:
    await ctx.pending("/f", b"begun")
    writer = await ctx.driver.writer("/f", append=True)
    await writer.write(b"more")
    await writer.cancel()


async def _below(ctx: Context) -> None:
    await ctx.pending("/f/x", b"kept")


# What leaves nothing to resume at /f.
NOTHING_LEFT = {
    "a put": _put,
    "a commit": _committed,
    "a cancel": _cancelled,
    "a resumed writer's commit": _resumed_and_committed,
    "a resumed writer's cancel": _resumed_and_cancelled,
    "a writer below": _below,
}


@prop(
    "writers.resume-nothing",
    "Where nothing is unfinished, to resume is PathNotFoundError and leaves nothing.",
    needs=RESUMES,
)
async def resume_nothing(ctx: Context) -> None:
    before = ctx.draw(st.sampled_from([*NOTHING_LEFT]))
    await NOTHING_LEFT[before](ctx)
    left = {"/f/x": 4} if before == "a writer below" else {}
    ctx.same(left, await ctx.left_open(), f"what is unfinished after {before}")
    with ctx.refused(PathNotFoundError, what=f"resuming after {before}"):
        await ctx.driver.writer("/f", append=True)
    ctx.same(left, await ctx.left_open(), "what is unfinished after the refusal")
    files = {"/f": b"kept"} if before.endswith(("put", "commit")) else {}
    ctx.same(files, await ctx.files(), "what is stored after the refusal")


@prop(
    "writers.afresh",
    "A writer without append starts from nothing, and drops what an earlier one left.",
    needs=RESUMES,
)
async def afresh(ctx: Context) -> None:
    await ctx.pending("/f", ctx.body(50, 1))
    new = ctx.body(20, 2)
    async with await ctx.driver.writer("/f") as writer:
        ctx.same(0, writer.size, "the size of a writer that starts afresh")
        await writer.write(new)
    ctx.same({"/f": len(new)}, await ctx.left_open(), "what is unfinished after starting afresh")
    async with await ctx.driver.writer("/f", append=True) as writer:
        await writer.commit()
    await ctx.there("/f", new, "what was written afresh")


@prop(
    "writers.resume-neighbours",
    "Unfinished writers of paths that begin alike are resumed, and end, each by itself.",
    needs=RESUMES,
)
async def resume_neighbours(ctx: Context) -> None:
    path, *others = ctx.draw(st.lists(st.sampled_from(ALIKE), unique=True, min_size=2))
    end = ctx.draw(st.sampled_from(["commit", "cancel"]))
    bodies = {one: ctx.body(20 + seed, seed) for seed, one in enumerate([path, *others])}
    for one in sorted(bodies):
        await ctx.pending(one, bodies[one])
    writer = await ctx.driver.writer(path, append=True)
    ctx.same(len(bodies[path]), writer.size, f"the size of the writer that resumes {path}")
    await getattr(writer, end)()
    ctx.same({path: bodies[path]} if end == "commit" else {}, await ctx.files(), "what is stored")
    left = {one: len(bodies[one]) for one in others}
    ctx.same(left, await ctx.left_open(), "what is still unfinished")


@prop(
    "writers.resume-elsewhere",
    "Another instance resumes what one has closed.",
    needs=("resumable_writer", "shared"),
)
async def resume_elsewhere(ctx: Context) -> None:
    first, second = ctx.body(30, 1), ctx.body(20, 2)
    async with ctx.another() as other:
        await ctx.pending("/d/f", first)
        async with await other.writer("/d/f", append=True) as writer:
            ctx.same(len(first), writer.size, "the size in the other instance")
            await writer.write(second)
            await writer.commit()
    await ctx.there("/d/f", first + second, "what another instance finished")


@prop(
    "writers.open-at-the-end",
    "A writer that is open when its driver is closed may be resumed, without a byte it never had.",
    needs=("resumable_writer", "shared"),
)
async def open_at_the_end(ctx: Context) -> None:
    first, second = ctx.body(30, 1), ctx.body(20, 2)
    async with ctx.another() as other:
        writer = await other.writer("/d/f")
        await writer.write(first)
    await ctx.gone("/d/f", "what was not committed when its driver was closed")
    async with await ctx.driver.writer("/d/f", append=True) as resumed:
        kept = resumed.size
        ctx.holds(kept <= len(first), "more was kept than was written", actual=str(kept))
        await resumed.write(second)
        await resumed.commit()
    await ctx.there("/d/f", first[:kept] + second, "what was resumed")
