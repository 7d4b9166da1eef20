"""Faults: whichever request of a call fails, its files are as before or as after, and it is told.

That the error is one of the backend's, never a missing file or a failed condition, is seen in every
one of these.
"""

from storagedriver_conformance.context import Context
from storagedriver_conformance.faults import Kind
from storagedriver_conformance.properties import prop
from storagedriver_conformance.scenes import Changes, Scene, Stage, scenes
from storagedriver_conformance.striking import PASSING, comes_through, drawn, strike


async def _file(stage: Stage) -> None:
    await stage.view.put_content("/d/f", b"content")
    stage.version = (await stage.view.stat("/d/f")).version or ""


async def _delete_if_match(stage: Stage) -> None:
    await stage.raw.delete(stage.full("/d/f"), if_match=stage.version)


DELETE_IF_MATCH = Scene(
    name="delete if_match", changes=Changes.FILES, before=_file, call=_delete_if_match
)


async def _all_come_through(ctx: Context, *names: str) -> None:
    known = scenes(ctx)
    await comes_through(ctx, *drawn(ctx, [known[name] for name in names], PASSING))


@prop(
    "fault.read",
    "A read in which a request fails gives its whole answer, or an error of the backend's.",
    alone=True,
)
async def read(ctx: Context) -> None:
    await strike(ctx, *drawn(ctx, scenes(ctx, Changes.NOTHING).values(), PASSING))


@prop(
    "fault.put",
    "A put in which a request fails leaves the old file or the new one, whole.",
    alone=True,
)
async def put(ctx: Context) -> None:
    await _all_come_through(ctx, "put of a new file", "put over a file", "put of a long file")


@prop(
    "fault.condition",
    "A put with a condition does not fail on what it has itself put, when an answer is lost.",
    needs=("conditional_put",),
    alone=True,
)
async def condition(ctx: Context) -> None:
    await _all_come_through(ctx, "put if_none_match", "put if_match")


@prop(
    "fault.delete-condition",
    "A delete with a version does not fail on having itself deleted it, when an answer is lost.",
    needs=("conditional_delete",),
    alone=True,
)
async def delete_condition(ctx: Context) -> None:
    await comes_through(ctx, *drawn(ctx, [DELETE_IF_MATCH], PASSING))


@prop(
    "fault.move",
    "A move that fails midway has lost neither file, and repeating it finishes.",
    alone=True,
)
async def move(ctx: Context) -> None:
    await _all_come_through(ctx, "move to a new path", "move onto a file")


@prop(
    "fault.delete",
    "A delete that fails midway leaves whole files, and repeating it finishes.",
    alone=True,
)
async def delete(ctx: Context) -> None:
    await _all_come_through(ctx, "delete of a file", "delete of a tree")


@prop(
    "fault.bad-batch",
    "An answer of success that tells of keys which were not deleted is an error.",
    alone=True,
)
async def bad_batch(ctx: Context) -> None:
    scene = scenes(ctx)["delete of a tree"]
    await comes_through(ctx, *drawn(ctx, [scene], [Kind.BAD_BATCH]))


@prop(
    "fault.commit",
    "A commit that fails keeps the old file and what was written, and can be repeated.",
    alone=True,
)
async def commit(ctx: Context) -> None:
    await _all_come_through(ctx, "commit")
