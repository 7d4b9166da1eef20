"""What an open tries a service with: objects of its own, which one that is killed leaves behind."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from storagedriver.drivers.objectstore.service import ObjectService
from storagedriver.errors import StorageDriverError

PROBES: Final = "~/probe/"
# One that is younger may be another open's, which needs it.
_LEFT_BEHIND = timedelta(hours=1)


async def drop_left_behind(service: ObjectService, prefix: str, *, now: datetime) -> None:
    """Drop what was left behind, a thousand objects at most.

    What keeps it from being dropped is no error: the next open tries again.
    """
    with suppress(StorageDriverError):
        page = await service.page(f"{prefix}{PROBES}")
        if keys := [found.key for found in page.objects if now - found.modified > _LEFT_BEHIND]:
            await service.delete(keys)
