"""Conditional put: what is created or replaced is exactly what the caller meant."""

from storagedriver.errors import PathConflictError, PreconditionFailedError
from storagedriver_conformance.changing import nothing_changes
from storagedriver_conformance.context import Context
from storagedriver_conformance.draws import MIB
from storagedriver_conformance.properties import Tier, prop

NEEDS = ("conditional_put",)
# What a property may put in all, in bytes.
MOST = 12 * MIB


@prop("cond.create", "With if_none_match a file is created once.", tier=Tier.SMOKE, needs=NEEDS)
async def create(ctx: Context) -> None:
    first, second = ctx.body(20, 1), ctx.body(20, 2)
    await ctx.driver.put_content("/d/file", first, if_none_match=True)
    await ctx.there("/d/file", first, "the created file")
    for content in (second, first, b""):
        async with nothing_changes(ctx, PreconditionFailedError, what="a second creation"):
            await ctx.driver.put_content("/d/file", content, if_none_match=True)
    await ctx.driver.delete("/d/file")
    await ctx.driver.put_content("/d/file", second, if_none_match=True)
    await ctx.there("/d/file", second, "the file that was created again after a delete")


@prop(
    "cond.create-sees-files",
    "A creation is refused however the file came there, and by no other file.",
    needs=NEEDS,
)
async def create_sees_files(ctx: Context) -> None:
    await ctx.driver.put_content("/put", b"")
    await ctx.written("/written", b"written")
    await ctx.driver.put_content("/source", b"moved")
    await ctx.driver.move("/source", "/moved")
    for path in ("/put", "/written", "/moved"):
        async with nothing_changes(ctx, PreconditionFailedError, what=f"a creation of {path}"):
            await ctx.driver.put_content(path, b"new", if_none_match=True)
    for path in ("/source", "/pu", "/put-", "/put.b/file", "/puta"):
        await ctx.driver.put_content(path, b"new", if_none_match=True)
        await ctx.there(path, b"new", "a file created beside others")


@prop(
    "cond.create-beside-writer",
    "An unfinished writer is no file: a creation succeeds and leaves it alone.",
    needs=NEEDS,
)
async def create_beside_writer(ctx: Context) -> None:
    writer = await ctx.driver.writer("/file")
    await writer.write(b"unfinished")
    await ctx.driver.put_content("/file", b"created", if_none_match=True)
    await ctx.there("/file", b"created", "a file created beside an unfinished writer")
    await writer.commit()
    await ctx.there("/file", b"unfinished", "the file that the writer published later")


@prop(
    "cond.create-onto-directory",
    "A directory is no file for a creation: a conflict where names are exclusive, else none.",
    needs=NEEDS,
)
async def create_onto_directory(ctx: Context) -> None:
    await ctx.driver.put_content("/d/file", b"kept")
    for path in ("/d", "/d/file/below"):
        if ctx.capabilities.exclusive_names:
            what = f"a creation of {path}, where no file can be,"
            async with nothing_changes(ctx, PathConflictError, what=what):
                await ctx.driver.put_content(path, b"new", if_none_match=True)
        else:
            await ctx.driver.put_content(path, b"new", if_none_match=True)
            await ctx.there(path, b"new", "a file created at a directory's name or below a file's")


@prop(
    "cond.replace",
    "With if_match a file is replaced if it has that version, whoever told it.",
    tier=Tier.SMOKE,
    needs=NEEDS,
)
async def replace(ctx: Context) -> None:
    number = 0
    version = (await ctx.driver.put_content("/d/file", ctx.body(20, number))).version
    for told in ("put", "stat", "list", "walk", "reader", "commit", "replacement"):
        number += 1
        version = await _version(ctx, told, version)
        content = ctx.body(20, number)
        info = await ctx.driver.put_content("/d/file", content, if_match=version)
        await ctx.there("/d/file", content, f"a file replaced by the version that {told} told")
        version = info.version


async def _version(ctx: Context, told: str, version: str | None) -> str | None:
    """Return the version of `/d/file` as a method tells it; a put told `version`."""
    match told:
        case "stat":
            return (await ctx.driver.stat("/d/file")).version
        case "list":
            return [info.version async for info in ctx.driver.list("/d")].pop()
        case "walk":
            return [info.version async for info in ctx.driver.walk("/d")].pop()
        case "reader":
            async with ctx.driver.reader("/d/file") as reader:
                return reader.info.version
        case "commit":
            return (await ctx.written("/d/file", b"written")).version
        case _:
            return version


@prop(
    "cond.stale",
    "With the version of other bytes nothing is replaced, however they were changed.",
    tier=Tier.SMOKE,
    needs=NEEDS,
)
async def stale(ctx: Context) -> None:
    async def put() -> None:
        await ctx.driver.put_content("/file", ctx.body(20, 2))

    async def write() -> None:
        await ctx.written("/file", ctx.body(20, 3))

    async def move() -> None:
        await ctx.driver.put_content("/source", ctx.body(20, 4))
        await ctx.driver.move("/source", "/file")

    async def recreate() -> None:
        await ctx.driver.delete("/file")
        await ctx.driver.put_content("/file", ctx.body(20, 5))

    await ctx.driver.put_content("/file", ctx.body(20, 1))
    for how, change in {"put": put, "write": write, "move": move, "recreate": recreate}.items():
        version = (await ctx.driver.stat("/file")).version
        await change()
        for given in (version, "never"):
            what = f"a replacement with another version, after a {how},"
            async with nothing_changes(ctx, PreconditionFailedError, what=what):
                await ctx.driver.put_content("/file", ctx.body(20, 6), if_match=given)


