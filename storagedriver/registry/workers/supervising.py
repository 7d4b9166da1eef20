"""The process that looks after the others: starts them, starts them again, and stops them.

It has no thread and no event loop (see `children`): it waits for signals and for words, and acts.
"""

import os
import select
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from storagedriver.registry.lines import Lines
from storagedriver.registry.workers.children import SIGNALS, Child, Facts, Parent, forked

STEADY_SECONDS = 10.0
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 30.0

_STOPPED = 0
_FAILED = 1
_KILLING = 3  # which time it is that a signal is sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a child is for: `main` is run in it, and `gone` here, with its id, when it has ended.

    One that `watches` the others is stopped after them.
    """

    name: str
    main: Callable[[Parent], int]
    gone: Callable[[int], None] = lambda _: None
    watches: bool = False


class _Place:
    """One of the processes that there have to be, and when it is started the next time."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.child: Child | None = None
        self.due: float | None = None
        self.started = 0.0
        self._short_lives = 0

    @property
    def facts(self) -> Facts | None:
        return None if self.child is None else self.child.facts

    def start(self, now: float, closed: Sequence[socket.socket]) -> None:
        self.due = None
        self.started = now
        self.child = forked(self.job.main, closed)

    def lost(self, now: float) -> float:
        """Take note that the child died, and give the seconds until it is due again."""
        self.child = None
        if now - self.started >= STEADY_SECONDS:
            self._short_lives = 0
        pause = min(FIRST_PAUSE * 2.0 ** min(self._short_lives, 16), LONGEST_PAUSE)
        self._short_lives += 1
        self.due = now + pause
        return pause


class Supervisor:
    """Keeps a child for each of the jobs, until a signal says to stop.

    The first one is started alone, so that what keeps all of them from starting is told once; with
    that, the whole ends. When all are ready, `announce` is told what the first one said of itself.
    From then on, one that ends is started again, at once or after ever longer pauses. `stopping` is
    called once, before they are told to stop.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        log: Lines,
        *,
        announce: Callable[[Facts], None],
        stopping: Callable[[], None],
    ) -> None:
        self._places = [_Place(job) for job in jobs]
        self._log = log
        self._announce = announce
        self._stopping = stopping
        self._is_announced = False
        self._asked = 0
        self._status = _STOPPED
        self.failure: str | None = None
        """Why the whole could not start, if that is so."""

    def run(self) -> int:
        """Start all, look after them until the last one has ended, and give the exit status."""
        with _woken() as wakes:
            self._places[0].due = time.monotonic()
            while not self._is_over():
                self._start(wakes)
                for number in self._wait(wakes):
                    self._told(number)
                self._look()
                self._go_on()
        return self._status

    @property
    def _living(self) -> list[tuple[_Place, Child]]:
        return [(place, place.child) for place in self._places if place.child is not None]

    def _is_over(self) -> bool:
        return self._asked > 0 and not self._living

    def _start(self, wakes: tuple[socket.socket, socket.socket]) -> None:
        now = time.monotonic()
        for place in self._places:
            if not self._asked and place.due is not None and place.due <= now:
                closed = [*wakes, *(child.channel for _, child in self._living)]
                place.start(now, closed)

    def _wait(self, wakes: tuple[socket.socket, socket.socket]) -> bytes:
        """Wait until something is to be done, and give the numbers of the signals that came."""
        dues = [place.due for place in self._places if place.due is not None and not self._asked]
        pause = max(min(dues) - time.monotonic(), 0) if dues else None
        heard = [child.channel for _, child in self._living if child.is_heard]
        select.select([wakes[0], *heard], [], [], pause)
        try:
            return wakes[0].recv(4096)
        except BlockingIOError:
            return b""

    def _told(self, number: int) -> None:
        """Stop; a second time, at once; a third time, die of the signal, and all with it."""
        if number == signal.SIGCHLD:
            return
        self._stop()
        if self._asked >= _KILLING:
            for _, child in self._living:
                os.kill(child.pid, signal.SIGKILL)
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)

    def _stop(self) -> None:
        self._asked += 1
        if self._asked == 1:
            self._stopping()
        for place, child in self._living:
            if not place.job.watches:
                child.stop()

    def _look(self) -> None:
        """Hear what the children say, and see which have ended."""
        for place, child in self._living:
            before = child.facts
            child.listen()
            if before is None and child.facts is not None:
                fields = [("worker", place.job.name), ("pid", child.pid)]
                self._log.event("info", "started", fields)
            reason = child.ended()
            if reason is not None:
                self._ended(place, child, reason)

    def _ended(self, place: _Place, child: Child, reason: str) -> None:
        now = time.monotonic()
        pause = place.lost(now)
        place.job.gone(child.pid)
        if self._asked:
            failed, _ = child.failure or (_STOPPED, "")
            self._status = self._status or failed
        elif not self._is_announced:
            self._status, self.failure = child.failure or (_FAILED, reason)
            self._stop()
        else:
            message = f"{reason}; another one starts in {pause:g} seconds"
            fields = [("worker", place.job.name), ("pid", child.pid), ("message", message)]
            self._log.event("error", "ended", fields)

    def _go_on(self) -> None:
        """Do what is due as others are ready, or have ended."""
        first, *others = self._places
        if self._asked:
            if all(place.job.watches for place, _ in self._living):
                for _, child in self._living:
                    child.stop()
        elif not self._is_announced and first.facts is not None:
            for place in others:
                if place.child is None:
                    place.due = time.monotonic()
            if all(place.facts is not None for place in others):
                self._is_announced = True
                self._announce(first.facts)


@contextmanager
def _woken() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Give two ends of a channel: signals are bytes that can be read from the first one."""
    reading, writing = socket.socketpair()
    reading.settimeout(0)
    writing.settimeout(0)
    handlers = {number: signal.signal(number, lambda *_: None) for number in SIGNALS}
    before = signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
    try:
        yield reading, writing
    finally:
        signal.set_wakeup_fd(before)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        reading.close()
        writing.close()
