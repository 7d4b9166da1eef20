"""Referrers: the manifests of a repository that name another one as their subject.

Each has a link of its own, so that two pushes at once lose neither. Before registries kept such
lists, clients kept an index of them under a tag; what that lists is given too.
"""

import json
import logging
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress

from storagedriver.aio import closing
from storagedriver.errors import CorruptContentError, PathNotFoundError
from storagedriver.paths import child_of, name_of
from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import layout
from storagedriver.registry.store.concurrency import for_each
from storagedriver.registry.store.digests import Digest
from storagedriver.registry.store.errors import DigestInvalidError, ManifestUnknownError
from storagedriver.registry.store.manifests import Manifests
from storagedriver.registry.store.names import check_repository
from storagedriver.registry.store.records import Manifest, Referrer
from storagedriver.registry.store.records import Referrers as Page
from storagedriver.registry.store.selfdescription import described, listed

MOST_READ = 1000
"""How many manifests are read for one page, whatever is filtered out."""

MOST_BYTES = 2 * 1024 * 1024
"""What a page's types and annotations may come to: clients read indexes of up to 4 MiB."""

_BATCH = 64
_TAG_DIGITS = 64
_log = logging.getLogger(__name__)


class Referrers:
    """The referrers of all manifests. Those that are listed can be pulled."""

    def __init__(self, driver: StorageDriver, manifests: Manifests) -> None:
        self._driver = driver
        self._manifests = manifests

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

        Neither the repository nor the subject need be there. With `artifact_type` all others are
        left out; `after` gives only what follows that digest. A page may have fewer than `limit`,
        and even none, while more follows.
        """
        check_repository(name)
        items: list[Referrer] = []
        last, read, size = after, 0, 0
        async with aclosing(self._candidates(name, subject, after)) as candidates:
            while batch := await _next(candidates, min(_BATCH, limit - len(items))):
                found = await for_each(batch, lambda digest: self._read(name, subject, digest))
                for digest, item in zip(batch, found, strict=True):
                    if item is not None and artifact_type in (None, item.artifact_type):
                        items.append(item)
                        size += _size(item)
                    last = digest
                    if size >= MOST_BYTES:
                        break
                read += len(batch)
                if len(items) >= limit or read >= MOST_READ or size >= MOST_BYTES:
                    return Page(items=items, after=last)
        return Page(items=items, after=None)

    async def _candidates(
        self, name: str, subject: Digest, after: Digest | None
    ) -> AsyncGenerator[Digest, None]:
        """Give what may refer to a subject, in order and once each."""
        tagged = deque(
            digest
            for digest in sorted({*await self._tagged(name, subject)})
            if after is None or digest > after
        )
        async with aclosing(self._linked(name, subject, after)) as links:
            async for digest in links:
                while tagged and tagged[0] <= digest:
                    if (first := tagged.popleft()) != digest:
                        yield first
                yield digest
        for digest in tagged:
            yield digest

    async def _linked(
        self, name: str, subject: Digest, after: Digest | None
    ) -> AsyncGenerator[Digest, None]:
        folder = layout.referrers(name, subject)
        algorithms: list[str] = []
        with suppress(PathNotFoundError):
            algorithms = [name_of(entry.path) async for entry in self._driver.list(folder)]
        for algorithm in algorithms:
            if after is not None and algorithm < after.algorithm:
                continue
            start = after.encoded if after is not None and algorithm == after.algorithm else None
            with suppress(PathNotFoundError):
                links = self._driver.list(child_of(folder, algorithm), start_after=start)
                async with closing(links) as entries:
                    async for entry in entries:
                        with suppress(DigestInvalidError):
                            yield Digest.parse(f"{algorithm}:{name_of(entry.path)}")

    async def _tagged(self, name: str, subject: Digest) -> Sequence[Digest]:
        """Return what a client's own index of referrers lists."""
        tag = f"{subject.algorithm}-{subject.encoded[:_TAG_DIGITS]}"
        manifest = await self._get(name, tag)
        return [] if manifest is None else listed(manifest.content)

    async def _read(self, name: str, subject: Digest, digest: Digest) -> Referrer | None:
        """Describe a manifest, if it is there and refers to the subject."""
        manifest = await self._get(name, str(digest))
        if manifest is None:
            return None
        found = described(manifest.content)
        if found.subject != subject:
            return None
        return Referrer(
            digest=digest,
            size=len(manifest.content),
            media_type=manifest.media_type,
            artifact_type=found.artifact_type,
            annotations=found.annotations,
        )

    async def _get(self, name: str, reference: str) -> Manifest | None:
        try:
            return await self._manifests.get(name, reference)
        except ManifestUnknownError:
            return None
        except CorruptContentError as error:
            _log.warning(
                "the manifest %s of %s is corrupt and not listed: %s", reference, name, error
            )
            return None


async def _next(digests: AsyncGenerator[Digest, None], most: int) -> list[Digest]:
    batch: list[Digest] = []
    if most > 0:
        async for digest in digests:
            batch.append(digest)
            if len(batch) == most:
                break
    return batch


def _size(item: Referrer) -> int:
    return len(item.artifact_type or "") + len(json.dumps(item.annotations))
