"""List: the direct children of a directory, each once, in the order of their names."""

from collections.abc import AsyncIterator, Sequence

from storagedriver.errors import InvalidPathError, PathNotFoundError
from storagedriver.paths import check_path, child_of, name_of
from storagedriver.records import FileInfo
from storagedriver_conformance.context import Context
from storagedriver_conformance.findings import Violation
from storagedriver_conformance.properties import Tier, prop

# A directory among what sorts before, within and after it where whole keys are sorted as text.
SIBLINGS = """
- 0 0a 1/x 10 2 A A0/x B/x _ _a/x a/x a- a--/x a-b/x a-b.c a-b.c-d/x a.b a.b.c/x a0 a00/x a_b/x
aa ab/x ab-c b/x b.0/x
"""
# What may be begun after: what is there, and what is not, in every gap.
STARTS = """
- 0 A _ a a- a-- a-a a-b a-b.c a-c a. a.a a.b a.b.c a.c a0 a00 aA a_ aa ab abc b b- b0 c zz
"""


def siblings_of(ctx: Context) -> list[str]:
    """Return the names that lie around each other, without capitals where case tells nothing."""
    names = SIBLINGS.split()
    if ctx.capabilities.case_sensitive:
        return names
    return [name for name in names if name == name.lower()]


async def plant(ctx: Context, folder: str, names: Sequence[str]) -> None:
    """Put files, in an order that is not the one of their names."""
    for name in [*names[1::2], *reversed(names[::2])]:
        await ctx.driver.put_content(child_of(folder, name), name.encode())


@prop(
    "list.children",
    "A directory lists the files and directories right in it, each once, and no others.",
    tier=Tier.SMOKE,
)
async def children(ctx: Context) -> None:
    files = ["/d/b", "/d/a", "/d/sub/one", "/d/sub/two", "/d/sub/deep/er", "/e/other", "/top"]
    await plant(ctx, "/", [path[1:] for path in files])
    for folder, wanted in {
        "/d": [("/d/a", False), ("/d/b", False), ("/d/sub", True)],
        "/d/sub": [("/d/sub/deep", True), ("/d/sub/one", False), ("/d/sub/two", False)],
        "/d/sub/deep": [("/d/sub/deep/er", False)],
        "/": [("/d", True), ("/e", True), ("/top", False)],
    }.items():
        listed = [(one.path, one.is_dir) async for one in ctx.driver.list(folder)]
        ctx.same(wanted, listed, f"path and is_dir in the list of {folder}")


@prop("list.siblings", "A directory does not list what lies in a sibling whose name begins alike.")
async def siblings(ctx: Context) -> None:
    await plant(ctx, "/d", ["a/x", "a-/y", "a-b", "a.b/y", "a0/y", "ab", "ab.c/y"])
    ctx.same(["/d/a/x"], await ctx.children("/d/a"), "the list of /d/a")
    ctx.same(["/d/a-/y"], await ctx.children("/d/a-"), "the list of /d/a-")
    ctx.same(["/d/a/x"], await ctx.below("/d/a"), "the walk of /d/a")


@prop("list.order", "A list ascends by name, where `a` comes before `a-` and `a.b`, file or not.")
async def order(ctx: Context) -> None:
    names = siblings_of(ctx)
    await plant(ctx, "/d", names)
    wanted = sorted({f"/d/{name.partition('/')[0]}" for name in names})
    ctx.same(wanted, await ctx.children("/d"), "the list of names around each other")


@prop(
    "list.missing",
    "To list nothing or a file is PathNotFoundError, told at the first step.",
    tier=Tier.SMOKE,
)
async def missing(ctx: Context) -> None:
    await plant(ctx, "/d", ["file", "foobar/x"])
    for path in ("/nothing", "/d/file", "/d/file/x", "/d/foo", "/d/fil", "/d/foobar/x/y"):
        await first_step_refused(ctx, "list", path)


async def first_step_refused(
    ctx: Context, method: str, path: str, after: str | None = None
) -> None:
    """Fail the property unless the call itself is taken, and its first step refused."""
    text = f"{method}({path!r}" + (")" if after is None else f", start_after={after!r})")
    call = getattr(ctx.raw, method)
    try:
        entries = ctx.calls.now(text, call, ctx.driver.full(path), start_after=after)
    except PathNotFoundError as error:
        message = f"{text} raises when it is called, not at its first step"
        raise Violation(message, actual=repr(error)) from error
    with ctx.refused(PathNotFoundError, what=f"the first step of {text}"):
        await ctx.calls.make(f"the first step of {text}", first_of, entries)


async def first_of(entries: AsyncIterator[FileInfo]) -> FileInfo | None:
    """Return what a listing gives first, or None where it gives nothing."""
    return await anext(entries, None)


@prop(
    "list.root",
    "The storage's root lists what is in it, by legal names, and never fails.",
    needs=("start_after",),
)
async def root(ctx: Context) -> None:
    await ctx.driver.put_content("/file", b"x")
    own = "/" + ctx.driver.namespace.split("/")[1]
    before = own[1:11] + "d"  # one letter before what all namespaces begin with
    first = await ctx.calls.make("the first of list('/')", first_of, ctx.raw.list("/"))
    ctx.holds(first is not None, "list('/') gives nothing though something is there")
    entries = ctx.raw.list("/", start_after=before)
    first = await ctx.calls.make(f"the first of list('/') after {before}", first_of, entries)
    ctx.holds(first is not None and first.path <= own, f"list('/') does not give {own}")
    for after in ("Z", "zzzz"):
        entries = ctx.raw.list("/", start_after=after)
        for _ in range(20):
            info = await ctx.calls.make(f"list('/') after {after}", first_of, entries)
            if info is None:
                break
            legal_path(info.path, f"list('/') after {after}")
            ctx.holds(name_of(info.path) > after, f"list('/') after {after} gives {info.path}")


def legal_path(path: str, what: str) -> None:
    """Fail the property unless a path follows the grammar."""
    try:
        check_path(path)
    except InvalidPathError as error:
        raise Violation(f"{what} gives what is no legal path", actual=str(error)) from error


@prop(
    "list.after-a-directory",
    "A list that starts after a directory gives neither it again nor what is in it.",
    needs=("start_after",),
)
async def after_a_directory(ctx: Context) -> None:
    await plant(ctx, "/d", ["a", "b/x", "b/y", "b-", "c"])
    listed = await ctx.children("/d", start_after="b")
    ctx.same(["/d/b-", "/d/c"], listed, "the list after the directory b")
    ctx.same([], await ctx.children("/d/b", start_after="y"), "the list after its last name")
    ctx.same(["/d/b/y"], await ctx.children("/d/b", start_after="x"), "the list after a file")


@prop(
    "list.missing-start-after",
    "To list nothing or a file is refused wherever the list starts.",
    needs=("start_after",),
)
async def missing_start_after(ctx: Context) -> None:
    await plant(ctx, "/d", ["file", "foobar/x"])
    for path in ("/nothing", "/d/file", "/d/foo"):
        for after in ("a", "x", "zz"):
            await first_step_refused(ctx, "list", path, after)


@prop(
    "list.start-after",
    "A list starts exactly after any name, whether it exists or not.",
    needs=("start_after",),
)
async def start_after(ctx: Context) -> None:
    names = siblings_of(ctx)
    await plant(ctx, "/d", names)
    found = sorted({name.partition("/")[0] for name in names})
    for after in STARTS.split():
        wanted = [f"/d/{name}" for name in found if name > after]
        ctx.same(wanted, await ctx.children("/d", start_after=after), f"the list after {after!r}")
