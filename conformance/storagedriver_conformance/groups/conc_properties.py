"""Concurrency: calls at the same time give what some order of them would have given."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any

from hypothesis import strategies as st

from storagedriver.errors import PreconditionFailedError, StorageBackendError, WriterLostError
from storagedriver_conformance.clients import History, programs
from storagedriver_conformance.context import Context
from storagedriver_conformance.findings import Violation
from storagedriver_conformance.properties import prop
from storagedriver_conformance.schedule import SAME, choices, interleaved
from storagedriver_conformance.view import View

AT_ONCE = 6
ROUNDS = 3
HELD = 20
STEPS = 6

Entering = Coroutine[Any, Any, object]


@prop("conc.independent", "Work on separate trees at once gives what it gives in sequence.")
async def independent(ctx: Context) -> None:
    in_sequence = [await _work(ctx, "/sequence", number) for number in range(AT_ONCE)]
    at_once = await asyncio.gather(*(_work(ctx, "/parallel", number) for number in range(AT_ONCE)))
    for number, (expected, actual) in enumerate(zip(in_sequence, at_once, strict=True)):
        ctx.same(expected, actual, f"what worker {number} of {AT_ONCE} was told")
    left = [
        {path.removeprefix(top): content for path, content in (await ctx.files(top)).items()}
        for top in ("/sequence", "/parallel")
    ]
    ctx.same(left[0], left[1], "what workers at once left")


async def _work(ctx: Context, top: str, number: int) -> list[object]:
    """Do a little of everything in a tree of one's own, and return what was answered."""
    driver, tree = ctx.driver, f"{top}/w{number}"
    content = ctx.body(40 + number, number)
    await driver.put_content(f"{tree}/put", content)
    await ctx.written(f"{tree}/a/written", content, content)
    await driver.move(f"{tree}/put", f"{tree}/b/moved")
    read = await ctx.content(f"{tree}/b/moved")
    await ctx.pending(f"{tree}/pending", content)
    listed = [path.removeprefix(tree) for path in await ctx.children(tree)]
    await driver.delete(f"{tree}/a")
    walked = [path.removeprefix(tree) for path in await ctx.below(tree)]
    left = list((await ctx.left_open(tree)).values())
    return [read == content, (await driver.stat(f"{tree}/b/moved")).size, listed, walked, left]


@prop("conc.one-of-puts", "Of several puts to one path at once, one is there, whole.")
async def one_of_puts(ctx: Context) -> None:
    size, chosen = ctx.draw(st.sampled_from([30, 5_000])), ctx.draw(choices())
    contents = [ctx.body(size + 7 * number, number) for number in range(AT_ONCE)]
    infos = await interleaved(
        [ctx.driver.put_content("/d/file", content) for content in contents], chosen
    )
    content = await ctx.driver.get_content("/d/file")
    ctx.one_of(contents, content, f"what {AT_ONCE} puts at once left")
    await ctx.there("/d/file", content, f"what {AT_ONCE} puts at once left")
    ctx.same(len(contents), len(infos), "the number of puts that succeeded")


async def _read(ctx: Context, path: str) -> bytes:
    """Read a file through a reader, again where one that is replaced meanwhile may fail."""
    while True:
        try:
            return await ctx.content(path)
        except StorageBackendError:
            if ctx.capabilities.stable_read:
                raise


@prop(
    "conc.seen-whole",
    "While a file is put or committed again and again, readers see one of its contents, whole.",
)
async def seen_whole(ctx: Context) -> None:
    how, chosen = ctx.draw(st.sampled_from(["put", "commit"])), ctx.draw(choices())
    contents = [ctx.body(2_000 - 300 * number, number) for number in range(4)]
    await ctx.driver.put_content("/d/file", contents[0])

    async def change() -> None:
        for content in contents[1:]:
            if how == "put":
                await ctx.driver.put_content("/d/file", content)
            else:
                await ctx.written("/d/file", content[:500], content[500:])

    async def look() -> None:
        for _ in range(3):
            ctx.one_of(contents, await ctx.driver.get_content("/d/file"), f"a get during a {how}")
            ctx.one_of(contents, await _read(ctx, "/d/file"), f"a reader during a {how}")
            sizes = [info.size async for info in ctx.driver.list("/d")]
            known = [len(content) for content in contents]
            ctx.holds(
                len(sizes) == 1 and sizes[0] in known,
                f"list during a {how} gives no size that the file ever had",
                expected=str(known),
                actual=str(sizes),
            )

    await interleaved([change(), look()], chosen)


@prop(
    "conc.emptied-parent",
    "What is put, committed or moved into a directory while its last file goes is there.",
)
async def emptied_parent(ctx: Context) -> None:
    how = ctx.draw(st.sampled_from(sorted(INTO)))
    for number in range(ROUNDS):
        chosen = ctx.draw(choices(8))
        content = ctx.body(50, number)
        await ctx.driver.put_content("/deep/er/last", b"last")
        await ctx.driver.put_content("/from/here", content)
        enter = await INTO[how](ctx, content)
        await interleaved([ctx.driver.delete("/deep/er/last"), enter], chosen)
        found = await ctx.files("/deep")
        ctx.same({"/deep/er/new": content}, found, f"what was {how} while its directory emptied")
        await ctx.driver.delete("/deep")


async def _commit_there(ctx: Context, content: bytes) -> Entering:
    writer = await ctx.driver.writer("/deep/er/new")
    await writer.write(content)
    return writer.commit()


