"""Delete: a file or a tree goes, with all that belongs to it and nothing else."""

from hypothesis import strategies as st

from storagedriver.errors import InvalidPathError, PathNotFoundError, PreconditionFailedError
from storagedriver_conformance import draws
from storagedriver_conformance.changing import nothing_changes, parents_go, together
from storagedriver_conformance.context import Context
from storagedriver_conformance.properties import Tier, prop

ROUNDS = 4
RACERS = 8
NOT_DISPOSABLE = "a wrong driver would delete what is not the suite's"
SIBLINGS = ("/a-", "/a-b/x", "/a.b", "/a.b-/x", "/a0", "/aa", "/a_/x", "/b/a")


@prop("delete.file", "A deleted file is nowhere, and can be deleted only once.", tier=Tier.SMOKE)
async def file(ctx: Context) -> None:
    await ctx.driver.put_content("/d/file", b"content")
    await ctx.driver.put_content("/d/other", b"stays")
    await ctx.driver.delete("/d/file")
    await ctx.gone("/d/file", "the deleted file")
    await ctx.there("/d/other", b"stays", "the file beside it")
    async with nothing_changes(ctx, PathNotFoundError, what="a second delete of a file"):
        await ctx.driver.delete("/d/file")


@prop("delete.missing", "Deleting nothing is PathNotFoundError, whatever lies near.")
async def missing(ctx: Context) -> None:
    for path in ("/d/file", "/foobar", "/foo-1/x", "/foo.d/x"):
        await ctx.driver.put_content(path, b"x")
    for path in ("/foo", "/nothing", "/d/fil", "/d/file2", "/d/file/below", "/d/nothing/deep"):
        async with nothing_changes(ctx, PathNotFoundError, what=f"delete of {path}, which is not,"):
            await ctx.driver.delete(path)


@prop(
    "delete.siblings",
    "A delete leaves paths alone that only begin like the deleted one.",
    tier=Tier.SMOKE,
)
async def siblings(ctx: Context) -> None:
    for path in SIBLINGS:
        await ctx.driver.put_content(path, b"stays")
    before = await ctx.files()
    for deleted, at in {"a file": "/a", "a directory": "/a/x/y"}.items():
        await ctx.driver.put_content(at, b"goes")
        await ctx.driver.delete("/a")
        ctx.same(before, await ctx.files(), f"what is left beside {deleted}")
    await ctx.driver.put_content("/a/x", b"stays")
    for path in ("/a-", "/a-b", "/a.b", "/a.b-", "/a0", "/aa", "/a_"):
        await ctx.driver.delete(path)
        await ctx.there("/a/x", b"stays", f"/a/x after a delete of {path}")
    left = {"/a/x": b"stays", "/b/a": b"stays"}
    ctx.same(left, await ctx.files(), "what is left when the siblings are deleted")


@prop("delete.tree", "A deleted directory goes with everything below it, at any depth.")
async def tree(ctx: Context) -> None:
    below = ctx.draw(draws.trees(most=6))
    for number, path in enumerate(below):
        await ctx.driver.put_content(f"/up/tree{path}", ctx.body(10, number))
    await ctx.driver.put_content("/up/tree-", b"stays")
    await ctx.driver.delete("/up/tree")
    await ctx.gone("/up/tree", "the deleted directory")
    for path in below:
        with ctx.refused(PathNotFoundError, what=f"get_content of {path} in a deleted directory"):
            await ctx.driver.get_content(f"/up/tree{path}")
    ctx.same({"/up/tree-": b"stays"}, await ctx.files(), "what is left beside a deleted directory")


@prop("delete.empties-parents", "A directory goes when its last file is deleted.")
async def empties_parents(ctx: Context) -> None:
    await parents_go(ctx, ctx.driver.delete)
    await ctx.driver.put_content("/one/two/three/file", b"x")
    await ctx.driver.delete("/one/two")
    await ctx.gone("/one", "the parent of a deleted directory")


