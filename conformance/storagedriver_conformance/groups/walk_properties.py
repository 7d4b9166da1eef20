"""Walk: everything below a directory, depth first, each once, in the order of paths."""

from collections.abc import Iterable

from storagedriver.paths import order_key, parent_of
from storagedriver.records import FileInfo
from storagedriver_conformance.context import Context
from storagedriver_conformance.groups.list_properties import (
    first_of,
    first_step_refused,
    legal_path,
    plant,
    siblings_of,
)
from storagedriver_conformance.properties import Tier, prop


def everything(files: Iterable[str], folder: str = "/") -> list[str]:
    """Return what a walk of a folder has to give of these files: they, and their directories."""
    prefix = folder.rstrip("/") + "/"
    found = {path for path in files if path.startswith(prefix)}
    for path in list(found):
        while (path := parent_of(path)) != "/" and path.startswith(prefix):
            found.add(path)
    return sorted(found, key=order_key)


@prop(
    "walk.everything",
    "A walk gives every file and directory below, each once, a directory before what is in it.",
    tier=Tier.SMOKE,
)
async def everything_once(ctx: Context) -> None:
    await plant(ctx, "/", ["d/a", "d/sub/one", "d/sub/two", "d/sub/deep/er", "e/other", "top"])
    wanted = [
        ("/d/a", False),
        ("/d/sub", True),
        ("/d/sub/deep", True),
        ("/d/sub/deep/er", False),
        ("/d/sub/one", False),
        ("/d/sub/two", False),
    ]
    walked = [(one.path, one.is_dir) async for one in ctx.driver.walk("/d")]
    ctx.same(wanted, walked, "path and is_dir in the walk of /d")
    around = ["/e", "/e/other", "/top"]
    ctx.same(["/d", *(path for path, _ in wanted), *around], await ctx.below("/"), "the whole walk")
    ctx.same(["/d/sub/deep/er"], await ctx.below("/d/sub/deep"), "the walk of /d/sub/deep")


@prop("walk.order", "Siblings are walked by name: all that is in `a` comes before `a-` and `a.b`.")
async def order(ctx: Context) -> None:
    names = siblings_of(ctx)
    files = [f"/d/{name}" for name in names]
    files += ["/d/a/x-/y", "/d/a/x.y", "/d/a/x0", "/d/a-b/x-y", "/d/a/0/z"]
    await plant(ctx, "/", [path[1:] for path in files])
    ctx.same(everything(files), await ctx.below("/"), "the walk of names around each other")


@prop(
    "walk.missing",
    "To walk nothing or a file is PathNotFoundError, told at the first step.",
    tier=Tier.SMOKE,
)
async def missing(ctx: Context) -> None:
    await plant(ctx, "/d", ["file", "foobar/x"])
    for path in ("/nothing", "/d/file", "/d/file/x", "/d/foo", "/d/foobar/x/y"):
        await first_step_refused(ctx, "walk", path)


@prop(
    "walk.after-a-directory",
    "A walk that starts after a directory goes on with what is in it, and gives it not again.",
    needs=("start_after",),
)
async def after_a_directory(ctx: Context) -> None:
    await plant(ctx, "/", ["d/a/x", "d/a/y/z", "d/a-", "d/b"])
    wanted = ["/d/a/x", "/d/a/y", "/d/a/y/z", "/d/a-", "/d/b"]
    ctx.same(wanted, await ctx.below("/d", start_after="/d/a"), "the walk after /d/a")
    wanted = ["/d/a/y/z", "/d/a-", "/d/b"]
    ctx.same(wanted, await ctx.below("/d", start_after="/d/a/y"), "the walk after /d/a/y")
    ctx.same(["/d/a-", "/d/b"], await ctx.below("/d", start_after="/d/a/y/z"), "after /d/a/y/z")
    ctx.same([], await ctx.below("/d", start_after="/d/b"), "the walk after the last path")


@prop(
    "walk.root",
    "The storage's root is walked from any path on, by legal paths alone.",
    needs=("start_after",),
)
async def root(ctx: Context) -> None:
    await ctx.driver.put_content("/file", b"x")
    own = ctx.driver.namespace
    first = await ctx.calls.make("the first of walk('/')", first_of, ctx.raw.walk("/"))
    ctx.holds(first is not None, "walk('/') gives nothing though something is there")
    entries = ctx.raw.walk("/", start_after=own)
    first = await ctx.calls.make(f"the first of walk('/') after {own}", first_of, entries)
    path = None if first is None else first.path
    ctx.same(f"{own}/file", path, f"the first path of walk('/') after {own}")
    entries = ctx.raw.walk("/", start_after="/zzzz")
    for _ in range(20):
        info = await ctx.calls.make("walk('/') after /zzzz", first_of, entries)
        if info is None:
            break
        legal_path(info.path, "walk('/') after /zzzz")


@prop(
    "walk.missing-start-after",
    "To walk nothing or a file is refused wherever the walk starts.",
    needs=("start_after",),
)
async def missing_start_after(ctx: Context) -> None:
    await plant(ctx, "/d", ["file", "foobar/x"])
    for path in ("/nothing", "/d/file", "/d/foo"):
        for after in ("a", "x/y", "zz"):
            await first_step_refused(ctx, "walk", path, ctx.driver.full(f"{path}/{after}"))


@prop(
    "walk.start-after",
    "A walk starts exactly after any path below, whether it exists or not.",
    needs=("start_after",),
)
async def start_after(ctx: Context) -> None:
    names = ["a/x", "a/y/z", "a/y-/z", "a-", "a-b/x", "a.b/x", "a0", "ab/x", "b"]
    files = [f"/d/{name}" for name in names]
    await plant(ctx, "/d", names)
    found = everything(files, "/d")
    gaps = (
        "- 0 A a-- a-/x a-a a-b/0 a-b/y a.a/x a.c a/0 a/x/y a/x- a/y/0 a/y/zz a/y- a/y-/a a/zz a0/x"
    )
    for after in [*found, *(f"/d/{gap}" for gap in gaps.split()), "/d/aa", "/d/b/x", "/d/zz/z"]:
        wanted = [path for path in found if order_key(path) > order_key(after)]
        ctx.same(wanted, await ctx.below("/d", start_after=after), f"the walk after {after}")


@prop("walk.equals-lists", "A walk gives the records that lists give, directory by directory.")
async def equals_lists(ctx: Context) -> None:
    await plant(ctx, "/", ["a/x", "a/y/z", "a-/x", "a.b", "b/c/d/e", "b/c-", "b/c0/d"])

    async def recursion(folder: str) -> list[FileInfo]:
        found = []
        for info in [one async for one in ctx.driver.list(folder)]:
            found += [info, *(await recursion(info.path) if info.is_dir else [])]
        return found

    for folder in ("/", "/b", "/b/c"):
        walked = [_told(one) async for one in ctx.driver.walk(folder)]
        listed = [_told(one) for one in await recursion(folder)]
        ctx.same(listed, walked, f"path, is_dir, size and version in the walk of {folder}")


def _told(info: FileInfo) -> tuple[str, bool, int, str | None]:
    return info.path, info.is_dir, info.size, info.version
