"""Stat: what is told of a file or a directory is true, at once, and told alike everywhere."""

from storagedriver.errors import PathNotFoundError
from storagedriver.records import FileInfo
from storagedriver_conformance.context import Context
from storagedriver_conformance.properties import Tier, prop


@prop(
    "stat.directory",
    "A directory's record has size 0, no time and no version, by stat, list and walk.",
)
async def directory(ctx: Context) -> None:
    await ctx.driver.put_content("/d/sub/file", ctx.body(100))
    listed = [one async for one in ctx.driver.list("/d")]
    walked = [one async for one in ctx.driver.walk("/d") if one.is_dir]
    for what, found in {
        "stat": [await ctx.driver.stat("/d/sub")],
        "list": listed,
        "walk": walked,
    }.items():
        wanted = [FileInfo(path="/d/sub", is_dir=True)]
        ctx.same(wanted, found, f"what {what} tells of a directory")


@prop("stat.root", "The storage's root is a directory, whatever is in it.", tier=Tier.SMOKE)
async def root(ctx: Context) -> None:
    await ctx.driver.put_content("/file", b"x")
    found = await ctx.calls.make("stat of the storage's root", ctx.raw.stat, "/")
    ctx.same(FileInfo(path="/", is_dir=True), found, "the record of the storage's root")


@prop(
    "stat.missing",
    "Nothing is found at a path because a longer name, or a file above it, is there.",
)
async def missing(ctx: Context) -> None:
    await ctx.driver.put_content("/d/foobar", b"x")
    await ctx.driver.put_content("/d/foo-1/x", b"x")
    await ctx.driver.put_content("/d/foo.b", b"x")
    await ctx.driver.put_content("/bar0/x", b"x")
    for path in (
        "/d/foo",
        "/bar",
        "/d/fo",
        "/d/foobar/x",
        "/d/foo-1/x/y",
        "/nothing",
        "/D/nothing",
    ):
        with ctx.refused(PathNotFoundError, what=f"stat of {path}, where nothing is"):
            await ctx.driver.stat(path)


@prop("stat.among-siblings", "A file and a directory are found among siblings that sort around it.")
async def among_siblings(ctx: Context) -> None:
    for name in ("a-", "a-b/x", "a.b", "a.b.c/x", "a/x", "a0", "ab/x", "b", "b-/x", "b0"):
        await ctx.driver.put_content(f"/d/{name}", b"12")
    for path in ("/d/a", "/d/a-b", "/d/a.b.c", "/d/ab", "/d/b-"):
        seen = await ctx.driver.stat(path)
        ctx.same((path, 0, True), (seen.path, seen.size, seen.is_dir), f"the record of {path}")
    for path in ("/d/a-", "/d/a.b", "/d/a/x", "/d/b", "/d/b0"):
        seen = await ctx.driver.stat(path)
        ctx.same((path, 2, False), (seen.path, seen.size, seen.is_dir), f"the record of {path}")
