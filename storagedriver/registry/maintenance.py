"""The purge of uploads, as it is configured."""

import logging
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta

from storagedriver.protocol import StorageDriver
from storagedriver.registry.configuration.config import Config
from storagedriver.registry.repeating import repeated
from storagedriver.registry.store.purging import purge
from storagedriver.registry.store.uploads import Uploads

_log = logging.getLogger(__name__)


def purging(
    driver: StorageDriver, uploads: Uploads, config: Config
) -> AbstractAsyncContextManager[None]:
    """Purge abandoned uploads at each `config.purge_interval`, until the block is left."""

    async def work() -> None:
        before = datetime.now(UTC) - timedelta(seconds=config.purge_age)
        done = "would be purged" if config.purge_dry_run else "purged"
        async for each in purge(
            driver, before=before, dry_run=config.purge_dry_run, is_busy=uploads.is_busy
        ):
            _log.info(
                "%s %s: %d bytes, untouched since %s", each.path, done, each.size, each.modified
            )

    return repeated("the purge of uploads", work, every=config.purge_interval)
