"""Conditional put: of those who race, exactly one wins, and nothing is lost."""

import asyncio

from storagedriver.errors import PreconditionFailedError, StorageBackendError
from storagedriver.records import FileInfo
from storagedriver_conformance.changing import together
from storagedriver_conformance.context import Context
from storagedriver_conformance.properties import prop
from storagedriver_conformance.view import View

NEEDS = ("conditional_put",)
RACERS = 8
ROUNDS = 4
WORKERS = 5
INCREMENTS = 10
# Each refusal is another worker's success, so that 40 are the most there can be.
PATIENCE = 200


@prop("cond.one-creator", "Of several creators at once exactly one wins.", needs=NEEDS)
async def one_creator(ctx: Context) -> None:
    await _create_at_once(ctx, [ctx.driver])


@prop(
    "cond.one-creator-of-all",
    "Of several creators at once, through two instances, exactly one wins.",
    needs=(*NEEDS, "shared"),
)
async def one_creator_of_all(ctx: Context) -> None:
    async with ctx.another() as other:
        await _create_at_once(ctx, [ctx.driver, other])


async def _create_at_once(ctx: Context, drivers: list[View]) -> None:
    for number in range(ROUNDS):
        path = f"/r{number}/file"
        bodies = _bodies(ctx, number)
        puts = [
            drivers[racer % len(drivers)].put_content(path, content, if_none_match=True)
            for racer, content in enumerate(bodies)
        ]
        answers = await together(*puts, losing=PreconditionFailedError)
        await _one_won(ctx, path, bodies, answers, "creators")


@prop("cond.one-replacer", "Of several replacers of one version exactly one wins.", needs=NEEDS)
async def one_replacer(ctx: Context) -> None:
    await _replace_at_once(ctx, [ctx.driver])


@prop(
    "cond.one-replacer-of-all",
    "Of several replacers of one version, through two instances, exactly one wins.",
    needs=(*NEEDS, "shared"),
)
async def one_replacer_of_all(ctx: Context) -> None:
    async with ctx.another() as other:
        await _replace_at_once(ctx, [ctx.driver, other])


async def _replace_at_once(ctx: Context, drivers: list[View]) -> None:
    await ctx.driver.put_content("/file", b"first")
    for number in range(ROUNDS):
        version = (await ctx.driver.stat("/file")).version
        bodies = _bodies(ctx, number)
        puts = [
            drivers[racer % len(drivers)].put_content("/file", content, if_match=version)
            for racer, content in enumerate(bodies)
        ]
        answers = await together(*puts, losing=PreconditionFailedError)
        await _one_won(ctx, "/file", bodies, answers, "replacers")


def _bodies(ctx: Context, number: int) -> list[bytes]:
    """Return what racers put: equal contents in every other round, new ones in each."""
    return [ctx.body(30, RACERS * number + (racer if number % 2 else 0)) for racer in range(RACERS)]


async def _one_won(
    ctx: Context, path: str, bodies: list[bytes], answers: list[FileInfo | None], who: str
) -> None:
    won = [content for content, info in zip(bodies, answers, strict=True) if info is not None]
    ctx.same(1, len(won), f"how many of {RACERS} {who} won")
    await ctx.there(path, won[0], f"the file of the one of the {who} that won")


@prop("cond.counter", "Increments by several workers, each with if_match, all count.", needs=NEEDS)
async def counter(ctx: Context) -> None:
    await ctx.driver.put_content("/counter", b"0")
    await asyncio.gather(*(_increment(ctx, pause) for pause in range(WORKERS)))
    total = str(WORKERS * INCREMENTS).encode()
    ctx.same(total, await ctx.driver.get_content("/counter"), "the counter")


async def _increment(ctx: Context, pause: int) -> None:
    """Count up; between reading and writing a worker makes other calls, so that none keeps step."""
    done = 0
    for _ in range(PATIENCE):
        try:
            async with ctx.driver.reader("/counter") as reader:
                content = b"".join([chunk async for chunk in reader])
                version = reader.info.version
        except StorageBackendError:
            if ctx.capabilities.stable_read:
                raise
            continue
        ctx.holds(content.isdigit(), "a reader gave what nobody put", actual=repr(content))
        for _ in range(pause):
            await ctx.driver.stat("/counter")
        try:
            more = str(int(content) + 1).encode()
            await ctx.driver.put_content("/counter", more, if_match=version)
        except PreconditionFailedError:
            continue
        done += 1
        if done == INCREMENTS:
            return
    ctx.holds(condition=False, message=f"a worker was refused {PATIENCE - done} times")
