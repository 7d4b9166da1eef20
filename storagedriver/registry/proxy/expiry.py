"""Expiry: what nobody asks a mirror for is removed, and fetched again when somebody does."""

import logging
from collections.abc import Callable
from contextlib import aclosing, suppress
from datetime import datetime
from functools import partial

from storagedriver.errors import (
    PathNotFoundError,
    PreconditionFailedError,
    StorageDriverError,
    StorageUnavailableError,
)
from storagedriver.paths import name_of
from storagedriver.protocol import StorageDriver
from storagedriver.records import FileInfo
from storagedriver.registry.proxy.uses import Uses
from storagedriver.registry.store import layout
from storagedriver.registry.store.concurrency import for_each
from storagedriver.registry.store.digests import Digest
from storagedriver.registry.store.garbage import Problem, Removed, Summary, collect
from storagedriver.registry.store.garbage.places import folders, repositories

_log = logging.getLogger(__name__)


class Expiry:
    """Removes what was neither fetched nor asked for in the last `uses.ttl`, whoever uses it not.

    First go the tags, then the manifests that no tag and no living manifest leads to, then the
    blobs that no living manifest of any repository names. Several may run over one storage, and
    clients be served meanwhile: what they ask this process for stays. What another process gives
    to a repository in the moment in which it is removed here is lost, and fetched again.
    """

    def __init__(self, driver: StorageDriver, uses: Uses, *, now: Callable[[], datetime]) -> None:
        self._driver = driver
        self._uses = uses
        self._now = now

    async def run(self) -> None:
        """Remove what expired. Raises errors of the storage; what is left is for the next time."""
        before = self._now() - self._uses.ttl - self._uses.grain
        with self._uses.sparing() as is_spared:
            tags = await self._remove_tags(before)
            await self._remove_rest(before, is_spared, tags)

    async def _remove_tags(self, before: datetime) -> int:
        """Remove the tags that were last asked for before a moment, and return how many."""
        removed = 0
        async with aclosing(repositories(self._driver)) as names:
            async for name in names:
                async with aclosing(folders(self._driver, layout.tags(name))) as found:
                    async for batch in found:
                        expired = partial(self._expire, name, before)
                        removed += sum(await for_each(batch, expired))
        return removed

    async def _expire(self, name: str, before: datetime, folder: FileInfo) -> bool:
        """Remove a tag if it is time, and tell whether it was."""
        tag = name_of(folder.path)
        link = layout.current(name, tag)
        is_conditional = bool(self._driver.capabilities.conditional_delete)
        try:
            info = await self._driver.stat(link)
            if info.modified is None or info.modified >= before or self._uses.is_new(link):
                return False
            await self._driver.delete(link, if_match=info.version if is_conditional else None)
            with suppress(PathNotFoundError):
                await self._driver.delete(layout.index(name, tag))
        except (PathNotFoundError, PreconditionFailedError):
            return False
        except StorageUnavailableError:
            raise
        except StorageDriverError as error:
            _log.warning("the tag %s of %s expired and cannot be removed: %s", tag, name, error)
            return False
        _log.debug("expired: the tag %s of %s, asked for on %s", tag, name, info.modified)
        return True

    async def _remove_rest(
        self, before: datetime, is_spared: Callable[[Digest], bool], tags: int
    ) -> None:
        events = collect(
            self._driver, before=before, delete_untagged=True, is_cache=True, is_spared=is_spared
        )
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Removed):
                    _log.debug("expired: %s, %d bytes", event.path, event.size)
                elif isinstance(event, Problem):
                    _log.warning("%s: %s", event.path, event.message)
                elif isinstance(event, Summary):
                    _log.info(
                        "expired: %d tags, %d manifests, %d blobs (%d bytes); "
                        "%d manifests and all that they name stay",
                        tags,
                        event.removed_manifests,
                        event.removed_blobs,
                        event.freed,
                        event.manifests,
                    )
