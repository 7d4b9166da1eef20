"""Processes that are killed in the middle of a call.

None of them is forked from the process that runs the suite, which has threads and an open driver
that they would inherit: they are forked from one that was forked itself before the driver was
opened, has a single thread, and waits for orders.
"""

import asyncio
import json
import os
import selectors
import signal
import warnings
from contextlib import suppress
from dataclasses import asdict, dataclass
from time import monotonic, sleep
from types import TracebackType
from typing import Any, Self

from storagedriver_conformance.calls import Calls
from storagedriver_conformance.dying import PIECE, Order, serve
from storagedriver_conformance.findings import Inconclusive, NotApplicable
from storagedriver_conformance.target import Target

# How long a victim may live: so many times what a call may take, and seconds at most.
CALLS, LIFE = 4, 60.0
# How much longer it is waited for, in seconds: it ends itself.
GRACE = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """How a victim ended: what it said was done, each time with the lines reached until then.

    `place` is where it was killed: none if it came to its end, after `lines` of them, and before
    `effects` something had been done that can be seen from outside. `code` tells where the lines
    were that counted, once the driver was open. `trouble` is the error that kept it from its end,
    `unanswered` what the storage did not answer, and `is_hung` tells that it did not end in time.
    `left` tells where the power was lost, and after how many things were said.
    """

    said: tuple[tuple[int, str], ...] = ()
    left: tuple[tuple[int, str], ...] = ()
    lines: int = 0
    effects: tuple[int, ...] = ()
    place: str = ""
    code: tuple[str, ...] = ()
    is_open: bool = False
    trouble: str = ""
    unanswered: str = ""
    is_hung: bool = False


class Victims:
    """Has processes killed for a property; to be entered before the driver is opened.

    `process` is the one that waits for orders, by its number, or 0.
    """

    def __init__(self, target: Target, *, wanted: bool = True) -> None:
        self._target = target
        self._life = min(LIFE, CALLS * target.patience)
        self._wanted = wanted
        self.process = 0
        self._orders = self._answers = -1
        self._trouble = ""

    def __enter__(self) -> Self:
        if self._wanted and not self._obstacle():
            self._begin()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end()

    async def die(self, order: Order, calls: Calls) -> Death:
        """Let a victim do what is ordered, and tell how it ended; note that it is heard of.

        Raises `NotApplicable` where no process can be forked, and `Inconclusive` where one could
        not now, or the storage did not answer it.
        """
        if obstacle := self._obstacle():
            raise NotApplicable(obstacle)
        if self._trouble:
            raise Inconclusive(self._trouble)
        dying = asyncio.ensure_future(asyncio.to_thread(self._ask, order))
        while not dying.done():
            # It has more time than a call.
            await asyncio.wait([dying], timeout=calls.patience / 2)
            calls.last = monotonic()
        death = dying.result()
        if death.unanswered:
            raise Inconclusive(death.unanswered)
        return death

    def _obstacle(self) -> str:
        if not hasattr(os, "fork"):
            return "processes cannot be forked on this system"
        return "" if self._target.forks else "the target says that it cannot be used after a fork"

    def _begin(self) -> None:
        orders, self._orders = os.pipe()
        self._answers, answers = os.pipe()
        try:
            self.process = _forked()
        except OSError as error:
            self._trouble = f"no process could be forked: {error}"
            for descriptor in (orders, self._orders, self._answers, answers):
                os.close(descriptor)
            return
        if not self.process:
            try:
                os.close(self._orders)
                os.close(self._answers)
                serve(self._target, orders, answers, self._life)
            finally:
                os._exit(0)
        os.close(orders)
        os.close(answers)

    def _end(self) -> None:
        """End the process that waits for orders, and leave no trace of it."""
        if not self.process:
            return
        with suppress(OSError):
            os.write(self._orders, b"\n")
        os.close(self._orders)
        os.close(self._answers)
        _reap(self.process, patience=GRACE)
        self.process = 0

    def _ask(self, order: Order) -> Death:
        try:
            os.write(self._orders, json.dumps(asdict(order)).encode() + b"\n")
            answer = _line(self._answers, patience=self._life + GRACE)
        except OSError:
            answer = b""
        death = _death(json.loads(answer)) if answer else Death(is_hung=True)
        if death.is_hung:
            # What hangs after a fork may have inherited somebody's lock: the next one may not.
            self._end()
            self._begin()
        return death


def _forked() -> int:
    with warnings.catch_warnings():
        # Python warns of forks where there are threads; what a child then does is little.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _reap(process: int, *, patience: float) -> None:
    until = monotonic() + patience
    with suppress(ChildProcessError):
        while not os.waitpid(process, os.WNOHANG)[0]:
            if monotonic() > until:
                os.kill(process, signal.SIGKILL)
            sleep(0.002)


def _line(descriptor: int, *, patience: float) -> bytes:
    """Return a line that comes within this time, or nothing."""
    until, line = monotonic() + patience, b""
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while not line.endswith(b"\n"):
            if not selector.select(max(0.0, until - monotonic())):
                return b""
            piece = os.read(descriptor, PIECE)
            if not piece:
                return b""
            line += piece
    return line


def _death(told: dict[str, Any]) -> Death:
    said: list[tuple[int, str]] = []
    left: list[tuple[int, str]] = []
    facts: dict[str, Any] = {}
    for kind, *values in told["lines"]:
        match kind:
            case "code":
                facts |= {"code": tuple(values), "is_open": True}
            case "said":
                said.append((values[0], values[1]))
            case "left":
                left.append((values[0], values[1]))
            case "killed":
                facts["lines"], facts["place"] = values
            case "ended":
                facts |= {"lines": values[0], "effects": tuple(values[1:])}
            case _:
                facts[kind] = values[0]
    has_ended = {"lines", "trouble", "unanswered"} & {*facts}
    is_hung = told["is_hung"] or not has_ended
    return Death(said=tuple(said), left=tuple(left), is_hung=is_hung, **facts)
