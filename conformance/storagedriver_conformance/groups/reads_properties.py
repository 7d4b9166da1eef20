"""Reads: a reader gives a range of one version of a file, exactly."""

from hypothesis import strategies as st

from storagedriver.errors import InvalidOffsetError, PathNotFoundError
from storagedriver_conformance import draws
from storagedriver_conformance.context import Context
from storagedriver_conformance.properties import Tier, prop

KIB = 1024
MANY = 64 * draws.MIB


@prop(
    "reads.every-range",
    "A reader gives exactly the bytes from its offset on, for its length or to the end.",
    tier=Tier.SMOKE,
)
async def every_range(ctx: Context) -> None:
    for size in (0, 1, 5):
        content = ctx.body(size)
        await ctx.driver.put_content("/file", content)
        for offset in range(size + 1):
            for length in (None, *range(size - offset + 2)):
                read = await ctx.content("/file", offset=offset, length=length)
                end = None if length is None else offset + length
                what = f"a reader of {size} bytes with offset {offset} and length {length}"
                ctx.same(content[offset:end], read, what)


@prop("reads.edges", "Ranges that begin or end at the edges of pieces and parts are exact.")
async def edges(ctx: Context) -> None:
    content = ctx.body(min(draws.MIB + 70_000, ctx.limits.max_put or MANY))
    size = len(content)
    await ctx.driver.put_content("/file", content)
    ctx.same(content, await ctx.content("/file"), f"a reader of {size:,} bytes")
    around = {0, 64 * KIB, 128 * KIB, draws.MIB, ctx.limits.min_part or 0, size}
    places = sorted({at + step for at in around for step in (-1, 0, 1) if 0 <= at + step <= size})
    for offset in places:
        for length in (None, 1, 64 * KIB, size):
            end = None if length is None else offset + length
            read = await ctx.content("/file", offset=offset, length=length)
            ctx.same(content[offset:end], read, f"offset {offset:,} and length {length}")


@prop("reads.slices", "A reader of any range of a file of any size gives that slice of it.")
async def slices(ctx: Context) -> None:
    size = ctx.draw(draws.sizes(ctx.limits))
    content = ctx.body(size)
    offset = ctx.draw(st.one_of(st.integers(0, size), st.sampled_from([0, size // 2, size])))
    length = ctx.draw(st.one_of(st.none(), st.integers(0, size + 1)))
    await ctx.driver.put_content("/file", content)
    end = None if length is None else offset + length
    read = await ctx.content("/file", offset=offset, length=length)
    ctx.same(content[offset:end], read, f"offset {offset:,} and length {length} of {size:,}")


@prop("reads.beyond", "An offset that is negative or beyond the end is InvalidOffsetError.")
async def beyond(ctx: Context) -> None:
    for size in (0, 10):
        await ctx.driver.put_content("/file", ctx.body(size))
        for offset in (size + 1, size + 100, 10**12, -1, -size - 1):
            for length in (None, 0, 1):
                what = f"offset {offset} and length {length} of {size} bytes"
                with ctx.refused(InvalidOffsetError, what=what):
                    await ctx.content("/file", offset=offset, length=length)


@prop("reads.negative-length", "A negative length is a ValueError, and so is one at the very end.")
async def negative_length(ctx: Context) -> None:
    await ctx.driver.put_content("/file", b"0123456789")
    for offset in (0, 5, 10):
        for length in (-1, -5):
            with ctx.refused(ValueError, what=f"offset {offset} and length {length}"):
                await ctx.content("/file", offset=offset, length=length)


@prop("reads.refused-on-entering", "What keeps a file from being read is told on entering.")
async def refused_on_entering(ctx: Context) -> None:
    await ctx.driver.put_content("/d/file", b"0123456789")
    for path in ("/nothing", "/d", "/d/file/below"):
        for offset, length in ((0, None), (5, None), (0, 0), (3, 2)):
            with ctx.refused(PathNotFoundError, what=f"entering a reader of {path}"):
                async with ctx.driver.reader(path, offset=offset, length=length):
                    pass
    for offset in (11, -1):
        with ctx.refused(InvalidOffsetError, what=f"entering a reader at {offset} of 10 bytes"):
            async with ctx.driver.reader("/d/file", offset=offset):
                pass
    with ctx.refused(ValueError, what="entering a reader of length -1"):
        async with ctx.driver.reader("/d/file", length=-1):
            pass


@prop("reads.info", "A reader's record is the whole file's, whatever part is read.")
async def info(ctx: Context) -> None:
    await ctx.driver.put_content("/d/file", ctx.body(1_000))
    stat = await ctx.driver.stat("/d/file")
    wanted = (stat.path, stat.size, stat.is_dir, stat.version)
    for offset, length in ((0, None), (0, 0), (1, None), (10, 5), (999, 1), (1_000, None)):
        async with ctx.driver.reader("/d/file", offset=offset, length=length) as reader:
            found = reader.info
            seen = (found.path, found.size, found.is_dir, found.version)
            what = f"path, size, is_dir and version of a reader with offset {offset}"
            ctx.same(wanted, seen, f"{what} and length {length}")
            async for _ in reader:
                pass
            ctx.same(found, reader.info, "a reader's record after its bytes")


@prop("reads.parts", "A file of three parts is read whole, and by ranges over the parts' edges.")
async def parts(ctx: Context) -> None:
    part = min(
        ctx.limits.min_part or draws.MIB, 5 * draws.MIB, (ctx.limits.max_object or MANY) // 3
    )
    content = ctx.body(2 * part + 11, 5)
    await ctx.written("/big", content[:part], content[part : part + 3], content[part + 3 :])
    ctx.same(content, await ctx.driver.get_content("/big"), "get_content of three parts")
    ctx.same(content, await ctx.content("/big"), "a reader of three parts")
    for edge in (part, 2 * part):
        for offset in (edge - 1, edge, edge + 1):
            read = await ctx.content("/big", offset=offset, length=10)
            ctx.same(content[offset : offset + 10], read, f"10 bytes at {offset:,}")
    read = await ctx.content("/big", offset=part - 1, length=part + 2)
    ctx.same(content[part - 1 : 2 * part + 1], read, "a range over all three parts")
