"""Tags of a mirror: those of the mirrored registry while it answers, else the kept ones."""

import logging

from storagedriver.protocol import StorageDriver
from storagedriver.registry.proxy.errors import UpstreamUnavailableError
from storagedriver.registry.proxy.upstream import Upstream
from storagedriver.registry.store.errors import NameUnknownError
from storagedriver.registry.store.names import check_repository, check_tag, is_tag
from storagedriver.registry.store.records import Page
from storagedriver.registry.store.tags import Tags

_log = logging.getLogger(__name__)


class MirroredTags(Tags):
    """The tags of the mirrored registry.

    Beside what `Tags` raises, it is what `Upstream` does.
    """

    def __init__(self, driver: StorageDriver, upstream: Upstream) -> None:
        super().__init__(driver)
        self._upstream = upstream

    async def list(self, name: str, *, limit: int, after: str | None = None) -> Page:
        """Give at most `limit` tags that follow `after`, ascending by code point.

        All are fetched for each page: registries differ in how they sort them and go on.
        """
        check_repository(name)
        if after:
            check_tag(after)
        try:
            known = await self._upstream.tags(name)
        except UpstreamUnavailableError as error:
            return await self._kept(name, limit, after, error)
        tags = sorted({tag for tag in known if is_tag(tag) and tag > (after or "")})
        return Page(items=tags[:limit], more=0 < limit < len(tags))

    async def _kept(
        self, name: str, limit: int, after: str | None, reason: UpstreamUnavailableError
    ) -> Page:
        try:
            page = await super().list(name, limit=limit, after=after)
        except NameUnknownError:
            raise reason from reason.__cause__
        _log.warning("the tags of %s are given as they were kept", name)
        return page
