"""A scene played once to its end, then once for each of its awaits, and cut there."""

from collections.abc import AsyncIterator, Awaitable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from storagedriver.errors import PathNotFoundError, StorageDriverError
from storagedriver_conformance import bodies
from storagedriver_conformance.answers import unreachable
from storagedriver_conformance.context import Context
from storagedriver_conformance.findings import Inconclusive, Violation
from storagedriver_conformance.scenes import Scene, Stage
from storagedriver_conformance.stepping import Ended, Point, driven, points
from storagedriver_conformance.view import View

Files = dict[str, bytes]

# Errors that tell by themselves what is wrong.
SPEAKING = (StorageDriverError, Violation, Inconclusive)


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A scene that was disturbed: how its call ended, and what could be seen before and after.

    `whole` is how the same call ended that nothing disturbed, `before` and `after` the files around
    that.
    """

    stage: Stage
    ended: Ended
    whole: Ended
    before: Files
    after: Files


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut(Played):
    """One cut of a scene, and where it was cut."""

    point: Point

    def __str__(self) -> str:
        return f"cancelled at its {self.point}"


class Drive(Protocol):
    """A way to run a call and cut it at a point, within a number of seconds."""

    __name__: str

    def __call__(
        self, work: Coroutine[Any, Any, object], point: Point, patience: float
    ) -> Awaitable[Ended]:
        """Run the call, and tell how it ended."""


async def cancelled(work: Coroutine[Any, Any, object], point: Point, patience: float) -> Ended:
    """Run a call and cancel it at a point."""
    return await driven(work, at=(point.step,), turns=point.turns, patience=patience)


async def cuts(
    ctx: Context, scene: Scene, drive: Drive = cancelled, *, most: int | None = None
) -> AsyncIterator[Cut]:
    """Play a scene, then cut it at each of its awaits, each time on an empty stage.

    There are at most so many cuts, or as many as the profile can afford.

    The recipe of a failure has the steps of that one cut alone.
    """
    patience = ctx.calls.patience
    most = most or min(12, max(4, ctx.profile.programs // 6))
    whole_stage = await staged(ctx, scene, f"{drive.__name__}-whole")
    before = await files(whole_stage.view)
    whole = await driven(called(ctx, scene, whole_stage), patience=patience)
    if whole.error is not None:
        if isinstance(whole.error, SPEAKING) or unreachable(whole.error):
            raise whole.error
        message = f"{scene.name} raised {type(whole.error).__name__}, though nothing was cancelled"
        raise Violation(message, actual=str(whole.error))
    after = await files(whole_stage.view)
    for number, point in enumerate(points(whole.steps, most=most)):
        stage = await staged(ctx, scene, f"{drive.__name__}{number}")
        ended = await drive(called(ctx, scene, stage), point, patience)
        ctx.calls.steps[-1] += f" -> {_outcome(ended, point)}"
        yield Cut(stage=stage, point=point, ended=ended, whole=whole, before=before, after=after)
        stage.steps = list(ctx.calls.steps)


async def staged(ctx: Context, scene: Scene, name: str) -> Stage:
    """Return an empty stage with what is there before the call."""
    ctx.calls.steps.clear()
    stage = Stage(View(ctx.raw, f"{ctx.driver.namespace}/{name}", ctx.calls))
    await scene.before(stage)
    return stage


async def called(ctx: Context, scene: Scene, stage: Stage) -> object:
    """Note the scene's call, and make it."""
    ctx.calls.begin(scene.name)
    return await scene.call(stage)


def _outcome(ended: Ended, point: Point) -> str:
    if ended.error is None:
        return f"cancelled at {point}, it completed"
    return f"cancelled at {point}: {type(ended.error).__name__}"


async def files(view: View) -> Files:
    """Return all files that a view shows, with what is in them."""
    try:
        paths = [info.path async for info in view.walk("/") if not info.is_dir]
        return {path: await view.get_content(path) for path in paths}
    except PathNotFoundError as error:
        message = "a file that is listed cannot be read"
        raise Violation(message, actual=str(error)) from error


def told(seen: Files) -> str:
    """Say in words what files there are."""
    return ", ".join(f"{path}: {bodies.described(seen[path])}" for path in sorted(seen)) or "none"


def is_decided(played: Played, scene: Scene, seen: Files) -> bool:
    """Tell whether what is seen is the state before or after, or half of what may be half done."""
    if played.ended.error is None:
        return seen == played.after
    if seen in (played.before, played.after):
        return True
    if not scene.may_be_cut:
        return False
    before, after = played.before, played.after
    is_whole = all(seen[path] in (before.get(path), after.get(path)) for path in seen)
    lasting = set(before.values()) & set(after.values())
    stays = before.keys() & after.keys() <= seen.keys()
    return is_whole and stays and lasting <= set(seen.values())


async def is_usable(ctx: Context, stage: Stage, path: str, what: str) -> None:
    """Fail unless every kind of call works on a path, as if nothing had been cancelled there."""
    content = ctx.body(25, 6)
    with suppress(PathNotFoundError):
        await stage.view.delete(path)
    await stage.view.put_content(path, content)
    ctx.same(content, await stage.view.get_content(path), f"what was put after {what}")
    names = [info.path async for info in stage.view.list(path.rpartition("/")[0])]
    ctx.holds(path in names, f"after {what}, list does not give what was put", actual=str(names))
    async with await stage.view.writer(path) as writer:
        await writer.write(content + content)
        await writer.commit()
    ctx.same(2 * content, await stage.view.get_content(path), f"what was written after {what}")
    await stage.view.move(path, f"{path}2")
    moved = await stage.view.get_content(f"{path}2")
    ctx.same(2 * content, moved, f"what was moved after {what}")


async def resumed(view: View, path: str) -> bytes | None:
    """Resume a path's writer, commit it, and return what it published; None if there is none."""
    try:
        writer = await view.writer(path, append=True)
    except PathNotFoundError:
        return None
    size = writer.size
    await writer.commit()
    content = await view.get_content(path)
    if len(content) != size:
        message = "a resumed writer's size is not what its commit publishes"
        raise Violation(message, expected=f"{size:,} bytes", actual=f"{len(content):,} bytes")
    return content
