"""Cancelling: at whichever await a call is cancelled, what it left is decided, and whole."""

import asyncio
from collections.abc import Iterable

from hypothesis import strategies as st

from storagedriver_conformance.context import Context
from storagedriver_conformance.cutting import (
    Cut,
    Drive,
    cancelled,
    cuts,
    files,
    is_decided,
    is_usable,
    told,
)
from storagedriver_conformance.findings import Violation
from storagedriver_conformance.interrupting import Failing, again, in_a_group, settle, timed_out
from storagedriver_conformance.properties import prop
from storagedriver_conformance.scenes import Changes, Scene, Stage, scenes
from storagedriver_conformance.stepping import Ended, driven
from storagedriver_conformance.view import View


def _drawn(ctx: Context, names: Iterable[str]) -> Scene:
    known = scenes(ctx)
    return known[ctx.draw(st.sampled_from([name for name in names if name in known]))]


def _decided(scene: Scene, cut: Cut, seen: dict[str, bytes]) -> None:
    """Fail unless the files are as before or as after."""
    if not is_decided(cut, scene, seen):
        raise Violation(
            f"{scene.name}, {cut}, left neither what was there before nor what comes after it",
            expected=f"{told(cut.before)}; or {told(cut.after)}",
            actual=told(seen),
        )


async def _is_decided(ctx: Context, *names: str, drive: Drive = cancelled) -> None:
    scene = _drawn(ctx, names)
    async for cut in cuts(ctx, scene, drive):
        _decided(scene, cut, await files(cut.stage.view))


@prop(
    "cancel.works-afterwards",
    "After a cancelled call, every call works on its path: nothing stays locked.",
)
async def works_afterwards(ctx: Context) -> None:
    scene = _drawn(ctx, scenes(ctx))
    async for cut in cuts(ctx, scene, most=2):
        await is_usable(ctx, cut.stage, scene.path, f"{scene.name}, {cut}")


@prop(
    "cancel.propagates",
    "A cancelled call raises CancelledError, or completes; it never raises another error.",
)
async def propagates(ctx: Context) -> None:
    scene = _drawn(ctx, scenes(ctx))
    async for cut in cuts(ctx, scene):
        error = cut.ended.error
        ctx.holds(
            error is None or cut.ended.is_cancelled,
            f"{scene.name}, {cut}, raised another error",
            expected="CancelledError",
            actual=f"{type(error).__name__}: {error}",
        )


@prop(
    "cancel.whole-answer",
    "A reading call that completes although it was cancelled gives its whole answer.",
)
async def whole_answer(ctx: Context) -> None:
    scene = _drawn(ctx, scenes(ctx, Changes.NOTHING))
    async for cut in cuts(ctx, scene):
        if cut.ended.error is None:
            ctx.same(cut.whole.value, cut.ended.value, f"the answer of {scene.name}, {cut},")


@prop("cancel.put", "A cancelled put leaves the old file or the new one, whole.")
async def put(ctx: Context) -> None:
    await _is_decided(ctx, "put of a new file", "put over a file", "put of a long file")


@prop(
    "cancel.conditional-put",
    "A cancelled put with a condition leaves the old file or the new one.",
    needs=("conditional_put",),
)
async def conditional_put(ctx: Context) -> None:
    await _is_decided(ctx, "put if_none_match", "put if_match")


@prop("cancel.move", "A cancelled move may leave both files, whole and equal, never neither.")
async def move(ctx: Context) -> None:
    await _is_decided(ctx, "move to a new path", "move onto a file")


@prop("cancel.delete", "A cancelled delete leaves the file, whole, or nothing.")
async def delete(ctx: Context) -> None:
    await _is_decided(ctx, "delete of a file")


@prop(
    "cancel.commit",
    "A cancelled commit has published everything, or nothing, and can then be repeated.",
)
async def commit(ctx: Context) -> None:
    scene = _drawn(ctx, ["commit"])
    async for cut in cuts(ctx, scene):
        seen = await files(cut.stage.view)
        _decided(scene, cut, seen)
        if seen == cut.before and cut.stage.writer is not None:
            await cut.stage.writer.commit()
            seen = await files(cut.stage.view)
            ctx.holds(
                seen == cut.after,
                "a commit that was cancelled and then repeated published something else",
                expected=told(cut.after),
                actual=told(seen),
            )


@prop("cancel.block", "A writer's block that is cancelled leaves the old file or the new one.")
async def block(ctx: Context) -> None:
    await _is_decided(ctx, "a writer's block")


@prop(
    "cancel.leaves-no-upload",
    "A cancelled put, move or delete leaves no unfinished writer, nor does a commit that was done.",
)
async def leaves_no_upload(ctx: Context) -> None:
    scene = _drawn(ctx, scenes(ctx, Changes.FILES))
    writes = scene.name in {"commit", "a writer's block"}
    async for cut in cuts(ctx, scene):
        if writes and await files(cut.stage.view) != cut.after:
            continue
        left = [info.path async for info in cut.stage.view.unfinished("/")]
        ctx.same([], left, f"what is unfinished after {scene.name}, {cut},")


