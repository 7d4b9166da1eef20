"""Stat: sizes, versions and times follow what happens to a file, and are told alike everywhere."""

from datetime import UTC, datetime, timedelta

from storagedriver.paths import parent_of
from storagedriver.records import FileInfo
from storagedriver_conformance.context import Context
from storagedriver_conformance.properties import prop

DAY = timedelta(days=1)


async def _told(ctx: Context, path: str) -> dict[str, FileInfo]:
    """Return what each reading method tells of a file."""
    async with ctx.driver.reader(path) as reader:
        read = reader.info
    listed = [one async for one in ctx.driver.list(parent_of(path)) if one.path == path]
    walked = [one async for one in ctx.driver.walk("/") if one.path == path]
    ctx.same((1, 1), (len(listed), len(walked)), f"how often list and walk tell of {path}")
    stat = await ctx.driver.stat(path)
    return {"stat": stat, "reader": read, "list": listed[0], "walk": walked[0]}


@prop("stat.agrees", "Put, commit, stat, list, walk and readers tell one size and one version.")
async def agrees(ctx: Context) -> None:
    put = await ctx.driver.put_content("/d/put", ctx.body(10))
    again = await ctx.driver.put_content("/d/put", ctx.body(2_000, 1))
    ctx.holds(put.version != again.version, "a replaced file keeps its version")
    committed = await ctx.written("/d/written", ctx.body(1_500, 2), ctx.body(30, 3))
    await ctx.driver.put_content("/d/source", ctx.body(70, 4))
    await ctx.driver.move("/d/source", "/d/moved")
    moved = await ctx.driver.stat("/d/moved")
    for how, info in {"put": again, "commit": committed, "move": moved}.items():
        for method, told in (await _told(ctx, info.path)).items():
            wanted, seen = (info.size, info.version), (told.size, told.version)
            ctx.same(wanted, seen, f"size and version by {method} of a file after its {how}")


@prop("stat.tracks", "Size and version follow each put, commit, move and delete at once.")
async def tracks(ctx: Context) -> None:
    sizes: dict[str | None, int] = {}
    for size, change in ((10, "put"), (3, "put"), (700, "commit"), (20, "move"), (0, "put")):
        content = ctx.body(size)
        match change:
            case "put":
                await ctx.driver.put_content("/d/file", content)
            case "commit":
                await ctx.written("/d/file", content)
            case _:
                await ctx.driver.put_content("/other", content)
                await ctx.driver.move("/other", "/d/file")
        for method, told in (await _told(ctx, "/d/file")).items():
            ctx.same(size, told.size, f"the size by {method} after a {change} of {size} bytes")
            sizes.setdefault(told.version, size)
            ctx.same(size, sizes[told.version], f"the size that the version by {method} stood for")
    await ctx.driver.delete("/d/file")
    await ctx.gone("/d/file", "the deleted file")


@prop("stat.versions", "Versions differ whenever the bytes do, however fast they are replaced.")
async def versions(ctx: Context) -> None:
    seen: dict[str | None, bytes] = {}
    head = ctx.body(100)
    for number in range(12):
        content = head + bytes([number])  # of one size, and different at the very end
        match number % 4:
            case 0:
                info = await ctx.driver.put_content("/file", content)
            case 1:
                info = await ctx.written("/file", content)
            case 2:
                await ctx.driver.delete("/file")
                info = await ctx.driver.put_content("/file", content)
            case _:
                await ctx.driver.put_content("/source", content)
                await ctx.driver.move("/source", "/file")
                info = await ctx.driver.stat("/file")
        for told in (info, await ctx.driver.stat("/file")):
            ctx.holds(told.version, "a file has no version", actual=repr(told))
            known = seen.setdefault(told.version, content)
            ctx.same(known, content, f"what version {told.version} stood for before")


@prop("stat.reading", "Reading a file by any method changes neither its time nor its version.")
async def reading(ctx: Context) -> None:
    await ctx.driver.put_content("/d/file", ctx.body(100))
    before = await ctx.driver.stat("/d/file")
    for _ in range(3):
        await ctx.there("/d/file", ctx.body(100), "the file")
        await ctx.below("/")
    ctx.same(before, await ctx.driver.stat("/d/file"), "the record of a file that was only read")


@prop("stat.time", "Every time is aware, in UTC, and within a day of the suite's own clock.")
async def time(ctx: Context) -> None:
    infos = {
        "put": await ctx.driver.put_content("/d/put", b"x"),
        "commit": await ctx.written("/d/file", b"y"),
        **await _told(ctx, "/d/file"),
    }
    now = datetime.now(UTC)
    for method, info in infos.items():
        if info.modified is None:
            continue
        offset = info.modified.utcoffset()
        what = f"the time that {method} tells"
        ctx.holds(offset is not None, f"{what} has no zone", actual=repr(info.modified))
        ctx.holds(not offset, f"{what} is not in UTC", actual=repr(info.modified))
        ctx.holds(
            abs(now - info.modified) < DAY,
            f"{what} is more than a day off",
            expected=str(now),
            actual=str(info.modified),
        )


@prop("stat.time-moves-on", "The time of a file that is replaced again and again moves on.")
async def time_moves_on(ctx: Context) -> None:
    # No clock is waited for: neighbours that are written by turns tell that time went on.
    for change in ("put", "commit", "move"):
        own: list[datetime] = []
        neighbour: list[datetime] = []
        for number in range(5):
            content = ctx.body(10, number)
            if change == "put":
                await ctx.driver.put_content("/file", content)
            elif change == "commit":
                await ctx.written("/file", content)
            else:
                await ctx.driver.put_content("/source", content)
                await ctx.driver.move("/source", "/file")
            await _noted(ctx, "/file", own)
            await ctx.driver.put_content(f"/neighbour{number}", content)
            await _noted(ctx, f"/neighbour{number}", neighbour)
        if not own or not neighbour:
            continue
        fine = any(one.microsecond for one in own)  # whole seconds tell too little
        stands = fine and own[-1] <= own[0] < neighbour[0] < neighbour[-1]
        ctx.holds(
            not stands or own[-1] >= neighbour[-2],
            f"the time of a file stands still at each {change} while that of others moves on",
            expected=f"{neighbour[-2]} or later",
            actual=str(own[-1]),
        )


async def _noted(ctx: Context, path: str, times: list[datetime]) -> None:
    modified = (await ctx.driver.stat(path)).modified
    if modified is not None:
        times.append(modified)
