"""What is left when the power is lost in the middle of a call, and after it."""

from storagedriver_conformance import deaths
from storagedriver_conformance.context import Context
from storagedriver_conformance.groups.crash_properties import deleted_again, resumed, whole
from storagedriver_conformance.powercuts import cut_power
from storagedriver_conformance.properties import prop

NEEDS = ("durable", "power_safe")


@prop(
    "crash.power",
    "A power cut leaves each file old or new, and what was reported as done before it stays done.",
    needs=(*NEEDS, "atomic_put"),
    alone=True,
    forks=True,
)
async def power(ctx: Context) -> None:
    for scene in (*deaths.PUTS, *deaths.MOVES):
        if all(getattr(ctx.capabilities, need) for need in scene.needs):
            await cut_power(ctx, scene, whole)


@prop(
    "crash.power-delete",
    "A power cut in the delete of a tree leaves whole files, and none of them after it.",
    needs=NEEDS,
    alone=True,
    forks=True,
)
async def power_delete(ctx: Context) -> None:
    await cut_power(ctx, deaths.TREE_DELETE, deleted_again)


@prop(
    "crash.power-resume",
    "A power cut takes nothing from a writer that was closed before it.",
    needs=(*NEEDS, "resumable_writer"),
    alone=True,
    forks=True,
)
async def power_resume(ctx: Context) -> None:
    for scene in (deaths.WRITING, deaths.RESUMING):
        await cut_power(ctx, scene, resumed)
