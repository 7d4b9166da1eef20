"""Leaks: however a driver was used, nothing of it stays once that use has ended."""

import asyncio
import gc
import tracemalloc
from collections.abc import Callable
from functools import partial

from hypothesis import strategies as st

from storagedriver_conformance import resources
from storagedriver_conformance.context import Context
from storagedriver_conformance.findings import Violation
from storagedriver_conformance.properties import prop
from storagedriver_conformance.uses import USES, begin

# What is leaked with each use, or each instance, is leaked so often; what comes and goes is not.
TIMES = 2

KIB = 1024
BODY = 256 * KIB


def _drawn(ctx: Context) -> str:
    return ctx.draw(st.sampled_from(list(USES)))


async def _used_and_closed(ctx: Context, name: str, *, times: int = 1) -> None:
    """Use instances in one way, and close them."""
    for _ in range(times):
        ctx.calls.steps.clear()
        async with ctx.another() as other:
            await begin(other)
            await USES[name](other)


async def _settled(ctx: Context, count: Callable[[], int], most: int) -> int:
    rounds = resources.LONG if ctx.patient else resources.SHORT
    return await resources.settled(count, most, rounds=rounds)


def _more(count: Callable[[], set[str]], before: set[str]) -> int:
    return len(count()) - len(before)


async def _nothing_stays(
    ctx: Context, before: set[str], count: Callable[[], set[str]], *, most: int, what: str
) -> None:
    """Fail unless there are no more than `most` that were not there before."""
    if await _settled(ctx, lambda: len(count() - before), most) > most:
        raise Violation(
            f"{what}, though the driver was closed",
            expected="none",
            actual=", ".join(sorted(count() - before)),
        )


@prop("leak.tasks", "No task stays when a driver is closed, however it was used.", alone=True)
async def tasks(ctx: Context) -> None:
    name, before = _drawn(ctx), resources.tasks()
    await _used_and_closed(ctx, name)
    await _nothing_stays(ctx, before, resources.tasks, most=0, what=f"tasks stay after {name}")


@prop("leak.threads", "No thread stays when a driver is closed, however it was used.", alone=True)
async def threads(ctx: Context) -> None:
    name, before = _drawn(ctx), resources.threads()
    await _used_and_closed(ctx, name, times=TIMES)
    await _nothing_stays(
        ctx, before, resources.threads, most=TIMES - 1, what=f"threads stay after {name}"
    )


@prop(
    "leak.descriptors",
    "No descriptor stays when a driver is closed, however it was used.",
    alone=True,
)
async def descriptors(ctx: Context) -> None:
    name, before = _drawn(ctx), resources.descriptors()
    if not before:
        raise ctx.inapplicable("this system does not tell which descriptors are open")
    with resources.young_garbage():
        await _used_and_closed(ctx, name, times=TIMES)
        gc.collect()  # what is left to the collector is another property's
    await _nothing_stays(
        ctx, before, resources.descriptors, most=TIMES - 1, what=f"descriptors stay after {name}"
    )


@prop(
    "leak.warnings",
    "Python warns of nothing: no unclosed file, no coroutine never awaited, no error never asked.",
    alone=True,
)
async def warnings(ctx: Context) -> None:
    name = _drawn(ctx)
    with resources.young_garbage(), resources.complaints() as found:
        await _used_and_closed(ctx, name)
        for _ in range(5):
            await asyncio.sleep(0)
    ctx.same([], found, f"what Python complains of after {name}")


@prop(
    "leak.growth",
    "In a driver that stays open, neither tasks nor descriptors grow from use to use.",
    alone=True,
)
async def growth(ctx: Context) -> None:
    name, rounds = _drawn(ctx), max(4, ctx.profile.programs // 10)
    async with ctx.another() as other:
        await begin(other)
        await USES[name](other)
        before = resources.tasks(), resources.descriptors()
        for _ in range(rounds):
            ctx.calls.steps.clear()
            await USES[name](other)
        for was, count, what in zip(
            before,
            (resources.tasks, resources.descriptors),
            ("tasks", "descriptors"),
            strict=True,
        ):
            # At once, before the instance is closed: some are kept for the next use.
            grown = await _settled(ctx, partial(_more, count, was), rounds - 1)
            ctx.holds(
                grown < rounds,
                f"{what} grow with each use of {name}",
                expected="as many as before",
                actual=f"{grown} more after {rounds} uses",
            )


@prop("leak.memory", "What was written, read and deleted again is not kept in memory.", alone=True)
async def memory(ctx: Context) -> None:
    await _written_and_deleted(ctx, 0)
    was_tracing = tracemalloc.is_tracing()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for number in range(1, 13):
            await _written_and_deleted(ctx, number)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        if not was_tracing:
            tracemalloc.stop()
    ctx.holds(
        grown < 6 * BODY,
        "memory grows with what was written, read and deleted again",
        expected=f"much less than {12 * BODY // KIB:,} KiB",
        actual=f"{grown // KIB:,} KiB more",
    )


async def _written_and_deleted(ctx: Context, number: int) -> None:
    content = bytes([number]) * BODY
    path = f"/d/file{number}"
    await ctx.driver.put_content(path, content)
    await ctx.driver.get_content(path)
    await ctx.written(path, content)
    await ctx.content(path)
    await ctx.pending(path, content)
    await ctx.driver.delete(path)


@prop("leak.uploads", "However a driver was used, no unfinished writer stays that nobody left.")
async def uploads(ctx: Context) -> None:
    name = _drawn(ctx)
    await begin(ctx.driver)
    await USES[name](ctx.driver)
    ctx.same({}, await ctx.left_open(), f"what is unfinished after {name}")
