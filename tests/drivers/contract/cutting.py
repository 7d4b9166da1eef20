"""Cancelling a call at each place where it waits, one after the other."""

import asyncio
import types
from collections.abc import Coroutine, Generator
from typing import Any


@types.coroutine
def _cut(work: Coroutine[Any, Any, object], at: int) -> Generator[Any, Any, bool]:
    """Run `work`, and cancel the task around it when it waits for the time `at`.

    Tell whether it came to that.
    """
    steps = work.__await__()
    waits = 0
    failure: BaseException | None = None
    while True:
        try:
            waited_for = next(steps) if failure is None else steps.throw(failure)
        except StopIteration:
            return waits >= at
        waits += 1
        if waits == at:
            task = asyncio.current_task()
            assert task is not None
            task.cancel()
        failure = None
        try:
            yield waited_for
        except BaseException as error:  # noqa: BLE001 - whatever comes is the work's to handle
            failure = error


async def cut(work: Coroutine[Any, Any, object], at: int) -> bool:
    """Cancel `work` at its wait number `at`, from 1 on; tell whether it had so many.

    Work that ends in spite of the cancellation is right too: it was at its end. Nothing else may
    still be running afterwards.
    """
    others = asyncio.all_tasks()

    async def run() -> bool:
        return await _cut(work, at)

    task = asyncio.create_task(run())
    try:
        return await task
    except asyncio.CancelledError:
        return True
    finally:
        assert asyncio.all_tasks() <= others
