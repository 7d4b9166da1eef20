"""Surface: a driver is opened, closed and opened again, and belongs to one event loop."""

import asyncio

from storagedriver.errors import (
    DriverClosedError,
    WriterClosedError,
    WrongLoopError,
)
from storagedriver_conformance.context import Context
from storagedriver_conformance.everycall import changing, reading
from storagedriver_conformance.findings import Endless
from storagedriver_conformance.properties import Tier, prop
from storagedriver_conformance.watchdog import NothingHeard, watched


@prop("surface.closes-twice", "A driver can be closed twice, and others go on.", tier=Tier.SMOKE)
async def closes_twice(ctx: Context) -> None:
    await ctx.driver.put_content("/file", b"content")
    async with ctx.another() as other:
        await other.stat("/")
        await other.aclose()
        await other.aclose()
    await ctx.there("/file", b"content", "a file after another instance was closed")


@prop("surface.closed", "Every method of a closed driver raises DriverClosedError.")
async def closed(ctx: Context) -> None:
    async with ctx.another() as other:
        await other.put_content("/file", b"content")
        writer = await other.writer("/written")
        await writer.write(b"content")
        await other.aclose()
        for name, call in {
            **reading(other, "/file"),
            "list of /": reading(other, "/")["list"],
            "stat of /": reading(other, "/")["stat"],
            **changing(other, "/file"),
        }.items():
            if "append" in name and not ctx.capabilities.resumable_writer:
                continue
            kept = len(ctx.calls.steps)
            with ctx.refused(DriverClosedError, what=f"{name} on a closed driver"):
                await call()
            ctx.calls.forget(kept)
        with ctx.refused(DriverClosedError, WriterClosedError, what="write on a closed driver"):
            await writer.write(b"more")
        with ctx.refused(DriverClosedError, WriterClosedError, what="commit on a closed driver"):
            await writer.commit()
    ctx.holds(not await ctx.exists("/written"), "a writer published though its driver was closed")


@prop(
    "surface.other-loop",
    "In another event loop a driver works or raises WrongLoopError; it never hangs.",
)
async def other_loop(ctx: Context) -> None:
    content = ctx.body(100)
    async with ctx.another() as other:
        await other.put_content("/file", content)
        try:
            read = await asyncio.to_thread(
                watched,
                lambda: asyncio.run(other.get_content("/file")),
                patience=other.calls.patience,
            )
        except NothingHeard:
            raise Endless("a call in another event loop never ends") from None
        except WrongLoopError:
            read = content
        ctx.same(content, read, "what was read in another event loop")
        ctx.same(content, await other.get_content("/file"), "what is read in its own loop again")