@prop(
    "cond.replace-missing",
    "With if_match nothing is created where no file is.",
    needs=NEEDS,
)
async def replace_missing(ctx: Context) -> None:
    await ctx.driver.put_content("/d/file", b"content")
    version = (await ctx.driver.stat("/d/file")).version
    await ctx.driver.put_content("/deleted", b"content")
    deleted = (await ctx.driver.stat("/deleted")).version
    await ctx.driver.delete("/deleted")
    await ctx.pending("/unfinished", b"not committed")
    for path, given in {
        "/nothing": version,
        "/d/fil": version,
        "/unfinished": version,
        "/deleted": deleted,
    }.items():
        what = f"a replacement of {path}, where no file is,"
        async with nothing_changes(ctx, PreconditionFailedError, what=what):
            await ctx.driver.put_content(path, b"new", if_match=given)
    for path in ("/d", "/d/file/below"):
        what = f"a replacement of {path}, which is no file,"
        either = (PreconditionFailedError, PathConflictError)
        async with nothing_changes(ctx, *either, what=what):
            await ctx.driver.put_content(path, b"new", if_match=version)


@prop("cond.both", "Both conditions at once are a ValueError.", needs=NEEDS)
async def both(ctx: Context) -> None:
    await ctx.driver.put_content("/file", b"kept")
    version = (await ctx.driver.stat("/file")).version
    for path in ("/file", "/nothing"):
        async with nothing_changes(ctx, ValueError, what="a put with both conditions"):
            await ctx.driver.put_content(path, b"new", if_match=version, if_none_match=True)


@prop(
    "cond.keeps-writers",
    "A put that is refused for its condition leaves an unfinished writer alone.",
    needs=(*NEEDS, "resumable_writer"),
)
async def keeps_writers(ctx: Context) -> None:
    await ctx.driver.put_content("/file", b"kept")
    await ctx.pending("/file", b"unfinished")
    async with nothing_changes(ctx, PreconditionFailedError, what="a refused creation"):
        await ctx.driver.put_content("/file", b"new", if_none_match=True)
    async with nothing_changes(ctx, PreconditionFailedError, what="a refused replacement"):
        await ctx.driver.put_content("/file", b"new", if_match="never")
    writer = await ctx.driver.writer("/file", append=True)
    await writer.commit()
    await ctx.there("/file", b"unfinished", "what the writer had")


@prop("cond.version-lasts", "The version of a file stays the same while nobody changes it.")
async def version_lasts(ctx: Context) -> None:
    await ctx.driver.put_content("/d/file", b"content")
    version = (await ctx.driver.stat("/d/file")).version
    await ctx.content("/d/file")
    await ctx.driver.put_content("/d/file2", b"other")
    await ctx.pending("/d/file", b"unfinished")
    await ctx.driver.move("/d/file2", "/d/file3")
    await ctx.driver.delete("/d/file3")
    ctx.same(version, (await ctx.driver.stat("/d/file")).version, "a version after other changes")
    if ctx.capabilities.shared:
        async with ctx.another() as other:
            told = (await other.stat("/d/file")).version
            ctx.same(version, told, "a version that another instance tells")


@prop("cond.large", "Conditions hold for large contents too, up to what a put takes.", needs=NEEDS)
async def large(ctx: Context) -> None:
    for size in _large(ctx):
        content = ctx.body(size, 1)
        info = await ctx.driver.put_content("/file", content, if_none_match=True)
        await ctx.there("/file", content, f"a created file of {size:,} bytes")
        with ctx.refused(PreconditionFailedError, what=f"a second creation of {size:,} bytes"):
            await ctx.driver.put_content("/file", content[::-1], if_none_match=True)
        with ctx.refused(PreconditionFailedError, what=f"a wrong replacement of {size:,} bytes"):
            await ctx.driver.put_content("/file", content[::-1], if_match="never")
        await ctx.there("/file", content, f"a file of {size:,} bytes after refused puts")
        content = content[1:] + b"x"
        await ctx.driver.put_content("/file", content, if_match=info.version)
        await ctx.there("/file", content, f"a replaced file of {size:,} bytes")
        await ctx.driver.delete("/file")


def _large(ctx: Context) -> list[int]:
    """Return sizes around the driver's parts and below the most that a put takes."""
    part, most = ctx.limits.min_part or MIB, ctx.limits.max_put or MOST
    sizes = {65_537, part, part + 1, 2 * part + 1, most - 1, most}
    return sorted(size for size in sizes if 0 < size <= min(most, MOST // 2))