@prop(
    "delete.drops-writers",
    "A delete drops the unfinished writers at and below its path, even where no file is.",
    needs=("resumable_writer",),
)
async def drops_writers(ctx: Context) -> None:
    dropped = ctx.draw(st.sampled_from(["/a", "/a/x", "/a/x/y"]))
    beside = ctx.draw(st.lists(st.sampled_from(["/a-", "/a-/x", "/a.b", "/b/a"]), unique=True))
    file = ctx.draw(st.sampled_from(["/a", "/a/file", None]))
    matched = ctx.draw(st.booleans()) and file == "/a" and ctx.capabilities.conditional_delete
    for path in (dropped, *beside):
        await ctx.pending(path, b"12345")
    if file is None:
        with ctx.refused(PathNotFoundError, what="delete where only an unfinished writer is"):
            await ctx.driver.delete("/a")
    else:
        version = (await ctx.driver.put_content(file, b"file")).version
        await ctx.driver.delete("/a", if_match=version if matched else None)
    left = dict.fromkeys(beside, 5)
    ctx.same(left, await ctx.left_open(), "the unfinished writers that are left")
    with ctx.refused(PathNotFoundError, what=f"resuming {dropped}, which was deleted,"):
        await ctx.driver.writer(dropped, append=True)


@prop(
    "delete.if-match",
    "With if_match a file goes only if its version is still that one.",
    needs=("conditional_delete",),
)
async def if_match(ctx: Context) -> None:
    await ctx.driver.put_content("/d/file", ctx.body(20, 1))
    stale = (await ctx.driver.stat("/d/file")).version
    await ctx.driver.put_content("/d/file", ctx.body(20, 2))
    for version in (stale, "never"):
        what = "delete with a version that is not the file's"
        async with nothing_changes(ctx, PreconditionFailedError, what=what):
            await ctx.driver.delete("/d/file", if_match=version)
    current = (await ctx.driver.stat("/d/file")).version
    await ctx.driver.delete("/d/file", if_match=current)
    await ctx.gone("/d/file", "a file deleted with its version")
    async with nothing_changes(
        ctx, PreconditionFailedError, what="a second delete with the same version"
    ):
        await ctx.driver.delete("/d/file", if_match=current)


@prop(
    "delete.if-match-is-for-files",
    "A delete with if_match of a directory, or of nothing, is PreconditionFailedError.",
    needs=("conditional_delete",),
)
async def if_match_is_for_files(ctx: Context) -> None:
    await ctx.driver.put_content("/d/file", b"content")
    version = (await ctx.driver.stat("/d/file")).version
    for path in ("/d", "/nothing", "/d/fil", "/d/nothing"):
        what = f"delete of {path}, which is no file, with a version"
        async with nothing_changes(ctx, PreconditionFailedError, what=what):
            await ctx.driver.delete(path, if_match=version)


@prop(
    "delete.refused-keeps-writers",
    "A delete that is refused for its condition drops no unfinished writer.",
    needs=("conditional_delete", "resumable_writer"),
)
async def refused_keeps_writers(ctx: Context) -> None:
    await ctx.driver.put_content("/file", b"content")
    await ctx.pending("/file", b"unfinished")
    async with nothing_changes(ctx, PreconditionFailedError, what="delete with a wrong version"):
        await ctx.driver.delete("/file", if_match="never")


@prop(
    "delete.one-deleter-wins",
    "Of several deleters with the same version exactly one wins.",
    needs=("conditional_delete",),
)
async def one_deleter_wins(ctx: Context) -> None:
    for number in range(ROUNDS):
        path = f"/r{number}/file"
        await ctx.driver.put_content(path, ctx.body(20, number))
        version = (await ctx.driver.stat(path)).version
        deletes = [_deleted(ctx, path, version) for _ in range(RACERS)]
        won = [one for one in await together(*deletes, losing=PreconditionFailedError) if one]
        ctx.same(1, len(won), f"how many of {RACERS} deleters won")
        await ctx.gone(path, "the file that one of them deleted")


async def _deleted(ctx: Context, path: str, version: str | None) -> bool:
    await ctx.driver.delete(path, if_match=version)
    return True


@prop("delete.root", "The root cannot be deleted: it is InvalidPathError.", alone=True)
async def root(ctx: Context) -> None:
    if not ctx.target.disposable:
        raise ctx.inapplicable(NOT_DISPOSABLE)
    await ctx.driver.put_content("/file", b"stays")
    top = "/" + ctx.driver.full("/").split("/")[1]
    for listing in (ctx.raw.list, ctx.raw.unfinished, ctx.raw.walk):
        async for info in listing("/"):
            if info.path != top and not info.path.startswith(f"{top}/"):
                raise ctx.inapplicable(NOT_DISPOSABLE)
    with ctx.refused(InvalidPathError, what="delete of the root"):
        await ctx.calls.make("delete('/') of the whole storage", ctx.raw.delete, "/")
    await ctx.there("/file", b"stays", "a file after a delete of the root was refused")
