"""Faults: what a failure of the storage is told as, and what it costs."""

import gc
from collections import Counter

from hypothesis import strategies as st

from storagedriver.errors import StorageUnavailableError
from storagedriver_conformance import resources
from storagedriver_conformance.context import Context
from storagedriver_conformance.cutting import is_usable
from storagedriver_conformance.faults import Kind
from storagedriver_conformance.properties import prop
from storagedriver_conformance.scenes import Changes, scenes
from storagedriver_conformance.striking import LASTING, comes_through, drawn, strike
from storagedriver_conformance.surviving import Struck, ends_anyhow, is_decided_by

# One request may be made for a call, and again for what cleans up after it.
TWICE = 2

# What may leave something behind that the other kinds do not.
LEAVING = (Kind.REFUSE, Kind.LOST_ANSWER, Kind.DENIED)

SOME = (
    "get_content",
    "list",
    "put over a file",
    "move to a new path",
    "delete of a file",
    "commit",
)


@prop(
    "fault.denied",
    "What the backend denies is StoragePermissionError, and nothing is asked again and again.",
    alone=True,
)
async def denied(ctx: Context) -> None:
    scene, kind = drawn(ctx, scenes(ctx).values(), [Kind.DENIED])

    async def check(one: Struck) -> None:
        request, times = Counter(one.strikes.struck).most_common(1)[0]
        ctx.holds(
            times <= TWICE,
            f"{scene.name} repeats a request that was denied: {request}",
            expected=f"at most {TWICE} times",
            actual=f"{times} times",
        )

    await strike(ctx, scene, kind, check, times=[LASTING])


@prop(
    "fault.no-space",
    "A full backend is StorageFullError, the old file stays, and nothing of the new one is seen.",
    alone=True,
)
async def no_space(ctx: Context) -> None:
    known = scenes(ctx, Changes.FILES, Changes.WRITERS).values()
    scene, kind = drawn(ctx, known, [Kind.FULL])
    if scene.changes is Changes.FILES:
        await comes_through(ctx, scene, kind)
    else:
        await strike(ctx, scene, kind, is_decided_by)


@prop(
    "fault.too-many-files",
    "A call for which no handle or connection is left fails, and the next one works.",
    alone=True,
)
async def too_many_files(ctx: Context) -> None:
    scene, kind = drawn(ctx, [scenes(ctx)[name] for name in SOME], [Kind.EXHAUSTED])

    async def check(one: Struck) -> None:
        await is_decided_by(one)
        await is_usable(ctx, one.stage, scene.path, str(one))

    await strike(ctx, scene, kind, check)


@prop(
    "fault.retry-after",
    "The wait that a backend asks for is told in StorageUnavailableError.retry_after.",
    alone=True,
)
async def retry_after(ctx: Context) -> None:
    scene, kind = drawn(ctx, scenes(ctx).values(), [Kind.THROTTLED])
    seconds = ctx.draw(st.sampled_from([1, 2]))

    async def check(one: Struck) -> None:
        if isinstance(one.ended.error, StorageUnavailableError):
            told = one.ended.error.retry_after
            ctx.same(float(seconds), float(told or 0), f"retry_after of the error of {one}")

    await strike(ctx, scene, kind, check, times=[LASTING], retry_after=seconds)


@prop(
    "fault.gives-up",
    "A call ends with an error when the storage goes on to fail.",
    alone=True,
)
async def gives_up(ctx: Context) -> None:
    known = [scenes(ctx)[name] for name in (*SOME, "write of a long chunk")]
    scene, kind = drawn(ctx, known, [Kind.REFUSE, Kind.LOST_ANSWER])

    async def check(one: Struck) -> None:
        ctx.holds(
            len(one.strikes.struck) < LASTING,
            f"{scene.name} does not give up asking a backend that fails",
            expected=f"fewer than {LASTING} requests that fail",
            actual=f"{one.strikes.struck[0]}, and so on",
        )

    await strike(ctx, scene, kind, check, times=[LASTING])


@prop(
    "fault.corrupt",
    "A body that arrives with other bytes than were stored is not given as good.",
    alone=True,
)
async def corrupt(ctx: Context) -> None:
    known = scenes(ctx)
    reads = [known["get_content"], known["reader"]]
    await strike(ctx, *drawn(ctx, reads, [Kind.CORRUPT]))


@prop(
    "fault.leaks",
    "A call that fails leaves no descriptor open.",
    alone=True,
)
async def leaks(ctx: Context) -> None:
    known = [
        one
        for one in scenes(ctx, Changes.NOTHING, Changes.FILES).values()
        if one.name not in {"commit", "a writer's block"}
    ]
    scene, kind = drawn(ctx, known)
    failed = 0

    async def check(one: Struck) -> None:
        nonlocal failed
        failed += one.ended.error is not None

    before = resources.descriptors()
    with resources.young_garbage():
        await strike(ctx, scene, kind, check, share=2, judge=ends_anyhow)
        gc.collect()
    most = max(failed, TWICE) - 1
    more = await resources.settled(lambda: len(resources.descriptors() - before), most)
    ctx.holds(
        more <= most,
        f"each time that {scene.name} fails, a descriptor stays open",
        expected="none",
        actual=", ".join(sorted(resources.descriptors() - before)),
    )


@prop(
    "fault.works-afterwards",
    "Once the storage is well again, every call works on the path of one that failed.",
    alone=True,
)
async def works_afterwards(ctx: Context) -> None:
    scene, kind = drawn(ctx, scenes(ctx).values(), LEAVING)

    async def check(one: Struck) -> None:
        await is_usable(ctx, one.stage, scene.path, str(one))

    await strike(ctx, scene, kind, check, share=4, judge=ends_anyhow)
