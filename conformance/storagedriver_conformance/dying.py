"""What happens in the processes that are forked: one waits for orders, the others die of them."""

import asyncio
import gc
import json
import logging
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from storagedriver_conformance.answers import told
from storagedriver_conformance.calls import Calls
from storagedriver_conformance.deaths import SCENES
from storagedriver_conformance.findings import Inconclusive
from storagedriver_conformance.powerloss import Recorder, note_syncs, write
from storagedriver_conformance.target import OpenerOver, Target
from storagedriver_conformance.tracing import Fuse, Tell, code_of
from storagedriver_conformance.view import View

PIECE = 65_536

# What a driver's folder is called where power is lost.
ROOT = "root"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a victim does: a scene, in a namespace, killed at a line; at 0, it is let live.

    The lines are counted from the beginning, or `since` so many things were said to be done. `code`
    tells which of them count, where that is known already. With a `folder`, nothing is killed: the
    driver is opened over a folder in there, and beside it is put what power cuts may leave of it.
    """

    scene: str
    namespace: str = ""
    at: int = 0
    since: int = 0
    code: tuple[str, ...] = ()
    folder: str = ""


def serve(target: Target, orders: int, answers: int, life: float) -> None:
    """Have a victim killed for each order, until an empty one comes, or none can come any more."""
    gc.freeze()  # what was inherited is others' to clean up
    logging.disable()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})
    with open(os.devnull, "w", encoding="utf-8") as nowhere, open(orders, "rb") as lines:  # noqa: PTH123 - a descriptor
        sys.stdout = sys.stderr = nowhere
        for line in iter(lines.readline, b""):
            if not line.strip():
                return
            values = json.loads(line)
            order = Order(**{**values, "code": tuple(values["code"])})
            answer = json.dumps(_killed(target, order, life)).encode()
            os.write(answers, answer + b"\n")


def _killed(target: Target, order: Order, life: float) -> dict[str, object]:
    """Fork a victim, and return what it told until its end."""
    reading, writing = os.pipe()
    process = os.fork()
    if not process:
        _live(target, order, writing, life)
    os.close(writing)
    text = b"".join(iter(lambda: os.read(reading, PIECE), b""))
    os.close(reading)
    _, status = os.waitpid(process, 0)
    is_hung = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM
    return {"lines": [json.loads(line) for line in text.splitlines()], "is_hung": is_hung}


def _live(target: Target, order: Order, telling: int, life: float) -> NoReturn:
    """Do what is ordered, for a time that is bounded, until the fuse kills the process."""

    def tell(*values: object) -> None:
        os.write(telling, json.dumps(values).encode() + b"\n")

    try:
        signal.setitimer(signal.ITIMER_REAL, life)
        fuse = Fuse(order.at, order.since, tell)
        if order.folder:
            asyncio.run(_lose_power(target.over, target.code, order, tell, life))
        else:
            asyncio.run(_act(target, order, fuse, tell, life))
        tell("ended", fuse.reached, *fuse.effects)
    except Inconclusive as error:
        tell("unanswered", str(error))
    except BaseException as error:  # noqa: BLE001 - nothing may leave this process but by its end
        tell("trouble", f"{type(error).__name__}: {told(error)}")
    finally:
        os._exit(0)


async def _act(target: Target, order: Order, fuse: Fuse, tell: Tell, life: float) -> None:
    scene = SCENES[order.scene]
    fuse.lay()
    if scene.opening:
        fuse.light(order.code)
    async with target.open() as driver:
        code = code_of(driver, target.code)
        tell("code", *code)
        if not scene.opening:
            fuse.light(code)
        await scene.act(View(driver, order.namespace, Calls(life)), fuse.say)


async def _lose_power(
    over: OpenerOver | None, named: tuple[str, ...], order: Order, tell: Tell, life: float
) -> None:
    if over is None:
        message = "the target does not tell how to open the driver over a folder"
        raise ValueError(message)
    folder = Path(order.folder)
    recorder = Recorder(folder / ROOT)
    fuse = Fuse(0, 0, tell, recorder.reach)

    def say(what: str) -> None:
        recorder.say()
        fuse.say(what)

    fuse.lay()
    note_syncs(recorder.sync)
    async with over(folder / ROOT) as driver:
        view = View(driver, order.namespace, Calls(life))
        await SCENES[order.scene].prepare(view)
        code = code_of(driver, named)
        recorder.begin()
        fuse.light(code)
        await SCENES[order.scene].act(view, say)
        fuse.light([])
    for number, left in enumerate(recorder.found):
        write(left.tree, folder / str(number))
        tell("left", left.said, f"{left.place}, {left.lost}")
