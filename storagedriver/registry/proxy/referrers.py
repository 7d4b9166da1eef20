"""Referrers of a mirror: the mirrored registry's list while it answers, else what is kept."""

import logging

from storagedriver.protocol import StorageDriver
from storagedriver.registry.proxy.errors import UpstreamUnavailableError
from storagedriver.registry.proxy.upstream import Upstream
from storagedriver.registry.store.digests import Digest
from storagedriver.registry.store.manifests import Manifests
from storagedriver.registry.store.names import check_repository
from storagedriver.registry.store.records import Referrers as Page
from storagedriver.registry.store.referrers import Referrers

_log = logging.getLogger(__name__)


class MirroredReferrers(Referrers):
    """What the mirrored registry says refers to a manifest.

    `kept` are the manifests that are kept, `mirrored` all. Beside what `Referrers` raises, it is
    what `Upstream` does.
    """

    def __init__(
        self, driver: StorageDriver, kept: Manifests, mirrored: Manifests, upstream: Upstream
    ) -> None:
        super().__init__(driver, kept)
        self._found = Referrers(driver, mirrored)
        self._upstream = upstream

    async def list(
        self,
        name: str,
        subject: Digest,
        *,
        limit: int,
        artifact_type: str | None = None,
        after: Digest | None = None,
    ) -> Page:
        """Give at most `limit` of what refers to `subject`, in the order of their digests.

        Where upstream has no such lists, it is what clients list under a tag there.
        """
        check_repository(name)
        try:
            known = await self._upstream.referrers(name, subject)
        except UpstreamUnavailableError:
            page = await super().list(
                name, subject, limit=limit, artifact_type=artifact_type, after=after
            )
            if not page.items and page.after is None:
                raise
            _log.warning("what refers to %s of %s is given as it was kept", subject, name)
            return page
        if known is None:
            return await self._found.list(
                name, subject, limit=limit, artifact_type=artifact_type, after=after
            )
        items = sorted(
            {
                each.digest: each
                for each in known
                if artifact_type in (None, each.artifact_type)
                and (after is None or each.digest > after)
            }.values(),
            key=lambda each: each.digest,
        )
        is_last = len(items) <= limit or limit <= 0
        return Page(items=items[:limit], after=None if is_last else items[limit - 1].digest)