@prop(
    "cancel.no-late-effect",
    "Nothing changes after a cancelled call has ended, as another instance sees it too.",
)
async def no_late_effect(ctx: Context) -> None:
    scene = _drawn(ctx, scenes(ctx, Changes.FILES, Changes.WRITERS))
    seen = [(cut, await _state(cut.stage.view)) async for cut in cuts(ctx, scene)]
    if not seen:
        return
    await settle()
    await _unchanged(ctx, scene, seen, ctx.driver)
    if ctx.capabilities.shared:
        async with ctx.another() as other:
            await _unchanged(ctx, scene, seen, other)


@prop(
    "cancel.delete-tree",
    "A cancelled delete of a tree leaves whole files, and repeating it finishes.",
)
async def delete_tree(ctx: Context) -> None:
    scene = _drawn(ctx, ["delete of a tree"])
    async for cut in cuts(ctx, scene):
        seen = await files(cut.stage.view)
        _decided(scene, cut, seen)
        if seen:
            await cut.stage.view.delete("/t")
        ctx.same({}, await files(cut.stage.view), f"what is left once {scene.name} was repeated")


State = tuple[dict[str, bytes], list[str]]


async def _state(view: View) -> State:
    return await files(view), [info.path async for info in view.unfinished("/")]


async def _unchanged(
    ctx: Context, scene: Scene, seen: list[tuple[Cut, State]], through: View
) -> None:
    for cut, (content, unfinished) in seen:
        ctx.calls.steps[:] = cut.stage.steps
        view = View(through.raw, cut.stage.view.namespace, ctx.calls)
        now, left = await _state(view)
        ctx.holds(
            (content, unfinished) == (now, left),
            f"something changed after {scene.name}, {cut}, had ended",
            expected=f"{told(content)}; unfinished: {unfinished}",
            actual=f"{told(now)}; unfinished: {left}",
        )


@prop(
    "cancel.repeated",
    "A call that is cancelled again while it cleans up is decided just as well.",
)
async def repeated(ctx: Context) -> None:
    scene = _drawn(ctx, scenes(ctx, Changes.FILES))
    async for cut in cuts(ctx, scene, again):
        seen = await files(cut.stage.view)
        _decided(scene, cut, seen)
        await settle()
        ctx.holds(
            seen == await files(cut.stage.view),
            f"something changed after {scene.name} that was cancelled more than once had ended",
            expected=told(seen),
        )


@prop(
    "cancel.by-others",
    "asyncio.timeout ends a call with TimeoutError alone, a failing sibling with its own error.",
)
async def by_others(ctx: Context) -> None:
    scene = _drawn(ctx, ["get_content", "list", "walk", *scenes(ctx, Changes.FILES)])
    async for cut in cuts(ctx, scene, timed_out, most=2):
        await _ended_by(ctx, scene, cut, TimeoutError.__name__, [cut.ended.error])
    async for cut in cuts(ctx, scene, in_a_group, most=2):
        error = cut.ended.error
        errors = error.exceptions if isinstance(error, BaseExceptionGroup) else (error,)
        await _ended_by(ctx, scene, cut, Failing.__name__, list(errors))


async def _ended_by(
    ctx: Context, scene: Scene, cut: Cut, name: str, errors: list[BaseException | None]
) -> None:
    """Fail unless this error alone came out, or the call has completed."""
    raised = [type(error).__name__ for error in errors if error is not None]
    ctx.holds(
        raised in ([name], []),
        f"{scene.name}, which {name} was to end, raised something else",
        expected=name,
        actual=", ".join(raised),
    )
    _decided(scene, cut, await files(cut.stage.view))


SHARED = ("get_content", "reader", "stat", "list", "walk", "put over a file", "put of a long file")


@prop(
    "cancel.bystanders",
    "Cancelling one call leaves equal calls that go on at the same time alone.",
)
async def bystanders(ctx: Context) -> None:
    scene = _drawn(ctx, SHARED)
    stage = Stage(View(ctx.raw, f"{ctx.driver.namespace}/shared", ctx.calls))
    await scene.before(stage)
    steps = (await _three(ctx, scene, stage, 0))[1].steps
    for step in range(1, min(steps, 6) + 1):
        for number, one in enumerate(await _three(ctx, scene, stage, step)):
            ctx.holds(
                one.error is None or (number == 1 and one.is_cancelled),
                f"of three calls of {scene.name} at once, one was cancelled, and another failed",
                actual=f"{type(one.error).__name__}: {one.error}",
            )
    await is_usable(ctx, stage, scene.path, f"one of three calls of {scene.name} was cancelled")


async def _three(ctx: Context, scene: Scene, stage: Stage, step: int) -> list[Ended]:
    """Make three calls at once, and cancel the second at a step: at none if that is 0."""
    ctx.calls.begin(f"{scene.name}, three times at once")
    patience = ctx.calls.patience
    calls = [
        driven(scene.call(stage), at=(step,) if number == 1 else (), patience=patience)
        for number in range(3)
    ]
    return await asyncio.gather(*calls)
