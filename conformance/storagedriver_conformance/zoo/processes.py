"""Tasks in processes of their own: what hangs or spins in one disturbs no other."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import TypeVar, TypeVarTuple

T = TypeVar("T")
Given = TypeVarTuple("Given")


def done(
    task: Callable[[*Given], T], jobs: Iterable[tuple[*Given]], *, workers: int
) -> Iterator[T]:
    """Call the task for each job, each time in a new process; give what it returns as it comes.

    Whoever stops asking, or is interrupted, waits for what runs, and what has not begun is dropped.
    """
    context = get_context("forkserver")
    context.set_forkserver_preload([task.__module__])
    pool = ProcessPoolExecutor(workers, mp_context=context, max_tasks_per_child=1)
    try:
        for one in as_completed([pool.submit(task, *job) for job in jobs]):
            yield one.result()
    finally:
        pool.shutdown(cancel_futures=True)
