"""A scene in whose course the power is lost, again and again, and what is found after each."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from storagedriver_conformance.context import Context
from storagedriver_conformance.deaths import Scene
from storagedriver_conformance.dying import Order
from storagedriver_conformance.findings import Inconclusive, Violation
from storagedriver_conformance.looking import Judge, Looks
from storagedriver_conformance.target import OpenerOver
from storagedriver_conformance.view import View

NAMESPACE = "/conformance"


async def cut_power(ctx: Context, scene: Scene, judge: Judge) -> None:
    """Look at each state that a power cut may leave; raise what was wrong."""
    over = ctx.target.over
    if over is None:
        message = "the target does not tell how to open the driver over a folder"
        raise ctx.inapplicable(message)
    looks = Looks(ctx.calls, scene, judge, how="the power lost")
    with TemporaryDirectory(prefix="conformance-") as folder:
        ctx.calls.begin(f"in another process: {scene.name}")
        order = Order(scene=scene.name, namespace=NAMESPACE, folder=folder)
        life = await ctx.victims.die(order, ctx.calls)
        if life.is_hung:
            message = f"{scene.name}: a process that was to lose its power hangs"
            raise Inconclusive(message)
        if life.trouble:
            message = f"{scene.name}: it fails in a process of its own"
            raise Violation(message, actual=life.trouble)
        for number, (said, where) in enumerate(life.left):
            opened = _opened(ctx, over, Path(folder, str(number)))
            await looks.look(opened, said, where)
            looks.forget()
    looks.tell()


@asynccontextmanager
async def _opened(ctx: Context, over: OpenerOver, folder: Path) -> AsyncIterator[View]:
    manager = over(folder)
    driver = await ctx.calls.make("open it over what was left", manager.__aenter__)
    try:
        yield View(driver, NAMESPACE, ctx.calls)
    finally:
        await ctx.calls.make("close it", manager.__aexit__, None, None, None)
