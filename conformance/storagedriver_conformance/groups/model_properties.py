"""Whole programs: any sequence of calls answers as the contract, kept over a dictionary, does."""

from hypothesis import strategies as st

from storagedriver.records import Capabilities
from storagedriver_conformance import programs
from storagedriver_conformance.context import Context
from storagedriver_conformance.model import Model, within
from storagedriver_conformance.properties import Tier, prop


async def _agrees(ctx: Context, program: list[programs.Operation]) -> None:
    model = Model(exclusive=bool(ctx.capabilities.exclusive_names))
    for operation in program:
        if _lacks(ctx.capabilities, operation) or _has_two_answers(model, operation):
            continue
        expected = programs.told(model, operation)
        ctx.same(expected, await programs.answered(ctx, operation), f"the answer to {operation}")
    everything = ["walk", "/", None]
    expected = programs.told(model, everything)
    ctx.same(expected, await programs.answered(ctx, everything), "the walk at the end")
    ctx.same(model.files, await ctx.files(), "what is stored at the end")


def _lacks(capabilities: Capabilities, operation: programs.Operation) -> bool:
    """Tell whether the driver declares that it lacks what an operation needs."""
    match operation:
        case ["resume" | "unfinished", *_]:
            return not capabilities.resumable_writer
        case ["list" | "walk", _, str()]:
            return not capabilities.start_after
        case _:
            return False


def _has_two_answers(model: Model, operation: programs.Operation) -> bool:
    """Tell whether two errors apply, or one that may come now or at a writer's end."""
    match operation:
        case ["write" | "resume" | "swap", path, *_]:
            return model.conflicts(path)
        case ["move", source, destination]:
            return source not in model.files and within(destination, source)
        case _:
            return False


@prop(
    "model.agrees",
    "Any program of calls answers as the contract says.",
    tier=Tier.SMOKE,
    reason="It is drawn: what it finds by chance, nobody wrote a property for.",
)
async def agrees(ctx: Context) -> None:
    conditions = bool(ctx.capabilities.conditional_put)
    most = ctx.profile.operations
    await _agrees(ctx, ctx.draw(programs.programs(most=most, conditions=conditions)))


@prop(
    "model.long",
    "A long program that keeps to few paths answers as the contract says.",
    reason="It is drawn: what it finds by chance, nobody wrote a property for.",
)
async def long(ctx: Context) -> None:
    conditions = bool(ctx.capabilities.conditional_put)
    scenes = st.lists(
        programs.programs(most=10, conditions=conditions), min_size=1, max_size=4
    ).map(lambda scenes: [one for scene in scenes for one in scene])
    await _agrees(ctx, ctx.draw(scenes))
