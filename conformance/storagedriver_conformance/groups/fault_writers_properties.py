"""Faults: what a writer holds after one of its calls failed."""

from storagedriver_conformance.context import Context
from storagedriver_conformance.cutting import resumed
from storagedriver_conformance.faults import Kind
from storagedriver_conformance.properties import prop
from storagedriver_conformance.scenes import LONG, NEW, OLD, scenes
from storagedriver_conformance.striking import PASSING, comes_through, drawn, strike
from storagedriver_conformance.surviving import Struck, is_decided_by

KINDS = (*PASSING, Kind.FULL)


@prop(
    "fault.write",
    "A write that fails leaves the writer with as many of the bytes as its size tells, in order.",
    alone=True,
)
async def write(ctx: Context) -> None:
    known = scenes(ctx)
    scene, kind = drawn(ctx, [known["write"], known["write of a long chunk"]], KINDS)
    total = NEW + (OLD if scene.name == "write" else LONG)

    async def check(one: Struck) -> None:
        writer = one.stage.writer
        if writer is None:
            return
        await is_decided_by(one)
        size = writer.size
        least = len(total) if one.ended.error is None else len(NEW)
        ctx.holds(
            least <= size <= len(total),
            f"the size of a writer is out of bounds after {one}",
            expected=f"{least:,} to {len(total):,}",
            actual=f"{size:,}",
        )
        await writer.commit()
        content = await one.stage.view.get_content("/d/f")
        ctx.same(total[:size], content, f"what a writer published after {one}")

    await strike(ctx, scene, kind, check)


@prop(
    "fault.close",
    "A close that failed can be repeated, and then everything written can be resumed.",
    needs=("resumable_writer",),
    alone=True,
)
async def close(ctx: Context) -> None:
    scene, kind = drawn(ctx, [scenes(ctx)["close"]], KINDS)

    async def check(one: Struck) -> None:
        if one.stage.writer is not None:
            await one.stage.writer.close()
        content = await resumed(one.stage.view, "/d/f")
        ctx.same(NEW, content, f"what was resumed once {one}, was repeated")

    await strike(ctx, scene, kind, check)


@prop(
    "fault.cancel",
    "A cancel works after a commit that failed; it, or a discard, that failed can be repeated.",
    alone=True,
)
async def cancel(ctx: Context) -> None:
    known = scenes(ctx)
    names = [one for one in ("commit", "cancel", "cancel after close", "discard") if one in known]
    scene, kind = drawn(ctx, [known[name] for name in names], KINDS)

    async def check(one: Struck) -> None:
        view = one.stage.view
        await is_decided_by(one)
        if one.ended.error is not None and one.stage.writer is not None:
            if scene.name == "discard":
                for info in [info async for info in view.unfinished("/")]:
                    await view.discard(info)
            else:
                await one.stage.writer.cancel()
        left = [info.path async for info in view.unfinished("/")]
        ctx.same([], left, f"what is unfinished when everything was dropped after {one}")
        await is_decided_by(one)

    await strike(ctx, scene, kind, check)


@prop(
    "fault.open-writer",
    "To open a writer, when it fails, leaves what was kept for the path, or drops all of it.",
    needs=("resumable_writer",),
    alone=True,
)
async def open_writer(ctx: Context) -> None:
    known = scenes(ctx)
    names = ("writer(append=True)", "writer over a closed one", "writer")
    scene, kind = drawn(ctx, [known[name] for name in names], KINDS)
    allowed = {"writer(append=True)": [NEW], "writer": [b""]}.get(scene.name, [NEW, b""])

    async def check(one: Struck) -> None:
        await is_decided_by(one)
        content = await resumed(one.stage.view, "/d/f")
        if content is not None or scene.name == "writer(append=True)":
            ctx.one_of(allowed, content or b"", f"what was resumed after {one}")

    await strike(ctx, scene, kind, check)


@prop(
    "fault.block",
    "A writer's block in which a request fails leaves the old file or the new one, whole.",
    alone=True,
)
async def block(ctx: Context) -> None:
    await comes_through(ctx, *drawn(ctx, [scenes(ctx)["a writer's block"]], PASSING))
