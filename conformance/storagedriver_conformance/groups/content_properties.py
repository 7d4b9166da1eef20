"""Content: what was put is what is got, whatever the bytes and whatever was there before."""

from hypothesis import strategies as st

from storagedriver.errors import PathNotFoundError
from storagedriver_conformance import draws
from storagedriver_conformance.context import Context
from storagedriver_conformance.properties import Tier, prop

KIB = 1024


@prop(
    "content.empty", "An empty file exists, has size 0, is listed, read and moved.", tier=Tier.SMOKE
)
async def empty(ctx: Context) -> None:
    await ctx.driver.put_content("/d/empty", b"")
    await ctx.there("/d/empty", b"", "the empty file")
    await ctx.driver.move("/d/empty", "/d/moved")
    await ctx.there("/d/moved", b"", "the moved empty file")
    await ctx.gone("/d/empty", "its former path")


@prop(
    "content.replaced",
    "A put over a longer, shorter or equal-sized file leaves the new bytes alone.",
)
async def replaced(ctx: Context) -> None:
    old = ctx.body(ctx.draw(draws.sizes(ctx.limits)), 1)
    new = ctx.body(ctx.draw(draws.sizes(ctx.limits)), 2)
    await ctx.driver.put_content("/a/b", old)
    await ctx.driver.put_content("/a/b", new)
    await ctx.there("/a/b", new, "the replaced file")


@prop("content.buffers", "bytes, bytearray and memoryview are taken alike, and copied.")
async def buffers(ctx: Context) -> None:
    content = ctx.body(1000)
    mutable = bytearray(content)
    await ctx.driver.put_content("/array", mutable)
    mutable[:] = bytes(len(mutable))
    await ctx.there("/array", content, "a bytearray that was changed after the put")
    await ctx.driver.put_content("/view", memoryview(b"xx" + content + b"xx")[2:-2])
    await ctx.there("/view", content, "a slice of a memoryview")


@prop("content.verbatim", "No byte is added, dropped, decoded or translated.")
async def verbatim(ctx: Context) -> None:
    special = [
        b"\0\0\0",
        b"a\r\nb\r\n",
        b"\xef\xbb\xbftext",
        b"\x1f\x8b\x08\0gz",
        b"end\n",
        b" x ",
        b"\xff\xfe",
    ]
    content = special[ctx.draw(st.integers(0, len(special) - 1))]
    await ctx.driver.put_content("/verbatim", content)
    await ctx.there("/verbatim", content, "the file")


@prop("content.own-key", "Files of equal size under equal names in two directories never mix.")
async def own_key(ctx: Context) -> None:
    first, second = ctx.body(100, 1), ctx.body(100, 2)
    await ctx.driver.put_content("/x/name", first)
    await ctx.driver.put_content("/y/name", second)
    await ctx.there("/x/name", first, "the first")
    await ctx.there("/y/name", second, "the second")


@prop("content.roundtrip", "What was put is what is got, for any bytes.", tier=Tier.SMOKE)
async def roundtrip(ctx: Context) -> None:
    path = ctx.draw(draws.paths())
    content = ctx.body(ctx.draw(draws.sizes(ctx.limits)), ctx.draw(draws.seeds()))
    info = await ctx.driver.put_content(path, content)
    ctx.same((path, len(content), False), (info.path, info.size, info.is_dir), "the put's record")
    await ctx.there(path, content, path)


@prop(
    "content.missing",
    "Getting nothing, a directory or a path below a file is PathNotFoundError.",
    tier=Tier.SMOKE,
)
async def missing(ctx: Context) -> None:
    await ctx.driver.put_content("/d/file", b"x")
    for path in ("/nothing", "/d", "/d/fil", "/d/file2", "/d/file/below"):
        with ctx.refused(PathNotFoundError, what=f"get_content of {path}"):
            await ctx.driver.get_content(path)
        with ctx.refused(PathNotFoundError, what=f"a reader of {path}"):
            await ctx.content(path)


@prop(
    "content.equal-bytes", "Equal bytes under two paths are two files: one may go or be replaced."
)
async def equal_bytes(ctx: Context) -> None:
    content = ctx.body(5_000)
    for path in ("/first", "/second", "/third"):
        await ctx.driver.put_content(path, content)
    await ctx.driver.delete("/first")
    await ctx.driver.put_content("/third", b"other")
    await ctx.there("/second", content, "a file whose bytes two others had")
    await ctx.driver.put_content("/second", content)
    await ctx.there("/second", content, "a file that was put again as it was")


@prop("content.large", "Files around 64 KiB, 1 MiB and above come back whole.")
async def large(ctx: Context) -> None:
    for size in (64 * KIB - 1, 64 * KIB, 64 * KIB + 1, draws.MIB, draws.MIB + 1, 3 * draws.MIB + 7):
        if size > (ctx.limits.max_put or size):
            break
        content = ctx.body(size, 3)
        info = await ctx.driver.put_content("/large", content)
        ctx.same(size, info.size, f"the size in the record of a put of {size:,} bytes")
        ctx.same(content, await ctx.driver.get_content("/large"), f"get_content of {size:,} bytes")
        ctx.same(content, await ctx.content("/large"), f"a reader of {size:,} bytes")
