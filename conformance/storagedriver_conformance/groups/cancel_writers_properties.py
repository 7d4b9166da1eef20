"""Cancelling: what a writer holds after one of its calls was cancelled."""

from hypothesis import strategies as st

from storagedriver_conformance.context import Context
from storagedriver_conformance.cutting import cuts, files, resumed, told
from storagedriver_conformance.properties import prop
from storagedriver_conformance.scenes import LONG, NEW, OLD, scenes


@prop(
    "cancel.write",
    "A cancelled write leaves the writer with as many of the bytes as its size tells, in order.",
)
async def write(ctx: Context) -> None:
    name = ctx.draw(st.sampled_from(["write", "write of a long chunk"]))
    total = NEW + (OLD if name == "write" else LONG)
    async for cut in cuts(ctx, scenes(ctx)[name]):
        writer = cut.stage.writer
        if writer is None:
            return
        size = writer.size
        seen = await files(cut.stage.view)
        ctx.holds(
            seen == cut.before,
            "a cancelled write changed a file",
            expected=told(cut.before),
            actual=told(seen),
        )
        ctx.holds(
            len(NEW) <= size <= len(total),
            "the size of a writer whose write was cancelled is out of bounds",
            expected=f"{len(NEW):,} to {len(total):,}",
            actual=f"{size:,}",
        )
        await writer.commit()
        content = await cut.stage.view.get_content("/d/f")
        ctx.same(total[:size], content, f"what a writer published whose write was {cut}")


@prop(
    "cancel.close",
    "A cancelled close can be repeated, and then everything written can be resumed.",
    needs=("resumable_writer",),
)
async def close(ctx: Context) -> None:
    async for cut in cuts(ctx, scenes(ctx)["close"]):
        if cut.stage.writer is not None:
            await cut.stage.writer.close()
        content = await resumed(cut.stage.view, "/d/f")
        ctx.same(NEW, content, f"what was resumed once close, {cut}, was repeated")


@prop(
    "cancel.drop",
    "A cancelled cancel or discard leaves the file alone; repeated, it has dropped the writer.",
    needs=("resumable_writer",),
)
async def drop(ctx: Context) -> None:
    name = ctx.draw(st.sampled_from(["cancel", "cancel after close", "discard"]))
    async for cut in cuts(ctx, scenes(ctx)[name]):
        view = cut.stage.view
        if cut.stage.writer is not None and name != "discard":
            await cut.stage.writer.cancel()
        else:
            for info in [info async for info in view.unfinished("/")]:
                await view.discard(info)
        left = [info.path async for info in view.unfinished("/")]
        ctx.same([], left, f"what is unfinished once {name}, {cut}, was repeated")
        seen = await files(view)
        ctx.holds(
            seen == cut.before,
            f"{name}, {cut}, changed a file",
            expected=told(cut.before),
            actual=told(seen),
        )


@prop(
    "cancel.open-writer",
    "Opening a writer, cancelled, leaves what was kept for the path, or drops all of it.",
    needs=("resumable_writer",),
)
async def open_writer(ctx: Context) -> None:
    name = ctx.draw(st.sampled_from(["writer over a closed one", "writer(append=True)"]))
    async for cut in cuts(ctx, scenes(ctx)[name]):
        seen = await files(cut.stage.view)
        ctx.holds(
            seen == cut.before,
            f"{name}, {cut}, changed a file",
            expected=told(cut.before),
            actual=told(seen),
        )
        content = await resumed(cut.stage.view, "/d/f")
        allowed = [NEW] if name == "writer(append=True)" else [NEW, b""]
        if content is not None or name == "writer(append=True)":
            ctx.one_of(allowed, content or b"", f"what was resumed after {name}, {cut},")
