"""Writers: from opening one to the commit that publishes what was written."""

from hypothesis import strategies as st

from storagedriver.protocol import Content
from storagedriver_conformance import draws
from storagedriver_conformance.context import Context
from storagedriver_conformance.properties import Tier, prop


@prop("writers.publish", "A commit publishes exactly what was written.", tier=Tier.SMOKE)
async def publish(ctx: Context) -> None:
    content = ctx.body(ctx.draw(st.integers(0, 40)), ctx.draw(draws.seeds()))
    chunks = draws.cut(content, ctx.draw(draws.splits(len(content))))
    info = await ctx.written("/d/f", *chunks)
    ctx.same(("/d/f", len(content), False), (info.path, info.size, info.is_dir), "commit's record")
    await ctx.there("/d/f", content, "the committed file")


@prop(
    "writers.empty",
    "A writer that was given nothing, or only empty chunks, publishes an empty file.",
    tier=Tier.SMOKE,
)
async def empty(ctx: Context) -> None:
    chunks = ctx.draw(st.integers(0, 2))
    await ctx.written("/d/f", *[b""] * chunks)
    await ctx.there("/d/f", b"", "the empty file")


@prop(
    "writers.invisible",
    "Until commit, nothing that reads finds a new file, nor a directory for it.",
    tier=Tier.SMOKE,
)
async def invisible(ctx: Context) -> None:
    async with await ctx.driver.writer("/d/e/f") as writer:
        await _nowhere(ctx, "just after opening")
        await writer.write(ctx.body(30))
        await _nowhere(ctx, "after a write")
    await _nowhere(ctx, "after close")


async def _nowhere(ctx: Context, when: str) -> None:
    for path in ("/d/e/f", "/d/e", "/d"):
        await ctx.gone(path, f"{path}, where a writer is, {when}")
    ctx.same([], await ctx.children("/"), f"the list of the root {when}")


@prop(
    "writers.old-until-commit",
    "Until commit, the file that is there stays what it was, to its version.",
)
async def old_until_commit(ctx: Context) -> None:
    old = ctx.body(50, 1)
    await ctx.driver.put_content("/d/f", old)
    before = await ctx.driver.stat("/d/f")
    async with await ctx.driver.writer("/d/f") as writer:
        ctx.same(0, writer.size, "the size of a writer over a file")
        await ctx.there("/d/f", old, "the old file, just after a writer was opened")
        await writer.write(ctx.body(20, 2))
        await ctx.there("/d/f", old, "the old file, after a write")
    await ctx.there("/d/f", old, "the old file, after close")
    ctx.same(before, await ctx.driver.stat("/d/f"), "stat of the old file")


@prop(
    "writers.replaces",
    "A commit over a longer, shorter or equal-sized file leaves the new bytes alone.",
)
async def replaces(ctx: Context) -> None:
    old = ctx.body(ctx.draw(st.sampled_from([0, 20, 40, 60])), 1)
    new = ctx.body(ctx.draw(st.sampled_from([0, 40])), 2)
    before = await ctx.driver.put_content("/d/f", old)
    after = await ctx.written("/d/f", new)
    await ctx.there("/d/f", new, "the replaced file")
    ctx.holds(
        old == new or before.version != after.version,
        "a commit left the version of the file that it replaced with other bytes",
        actual=str(after.version),
    )


@prop("writers.size", "size is what was accepted so far, at every moment, also at the end.")
async def size(ctx: Context) -> None:
    pieces = ctx.draw(st.lists(st.sampled_from([0, 1, 7, 30]), max_size=4))
    end = ctx.draw(st.sampled_from(["commit", "close"]))
    writer = await ctx.driver.writer("/f")
    ctx.same(0, writer.size, "the size of a new writer")
    for number, piece in enumerate(pieces, start=1):
        await writer.write(ctx.body(piece, number))
        ctx.same(sum(pieces[:number]), writer.size, f"the size after {number} writes")
    await getattr(writer, end)()
    ctx.same(sum(pieces), writer.size, f"the size after {end}")


@prop("writers.buffers", "A chunk is bytes, bytearray or memoryview, and is not kept.")
async def buffers(ctx: Context) -> None:
    kind = ctx.draw(st.sampled_from(["bytes", "bytearray", "memoryview", "slice"]))
    content = ctx.body(300)
    buffer = bytearray(100)
    async with await ctx.driver.writer("/f") as writer:
        for at in range(0, 300, 100):
            buffer[:] = content[at : at + 100]
            await writer.write(_as(kind, buffer))
        buffer[:] = bytes(100)
        await writer.commit()
    await ctx.there("/f", content, f"what was written from a {kind} that was used again")


def _as(kind: str, buffer: bytearray) -> Content:
    match kind:
        case "bytes":
            return bytes(buffer)
        case "bytearray":
            return buffer
        case "memoryview":
            return memoryview(buffer)
        case _:
            return memoryview(b"--" + buffer + b"--")[2:-2]


@prop("writers.two-paths", "Two writers that take turns share nothing.")
async def two_paths(ctx: Context) -> None:
    ours = [ctx.body(50, seed) for seed in (1, 2)]
    theirs = [ctx.body(60, seed) for seed in (3, 4)]
    async with await ctx.driver.writer("/x/f") as first, await ctx.driver.writer("/y/f") as second:
        for one, other in zip(ours, theirs, strict=True):
            await first.write(one)
            await second.write(other)
        await first.commit()
        await ctx.there("/x/f", b"".join(ours), "the first")
        await ctx.gone("/y/f", "the second, not committed yet")
        await second.commit()
    await ctx.there("/y/f", b"".join(theirs), "the second")
