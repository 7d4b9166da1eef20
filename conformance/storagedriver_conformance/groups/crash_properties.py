"""What is left when a process dies in the middle of a call, judged by one that opens it anew."""

from storagedriver.errors import PathNotFoundError
from storagedriver_conformance import deaths
from storagedriver_conformance.bodies import described
from storagedriver_conformance.context import Context
from storagedriver_conformance.deaths import NEW, OLD, OTHER, STREAM, Scene
from storagedriver_conformance.properties import prop
from storagedriver_conformance.remains import Wrong, compared, contents, shown
from storagedriver_conformance.trials import Span, Trial
from storagedriver_conformance.view import View

DURABLE = ("durable", "shared")
RESUMABLE = (*DURABLE, "resumable_writer")


@prop(
    "crash.old-or-new",
    "A process that is killed in a put, a commit or a delete leaves the old file or the new.",
    needs=(*DURABLE, "atomic_put"),
    alone=True,
    forks=True,
)
async def old_or_new(ctx: Context) -> None:
    for scene in deaths.PUTS:
        if all(getattr(ctx.capabilities, need) for need in scene.needs):
            await Trial(ctx, scene, whole).run()


@prop(
    "crash.move",
    "A process that is killed in a move leaves the file at its source, its destination or both.",
    needs=DURABLE,
    alone=True,
    forks=True,
)
async def move(ctx: Context) -> None:
    for scene in deaths.MOVES:
        await Trial(ctx, scene, whole).run()


@prop(
    "crash.delete-tree",
    "A process that is killed in the delete of a tree leaves whole files; deleting again finishes.",
    needs=DURABLE,
    alone=True,
    forks=True,
)
async def delete_tree(ctx: Context) -> None:
    await Trial(ctx, deaths.TREE_DELETE, deleted_again).run()


@prop(
    "crash.acknowledged",
    "What a call has reported as done is there after its process was killed.",
    needs=DURABLE,
    alone=True,
    forks=True,
)
async def acknowledged(ctx: Context) -> None:
    await Trial(ctx, deaths.SEVERAL, whole, span=Span.AFTER).run()


@prop(
    "crash.reopen",
    "What a killed process leaves is no hindrance: no lock stays, and no name of its own shows.",
    needs=DURABLE,
    alone=True,
    forks=True,
)
async def reopen(ctx: Context) -> None:
    for scene in (deaths.OPENING, deaths.PUT_OVER, deaths.COMMIT):
        await Trial(ctx, scene, usable).run()


@prop(
    "crash.resume",
    "A killed writer resumes with what was closed at least, and never claims a byte that is lost.",
    needs=RESUMABLE,
    alone=True,
    forks=True,
)
async def resume(ctx: Context) -> None:
    for scene in (deaths.WRITING, deaths.RESUMING):
        await Trial(ctx, scene, resumed, span=Span.WHOLE).run()


@prop(
    "crash.purge",
    "What killed writers left can be listed and discarded: then nothing of it is left.",
    needs=RESUMABLE,
    alone=True,
    forks=True,
)
async def purge(ctx: Context) -> None:
    for scene in (deaths.WRITING, deaths.COMMIT, deaths.DISCARDING):
        await Trial(ctx, scene, purged, span=Span.WHOLE).run()


async def whole(driver: View, scene: Scene, said: int) -> str:
    """Each file is old or new."""
    return compared(scene, said, await contents(driver, scene.paths))


async def deleted_again(driver: View, scene: Scene, said: int) -> str:
    """What is left of the tree is whole, shows, and goes."""
    files = await contents(driver, scene.paths)
    outcome = compared(scene, said, files)
    await shown(driver, sorted(files))
    try:
        await driver.delete("/t")
    except PathNotFoundError:
        if any(path.startswith("/t/") for path in files):
            raise
    files = await contents(driver, scene.paths)
    if files != scene.states[-1]:
        left = ", ".join(sorted({*files} - {*scene.states[-1]}))
        raise Wrong("stays", "a second delete did not finish", actual=f"{left} is still there")
    await shown(driver, sorted(files))
    return outcome


async def usable(driver: View, scene: Scene, said: int) -> str:
    """Nothing but the files shows, and each can be changed at once."""
    files = await contents(driver, scene.paths)
    await shown(driver, sorted(files))
    outcome = compared(scene, said, files)
    await driver.put_content("/d/f", OTHER)
    async with await driver.writer("/d/f") as writer:
        await writer.write(NEW)
        await writer.commit()
    await driver.move("/d/f", "/d/moved")
    await driver.put_content("/d/f", OLD)
    await driver.delete("/d/moved")
    if await contents(driver, ["/d/f", "/d/moved"]) != {"/d/f": OLD}:
        raise Wrong("stuck", "/d/f could not be changed as if nothing had been")
    return outcome


async def resumed(driver: View, scene: Scene, said: int) -> str:
    """What is kept is a true beginning of what was written, and no less than was closed."""
    outcome = compared(scene, said, await contents(driver, scene.paths))
    least = len(STREAM) if said else len(scene.kept.get("/d/f", b""))
    told = [info.size async for info in driver.unfinished("/d/f")]
    try:
        writer = await driver.writer("/d/f", append=True)
    except PathNotFoundError:
        if least or told:
            kept = f"{max([least, *told]):,} bytes"
            message = "what a writer kept is gone"
            raise Wrong("lost", message, expected=kept, actual="none") from None
        return outcome
    size = writer.size
    async with writer:
        if told != [size]:
            message = "unfinished and the resumed writer tell of different sizes"
            raise Wrong("torn", message, expected=str(size), actual=str(told))
        await writer.commit()
    content = await driver.get_content("/d/f")
    if len(content) != size or content != STREAM[:size]:
        message = f"a resumed writer claimed {size:,} bytes, and they are not what was written"
        expected, actual = described(STREAM[:size]), described(content)
        raise Wrong("torn", message, expected=expected, actual=actual)
    if size < least:
        message = "a resumed writer lacks bytes that were kept"
        raise Wrong("lost", message, expected=f"{least:,} bytes", actual=f"{size:,}")
    return "new" if size == len(STREAM) else "old"


async def purged(driver: View, scene: Scene, said: int) -> str:
    """All that is unfinished at a path can be discarded, and nothing else goes."""
    outcome = compared(scene, said, await contents(driver, scene.paths))
    found = [info async for info in driver.unfinished("/d/f")]
    if said and found and scene is deaths.DISCARDING:
        raise Wrong("lost", "what was discarded is there again")
    for info in found:
        await driver.discard(info)
    if left := [info.path async for info in driver.unfinished("/d/f")]:
        raise Wrong("stays", "discard leaves what a killed process had begun", actual=str(left))
    try:
        await driver.writer("/d/f", append=True)
    except PathNotFoundError:
        pass
    else:
        raise Wrong("stays", "what was discarded can be resumed")
    kept = {info.path: info.size async for info in driver.unfinished("/")}
    beside = {path: len(content) for path, content in scene.kept.items() if path != "/d/f"}
    if kept != beside:
        raise Wrong("lost", "other writers' bytes went too", expected=str(beside), actual=str(kept))
    files = await contents(driver, scene.paths)
    compared(scene, said, files)
    await shown(driver, sorted(files))
    return outcome