async def _put_there(ctx: Context, content: bytes) -> Entering:
    return ctx.driver.put_content("/deep/er/new", content)


async def _move_there(ctx: Context, _: bytes) -> Entering:
    return ctx.driver.move("/from/here", "/deep/er/new")


INTO: dict[str, Callable[[Context, bytes], Awaitable[Entering]]] = {
    "committed": _commit_there,
    "moved": _move_there,
    "put": _put_there,
}


@prop(
    "conc.writers",
    "Of writers opened on a path at once, each commits its own bytes alone, or has lost the path.",
)
async def writers(ctx: Context) -> None:
    await _writers_race(ctx, [ctx.driver])


@prop(
    "conc.writers-of-all",
    "The same holds for writers of several instances.",
    needs=("shared",),
)
async def writers_of_all(ctx: Context) -> None:
    async with ctx.another() as other:
        await _writers_race(ctx, [ctx.driver, other])


async def _writers_race(ctx: Context, drivers: list[View]) -> None:
    chosen = ctx.draw(choices())
    contents = [ctx.body(60 + number, number) for number in range(3)]

    async def write(number: int) -> bytes | None:
        try:
            async with await drivers[number % len(drivers)].writer("/d/file") as writer:
                await writer.write(contents[number][:20])
                await writer.write(contents[number][20:])
                await writer.commit()
        except WriterLostError:
            return None
        return contents[number]

    committed = await interleaved([write(number) for number in range(len(contents))], chosen)
    allowed = [content for content in contents if content in committed]
    if not allowed:
        message = "of writers opened on one path at once, none could commit"
        raise Violation(message, expected="one of them, at least", actual="all have lost it")
    ctx.one_of(allowed, await ctx.driver.get_content("/d/file"), "what writers at once left")
    ctx.same({}, await ctx.left_open(), "what is unfinished after writers at once")


@prop("conc.held-open", "Many readers and writers may be open at once, while every call goes on.")
async def held_open(ctx: Context) -> None:
    content = ctx.body(200_000)
    await ctx.driver.put_content("/d/file", content)
    is_open = asyncio.Event()
    others = HELD

    async def hold(number: int) -> bytes:
        nonlocal others
        async with (
            ctx.driver.reader("/d/file") as reader,
            await ctx.driver.writer(f"/w/{number}") as writer,
        ):
            chunks = aiter(reader)
            first = await anext(chunks, b"")
            others -= 1
            if not others:
                await ctx.driver.put_content("/d/other", content)
                ctx.same(content, await ctx.content("/d/other"), "a file beside those held open")
                await ctx.driver.delete("/d/other")
                is_open.set()
            await is_open.wait()
            await writer.write(first)
            await writer.commit()
            return first + b"".join([chunk async for chunk in chunks])

    for read in await asyncio.gather(*(hold(number) for number in range(HELD))):
        ctx.same(content, read, f"one of {HELD} readers that are open at once")


@prop("conc.linear", "The answers of clients at once are those of some order of their calls.")
async def linear(ctx: Context) -> None:
    history, wanted = History(), ctx.draw(programs(ctx))
    await asyncio.gather(*history.clients([ctx.driver], wanted))
    await _is_explained(ctx, history)


@prop(
    "conc.changed-meanwhile",
    "A file that changes while it is replaced keeps the change, however often it changes.",
    needs=("conditional_put",),
)
async def changed_meanwhile(ctx: Context) -> None:
    for changes in (1, 2):
        for steps in range(1, STEPS + 1):
            path = f"/d/{changes}-{steps}"
            await _change_meanwhile(ctx, path, [b"change %d" % at for at in range(changes)], steps)


async def _change_meanwhile(ctx: Context, path: str, changes: Sequence[bytes], steps: int) -> None:
    """Let a replacement take some steps, then change the file, then let the replacement go on."""
    ctx.calls.forget(0)  # each round has a file of its own
    old = await ctx.driver.put_content(path, b"old")

    async def replace() -> None:
        with suppress(PreconditionFailedError):
            await ctx.driver.put_content(path, b"replaced", if_match=old.version)

    async def change() -> None:
        for content in changes:
            await ctx.driver.put_content(path, content)

    enough = [SAME] * 100
    await interleaved([replace(), change()], [0, *enough[1:steps], 0, *enough])
    content = await ctx.driver.get_content(path)
    ctx.same(changes[-1], content, "what a file was changed to while it was replaced")


@prop(
    "conc.schedules",
    "The same holds in whichever order the calls' steps come.",
    reason="It is drawn: what it finds by chance, nobody wrote a property for.",
)
async def schedules(ctx: Context) -> None:
    history, wanted, chosen = History(), ctx.draw(programs(ctx)), ctx.draw(choices())
    await history.begin(ctx.driver)
    await interleaved(history.clients([ctx.driver], wanted), chosen)
    await _is_explained(ctx, history)


@prop(
    "conc.linear-of-all",
    "The same holds for clients of several instances.",
    needs=("shared",),
)
async def linear_of_all(ctx: Context) -> None:
    history, wanted, chosen = History(), ctx.draw(programs(ctx)), ctx.draw(choices())
    await history.begin(ctx.driver)
    async with ctx.another() as other:
        await interleaved(history.clients([ctx.driver, other], wanted), chosen)
    await _is_explained(ctx, history)


async def _is_explained(ctx: Context, history: History) -> None:
    """Fail unless some order of the calls, and of a get after them, gives their answers."""
    await history.look(ctx.driver)
    history.explain()
