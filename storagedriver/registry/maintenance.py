"""What a registry does by itself, now and then."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from storagedriver.errors import StorageDriverError
from storagedriver.protocol import StorageDriver
from storagedriver.registry.config import Config
from storagedriver.registry.store.purging import purge
from storagedriver.registry.store.uploads import Uploads

_LATEST_START = 3600.0
_log = logging.getLogger(__name__)


@asynccontextmanager
async def purging(driver: StorageDriver, uploads: Uploads, config: Config) -> AsyncIterator[None]:
    """Purge abandoned uploads at each `config.purge_interval`, until the block is left.

    The first time is drawn from the first hour, so that several registries over one storage do not
    all begin at once. A failure is logged, and what is left is for the next time.
    """
    task = asyncio.create_task(_purge_for_ever(driver, uploads, config))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _purge_for_ever(driver: StorageDriver, uploads: Uploads, config: Config) -> None:
    wait = random.uniform(0, min(_LATEST_START, config.purge_interval))  # noqa: S311 - no secret
    while True:
        await asyncio.sleep(wait)
        try:
            await _purge(driver, uploads, config)
        except StorageDriverError as error:
            _log.warning("the purge of uploads broke off, and is tried again later: %s", error)
        except Exception:  # noqa: BLE001 - the registry goes on, whatever a driver raises
            _log.exception("the purge of uploads failed, and is tried again later")
        wait = config.purge_interval


async def _purge(driver: StorageDriver, uploads: Uploads, config: Config) -> None:
    before = datetime.now(UTC) - timedelta(seconds=config.purge_age)
    done = "would be purged" if config.purge_dry_run else "purged"
    async for each in purge(
        driver, before=before, dry_run=config.purge_dry_run, is_busy=uploads.is_busy
    ):
        _log.info("%s %s: %d bytes, untouched since %s", each.path, done, each.size, each.modified)
