"""Work that a registry does by itself, now and then."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from storagedriver.errors import StorageDriverError

_LATEST_START = 3600.0
_log = logging.getLogger(__name__)


@asynccontextmanager
async def repeated(
    what: str, work: Callable[[], Awaitable[None]], *, every: float
) -> AsyncIterator[None]:
    """Do work every so many seconds, until the block is left.

    The first time is drawn from the first hour, so that several registries over one storage do not
    all begin at once. A failure of `what` is logged, and what is left is for the next time.
    """
    task = asyncio.create_task(_repeat(what, work, every))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _repeat(what: str, work: Callable[[], Awaitable[None]], every: float) -> None:
    wait = random.uniform(0, min(_LATEST_START, every))  # noqa: S311 - no secret
    while True:
        await asyncio.sleep(wait)
        try:
            await work()
        except StorageDriverError as error:
            _log.warning("%s broke off, and is tried again later: %s", what, error)
        except Exception:  # noqa: BLE001 - the registry goes on, whatever a driver raises
            _log.exception("%s failed, and is tried again later", what)
        wait = every
