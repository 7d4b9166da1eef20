"""Reads: an open reader disturbs nothing, and nothing that happens meanwhile disturbs it."""

from asyncio import TaskGroup
from contextlib import nullcontext, suppress
from itertools import product

from storagedriver.errors import StorageDriverError
from storagedriver_conformance import draws
from storagedriver_conformance.context import Context
from storagedriver_conformance.properties import prop

KIB = 1024


@prop("reads.two-at-once", "Readers that are read by turns do not disturb each other.")
async def two_at_once(ctx: Context) -> None:
    first, second = ctx.body(200 * KIB, 1), ctx.body(200 * KIB, 2)
    await ctx.driver.put_content("/first", first)
    await ctx.driver.put_content("/second", second)
    async with (
        ctx.driver.reader("/first") as one,
        ctx.driver.reader("/second") as other,
        ctx.driver.reader("/first", offset=7) as again,
    ):
        readers = [aiter(one), aiter(other), aiter(again)]
        read = [b"", b"", b""]
        running = {0, 1, 2}
        while running:
            for place in sorted(running):
                piece = await anext(readers[place], None)
                if piece is None:
                    running.remove(place)
                else:
                    read[place] += piece
    for wanted, seen, what in zip(
        (first, second, first[7:]), read, ("the first", "the second", "the third"), strict=True
    ):
        ctx.same(wanted, seen, f"{what} of three readers by turns")


@prop("reads.left-early", "Readers that were left early hold nothing: all other calls go on.")
async def left_early(ctx: Context) -> None:
    content = ctx.body(300 * KIB)
    await ctx.driver.put_content("/d/file", content)
    for _ in range(12):
        async with ctx.driver.reader("/d/file") as reader:
            piece = await anext(aiter(reader), b"")
            ctx.same(content[: len(piece)], piece, "the first piece")
        async with ctx.driver.reader("/d/file"):
            pass  # not one piece is asked for
    await ctx.driver.put_content("/d/file", b"replaced")
    await ctx.there("/d/file", b"replaced", "the file after readers were left early")
    await ctx.driver.move("/d/file", "/d/moved")
    await ctx.driver.delete("/d")
    await ctx.gone("/d", "what was deleted after readers were left early")


@prop("reads.held-open", "While readers are open, every other call goes on.")
async def held_open(ctx: Context) -> None:
    content = ctx.body(300 * KIB)
    await ctx.driver.put_content("/d/file", content)
    async with ctx.driver.reader("/d/file") as one, ctx.driver.reader("/d/file", offset=5) as other:
        for reader in (one, other):
            await anext(aiter(reader), b"")
        await ctx.driver.put_content("/d/other", b"other")
        await ctx.written("/d/written", b"written")
        await ctx.there("/d/file", content, "a file that is being read")
        await ctx.driver.move("/d/other", "/d/moved")
        await ctx.there("/d/moved", b"other", "a file moved while readers are open")
        await ctx.driver.delete("/d/moved")


@prop("reads.error-in-block", "An error raised in a reader's block comes out as it is.")
async def error_in_block(ctx: Context) -> None:
    await ctx.driver.put_content("/file", ctx.body(100 * KIB))
    for error in (KeyError("own"), FileNotFoundError("own"), OSError(28, "own"), EOFError("own")):
        try:
            async with ctx.driver.reader("/file") as reader:
                await anext(aiter(reader), b"")
                raise error
        except (StorageDriverError, KeyError, OSError, EOFError) as seen:
            ctx.holds(
                seen is error,
                "an error raised in a reader's block came out as another one",
                expected=repr(error),
                actual=repr(seen),
            )
    await ctx.there("/file", ctx.body(100 * KIB), "the file after errors in readers' blocks")


async def _changed_while_open(
    ctx: Context, change: str, size: int, *, begin: bool = True
) -> tuple[bytes, bytes | None]:
    """Open a reader, change the file, and return the old bytes and what was read, if it was.

    `begin` reads a first piece before the change.
    """
    old, new = ctx.body(size, 1), ctx.body(size, 2)
    await ctx.driver.put_content("/d/file", old)
    await ctx.driver.put_content("/d/other", new)
    read: bytes | None = None
    with suppress(StorageDriverError) if not ctx.capabilities.stable_read else nullcontext():
        async with ctx.driver.reader("/d/file") as reader:
            pieces = aiter(reader)
            begun = await anext(pieces, b"") if begin else b""
            match change:
                case "a put":
                    await ctx.driver.put_content("/d/file", new)
                case "a shorter put":
                    await ctx.driver.put_content("/d/file", new[:10])
                case "a commit":
                    await ctx.written("/d/file", new)
                case "a move":
                    await ctx.driver.move("/d/other", "/d/file")
                case _:
                    await ctx.driver.delete("/d/file")
            read = begun + b"".join([piece async for piece in pieces])
    return old, read


CHANGES = ("a put", "a shorter put", "a commit", "a move", "a delete")


@prop(
    "reads.stable",
    "An open reader gives the old bytes to the end, whatever becomes of its file.",
    needs=("stable_read",),
)
async def stable(ctx: Context) -> None:
    for size in (100, 300 * KIB):
        for change, begin in product(CHANGES, (True, False)):
            ctx.calls.forget(0)  # each round puts its files anew
            old, read = await _changed_while_open(ctx, change, size, begin=begin)
            ctx.same(old, read, f"a reader of {size:,} bytes whose file met {change}")


@prop(
    "reads.old-or-error",
    "An open reader whose file changes gives the old bytes or fails, never a mixture.",
    absent=("stable_read",),
)
async def old_or_error(ctx: Context) -> None:
    for size in (100, 300 * KIB, min(3 * draws.MIB, ctx.limits.max_put or 3 * draws.MIB)):
        for change in CHANGES:
            old, read = await _changed_while_open(ctx, change, size)
            if read is not None:
                ctx.same(old, read, f"a reader of {size:,} bytes whose file met {change}")


@prop("reads.info-fits-bytes", "A reader's version is that of its bytes, while the file changes.")
async def info_fits_bytes(ctx: Context) -> None:
    contents: dict[str, bytes] = {}

    async def put(number: int) -> None:
        info = await ctx.driver.put_content("/file", content := ctx.body(100, number))
        contents[info.version or ""] = content

    await put(0)
    read: list[tuple[str, bytes]] = []

    async def look() -> None:
        with suppress(StorageDriverError):
            async with ctx.driver.reader("/file") as reader:
                content = b"".join([piece async for piece in reader])
                read.append((reader.info.version or "", content))

    for number in range(1, 9):
        async with TaskGroup() as tasks:
            for work in (look(), put(number), look()):
                tasks.create_task(work)
    for version, content in read:
        ctx.same(contents.get(version), content, "the bytes of a reader, by its version")
