"""An event loop in a thread of its own, which code that is not async has its calls done in."""

import asyncio
import gc
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import AbstractAsyncContextManager, suppress
from threading import Lock, Thread, current_thread, get_ident
from typing import Any, Generic, ParamSpec, TypeVar

from storagedriver.errors import DriverClosedError

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

Outcome = tuple[T, None] | tuple[None, BaseException]


class LoopThread(Generic[R]):
    """One daemon thread with one event loop, in which a resource is opened, used and closed.

    Any thread may call it, many at once. The resource is entered and left in one task.
    """

    def __init__(self, name: str, resource: AbstractAsyncContextManager[R]) -> None:
        self._manager = resource
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()
        self._leaving: set[asyncio.Task[object]] = set()
        self._held: dict[int, object] = {}
        self._opened: Future[R] = Future()
        self._ended: Future[None] = Future()
        self._is_closed = False
        self._collecting: int | None = None
        self._lock = Lock()
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def open(self) -> R:
        """Start the thread and enter the resource. Raises what entering raises."""
        self._thread.start()
        gc.callbacks.append(self._note_collection)
        try:
            return self._opened.result()
        except BaseException:
            self.close(is_silent=True)
            raise

    def close(self, *, is_silent: bool = False) -> None:
        """Leave the resource and end the thread. May be repeated.

        Calls that are still running are cancelled. Raises what leaving raises, the first time.
        """
        with self._lock:
            is_first, self._is_closed = not self._is_closed, True
        if not is_first:
            return
        gc.callbacks.remove(self._note_collection)
        with suppress(RuntimeError):  # it ended by itself, since entering failed
            self._loop.call_soon_threadsafe(self._end)
        if self.is_here() or self._is_collecting():
            return
        self._thread.join()
        if not is_silent:
            self._ended.result()

    def is_here(self) -> bool:
        """Tell whether the caller runs in the loop's own thread."""
        return current_thread() is self._thread  # an ident is given again to a later thread

    def run(self, function: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """Await `function` in the loop, and return what it does.

        What interrupts the wait, a KeyboardInterrupt for instance, cancels the call and is raised
        when that has ended. Raises `DriverClosedError` after `close`, and `RuntimeError` in the
        loop's own thread, which cannot wait for itself.
        """
        if self.is_here():
            raise RuntimeError("a blocking call in the event loop's own thread would never end")
        answer: Future[Outcome[T]] = Future()
        begun: list[asyncio.Task[Outcome[T]]] = []

        def cancel() -> None:
            for task in begun:
                task.cancel()

        def begin() -> None:
            if self._closing.is_set():
                return
            task = self._loop.create_task(_outcome(function, *args, **kwargs))
            begun.append(task)
            task.add_done_callback(lambda task: _hand_over(task, answer))

        self._call_soon(begin)
        either: tuple[Future[Any], ...] = (answer, self._ended)
        try:
            wait(either, return_when=FIRST_COMPLETED)
        except BaseException:
            with suppress(DriverClosedError):
                self._call_soon(cancel)
            wait(either, return_when=FIRST_COMPLETED)
            raise
        if not answer.done():
            raise DriverClosedError
        return _given(answer.result())

    def finish(
        self, function: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T | None:
        """Do what `run` does to let something go, which a finalizer may do anywhere, at any time.

        In the loop's own thread it is not waited for, nor within a garbage collection: that may
        begin in the middle of anything, where a lock is held that the loop needs. After `close`,
        there is nothing to do.
        """
        try:
            if not (self.is_here() or self._is_collecting()):
                return self.run(function, *args, **kwargs)
            self._call_soon(lambda: self._let_go(lambda: _outcome(function, *args, **kwargs)))
        except DriverClosedError:
            pass
        return None

    def hold(self, one: object) -> None:
        """Keep what is open from becoming garbage, so that only the loop's thread ends it."""
        self._held[id(one)] = one

    def release(self, one: object) -> None:
        """Hold it no longer."""
        self._held.pop(id(one), None)

    def _note_collection(self, phase: str, _: object) -> None:
        self._collecting = get_ident() if phase == "start" else None

    def _is_collecting(self) -> bool:
        """Tell whether the caller is a finalizer that the garbage collector runs."""
        return self._collecting == get_ident()

    def _let_go(self, work: Callable[[], Coroutine[Any, Any, object]]) -> None:
        if self._closing.is_set():
            return
        task = self._loop.create_task(work())
        self._leaving.add(task)  # the loop itself holds tasks weakly
        task.add_done_callback(self._leaving.discard)

    def _call_soon(self, begin: Callable[[], object]) -> None:
        # No lock is taken, since a finalizer may come here in the middle of anything.
        if self._is_closed:
            raise DriverClosedError
        try:
            self._loop.call_soon_threadsafe(begin)
        except RuntimeError as error:
            raise DriverClosedError from error

    def _run(self) -> None:
        failure: BaseException | None = None
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                runner.run(self._live())
        except BaseException as error:  # noqa: BLE001 - raised where it is opened or closed
            failure = error
        self._held.clear()
        if failure is None:
            self._ended.set_result(None)
        else:
            self._ended.set_exception(failure)
        if not self._opened.done():
            self._opened.set_exception(failure or DriverClosedError())

    async def _live(self) -> None:
        self._task = asyncio.current_task()
        if self._closing.is_set():
            return
        async with self._manager as resource:
            self._opened.set_result(resource)
            await self._closing.wait()

    def _end(self) -> None:
        self._closing.set()
        if self._task is not None and not self._opened.done():
            self._task.cancel()


async def _outcome(
    function: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs
) -> Outcome[T]:
    """Await a call and return how it ended: a raised SystemExit must not end the loop."""
    try:
        return await function(*args, **kwargs), None
    except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
        return None, error


def _given(outcome: Outcome[T]) -> T:
    if outcome[1] is not None:
        raise outcome[1]
    return outcome[0]


def _hand_over(task: "asyncio.Task[Outcome[T]]", answer: "Future[Outcome[T]]") -> None:
    outcome: Outcome[T] = (None, asyncio.CancelledError()) if task.cancelled() else task.result()
    if isinstance(outcome[1], asyncio.CancelledError):
        # Nobody but `close` cancels a call whose caller still waits for it.
        outcome = (None, DriverClosedError("it was closed during the call"))
    answer.set_result(outcome)
