"""A scene played once to its end, then once for each request that can fail, which then does."""

from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass
from zlib import crc32

from hypothesis import strategies as st

from storagedriver_conformance.answers import told, unreachable
from storagedriver_conformance.context import Context
from storagedriver_conformance.cutting import (
    SPEAKING,
    Files,
    called,
    files,
    staged,
)
from storagedriver_conformance.cutting import told as words
from storagedriver_conformance.faults import Fault, Faults, Kind, Strikes
from storagedriver_conformance.findings import Violation
from storagedriver_conformance.scenes import Scene, Stage
from storagedriver_conformance.stepping import Ended, driven
from storagedriver_conformance.surviving import (
    Struck,
    befallen,
    fails_well,
    is_decided_by,
    recovered,
)

HOW_TO = (
    "the target has no `faults`, by which its storage can be made to fail: "
    "storagedriver_conformance.faults tells how to give some, and for a driver that works with "
    "Python's os there is faults=OsFaults('its.package')"
)

# What may be over when a request is repeated.
PASSING = (Kind.REFUSE, Kind.CUT, Kind.DELAY, Kind.LOST_ANSWER)

# No driver has a reason to make one request that often.
LASTING = 100

Check = Callable[[Struck], Awaitable[None]]
Judge = Callable[[Context, Struck], None]


def drawn(
    ctx: Context, scenes: Iterable[Scene], kinds: Collection[Kind] = tuple(Kind)
) -> tuple[Scene, Kind]:
    """Draw a scene, and a kind of failure that the target knows."""
    known = [kind for kind in kinds if ctx.target.faults and kind in ctx.target.faults.kinds]
    if not known:
        raise ctx.inapplicable(_reason(ctx, kinds))
    by_name = {scene.name: scene for scene in scenes}
    scene = by_name[ctx.draw(st.sampled_from(list(by_name)))]
    return scene, Kind(ctx.draw(st.sampled_from([kind.value for kind in known])))


def _reason(ctx: Context, kinds: Collection[Kind]) -> str:
    if ctx.target.faults is None:
        return HOW_TO
    return f"the target's faults are never of the kind {' or '.join(kinds)}"


async def _nothing(_: Struck) -> None:
    """Check no more than how a call ended."""


async def strike(
    ctx: Context,
    scene: Scene,
    kind: Kind,
    check: Check = _nothing,
    *,
    times: Iterable[int] = (1, LASTING),
    retry_after: int = 1,
    share: int = 1,
    judge: Judge = fails_well,
) -> None:
    """Let each request of a scene fail; `judge` how the call ended, and `check` what it left.

    Each comes on an empty stage. There are as many of them as the profile can afford, divided by
    `share`. Where the driver copes with a request that failed once, it fails more often.

    The recipe of a failure has the steps of that one play alone.
    """
    faults = ctx.target.faults
    if faults is None:
        raise ctx.inapplicable(HOW_TO)
    whole = await _undisturbed(ctx, scene, faults, kind)
    most = ctx.profile.programs // (10 * share)
    last = "nothing"
    for call in _calls(whole.requests, most, scene, kind):
        waiting = list(times)
        while waiting:
            fault = Fault(kind=kind, call=call, times=waiting.pop(0), retry_after=retry_after)
            async with recovered(last):
                one = await _struck(ctx, scene, faults, fault, whole)
            if not one.strikes.struck:
                break
            last = str(one)
            judge(ctx, one)
            async with recovered(last):
                await check(one)
            if one.ended.error is not None:
                # What is done in place of something that failed may succeed, and be wrong.
                half = len(one.strikes.struck) // 2
                waiting = [half] if 1 < half < fault.times else []
    async with recovered(last):
        await ctx.driver.stat("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Whole:
    """A scene that nothing befell: how it ended, the files around it, how many requests it took."""

    ended: Ended
    before: Files
    after: Files
    requests: int


async def _undisturbed(ctx: Context, scene: Scene, faults: Faults, kind: Kind) -> _Whole:
    stage = await staged(ctx, scene, "whole")
    before = await files(stage.view)
    ended, counted = await _played(ctx, scene, stage, faults, Fault(kind=kind))
    if ended.error is not None:
        if isinstance(ended.error, SPEAKING) or unreachable(ended.error):
            raise ended.error
        message = f"{scene.name} raised {type(ended.error).__name__}, though nothing failed"
        raise Violation(message, actual=told(ended.error))
    if not counted.requests:
        await _must_see(ctx, faults)
    after = await files(stage.view)
    return _Whole(ended=ended, before=before, after=after, requests=len(counted.requests))


async def _must_see(ctx: Context, faults: Faults) -> None:
    """Raise `NotApplicable` where no request of a put can fail: to pass would prove nothing."""
    if Kind.REFUSE not in faults.kinds:
        return
    with faults.inject(Fault(kind=Kind.REFUSE)) as strikes:
        await ctx.driver.put_content("/seen", b"content")
    if not strikes.requests:
        raise ctx.inapplicable(
            "the target's faults see no request of a put: are they this driver's?"
        )


async def _struck(
    ctx: Context, scene: Scene, faults: Faults, fault: Fault, whole: _Whole
) -> Struck:
    stage = await staged(ctx, scene, f"request{fault.call}-{fault.times}")
    ended, strikes = await _played(ctx, scene, stage, faults, fault)
    if strikes.struck:
        ctx.calls.steps[-1] += f", {befallen(strikes)} -> {_outcome(ended)}"
    return Struck(
        stage=stage,
        ended=ended,
        whole=whole.ended,
        before=whole.before,
        after=whole.after,
        scene=scene,
        strikes=strikes,
    )


async def comes_through(ctx: Context, scene: Scene, kind: Kind) -> None:
    """Let requests of a call that changes files fail; in the end it must have been done.

    The files must be as before or as after. A call that failed is repeated, and then nothing
    unfinished may be left that cannot be discarded.
    """

    async def check(one: Struck) -> None:
        view = one.stage.view
        await is_decided_by(one)
        if one.ended.error is not None:
            if await files(view) != one.after:
                await ctx.calls.make(f"{scene.name}, again", scene.call, one.stage)
            for info in [info async for info in view.unfinished("/")]:
                await view.discard(info)
        seen = await files(view)
        ctx.holds(
            seen == one.after,
            f"{one}, was done or repeated, and left something else",
            expected=words(one.after),
            actual=words(seen),
        )
        left = [info.path async for info in view.unfinished("/")]
        ctx.same([], left, f"what is unfinished after {one}")

    await strike(ctx, scene, kind, check)


async def _played(
    ctx: Context, scene: Scene, stage: Stage, faults: Faults, fault: Fault
) -> tuple[Ended, Strikes]:
    with faults.inject(fault) as strikes:
        ended = await driven(called(ctx, scene, stage), patience=ctx.calls.patience)
    return ended, strikes


def _calls(requests: int, most: int, scene: Scene, kind: Kind) -> range:
    """Return which requests fail: all of them, or every so many, other ones for each kind."""
    every = -(-requests // max(1, most)) or 1
    first = crc32(f"{scene.name} {kind}".encode()) % every
    return range(1 + first, requests + 1, every)


def _outcome(ended: Ended) -> str:
    return "done" if ended.error is None else type(ended.error).__name__
