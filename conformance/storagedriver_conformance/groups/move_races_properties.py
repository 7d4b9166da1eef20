"""Moves while others look, and several at once."""

import asyncio

from storagedriver.errors import PathNotFoundError
from storagedriver_conformance.context import Context
from storagedriver_conformance.properties import prop

ROUNDS = 4
READS = 4
READERS = 3


@prop(
    "move.seen-whole",
    "Readers of the destination see the old file or the new, never neither.",
)
async def seen_whole(ctx: Context) -> None:
    old = ctx.body(3000, 1)
    await ctx.driver.put_content("/destination", old)
    for number in range(ROUNDS):
        new = ctx.body(2000 + number, 2)
        await ctx.driver.put_content("/source", new)
        readers = [_read(ctx, "/destination", [old, new]) for _ in range(READERS)]
        await asyncio.gather(*readers, ctx.driver.move("/source", "/destination"))
        await ctx.there("/destination", new, "the moved file")
        old = new


@prop("move.never-nowhere", "During a move the file is at its source or at its destination.")
async def never_nowhere(ctx: Context) -> None:
    content = ctx.body(3000)
    await ctx.driver.put_content("/at0/file", content)
    for number in range(ROUNDS):
        source, destination = f"/at{number}/file", f"/at{number + 1}/file"
        looks = [_look(ctx, source, destination, content) for _ in range(READERS)]
        await asyncio.gather(*looks, ctx.driver.move(source, destination))
        await ctx.gone(source, "the source of a move")


@prop("move.many-onto-one", "Of several files moved onto one path at once, one is there, whole.")
async def many_onto_one(ctx: Context) -> None:
    for number in range(ROUNDS):
        bodies = [ctx.body(1000 + 10 * source, number) for source in range(5)]
        for source, content in enumerate(bodies):
            await ctx.driver.put_content(f"/from/{source}", content)
        onto = f"/to/{number}"
        await asyncio.gather(*(ctx.driver.move(f"/from/{one}", onto) for one in range(5)))
        stored = await ctx.driver.get_content(onto)
        ctx.one_of(bodies, stored, "the file that five were moved onto")
        await ctx.there(onto, stored, "the file that five were moved onto")
        await ctx.gone("/from", "the directory of the five sources")


async def _read(ctx: Context, path: str, allowed: list[bytes]) -> None:
    for _ in range(READS):
        try:
            content = await ctx.driver.get_content(path)
        except PathNotFoundError:
            ctx.holds(condition=False, message=f"{path} was missing during a move onto it")
            return
        ctx.one_of(allowed, content, f"what a reader of {path} saw during a move onto it")


async def _look(ctx: Context, source: str, destination: str, content: bytes) -> None:
    """Look at the source first: what has left it has arrived."""
    for _ in range(READS):
        try:
            seen = await ctx.driver.get_content(source)
        except PathNotFoundError:
            try:
                seen = await ctx.driver.get_content(destination)
            except PathNotFoundError:
                ctx.holds(condition=False, message="during a move the file was nowhere")
                return
        ctx.same(content, seen, "what was seen during a move")
