"""Referrers: the manifests of a repository that name another one as their subject.

Each has a link of its own, so that two pushes at once lose neither. Before registries kept such
lists, clients kept an index of them under a tag; what that lists is given too.
"""

import logging
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing, suppress
from typing import TypeVar

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
from storagedriver.registry.store.selfdescription import MOST_BYTES, described, listed

T = TypeVar("T")

MOST_READ = 1000
"""How many manifests are read for one page, whatever is filtered out."""

MOST_WEIGHT = 16 * 1024 * 1024
"""How many bytes of manifests are read for one page, but for those that are read at a time."""

_BATCH = 8
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
        last, read, weight, size = after, 0, 0, 0
        async with aclosing(self._candidates(name, subject, after)) as candidates:
            while batch := await _next(candidates, min(_BATCH, limit - len(items))):
                found = await for_each(batch, lambda digest: self._read(name, subject, digest))
                for digest, (item, item_size, bytes_read) in zip(batch, found, strict=True):
                    weight += bytes_read
                    if item is not None and artifact_type in (None, item.artifact_type):
                        size += item_size
                        if items and size > MOST_BYTES:
                            return Page(items=items, after=last)
                        items.append(item)
                    last = digest
                read += len(batch)
                if len(items) >= limit or read >= MOST_READ or weight >= MOST_WEIGHT:
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
        read = await self._get(name, tag, listed)
        return [] if read is None else read[1]

    async def _read(
        self, name: str, subject: Digest, digest: Digest
    ) -> tuple[Referrer | None, int, int]:
        """Describe a manifest, if it is there and refers to the subject.

        Returns also what the description comes to, and how many bytes were read for it.
        """
        read = await self._get(name, str(digest), described)
        if read is None:
            return None, 0, 0
        manifest, found = read
        if found.subject != subject:
            return None, 0, len(manifest.content)
        referrer = Referrer(
            digest=digest,
            size=len(manifest.content),
            media_type=manifest.media_type,
            artifact_type=found.artifact_type,
            annotations=found.annotations,
        )
        return referrer, found.size, len(manifest.content)

    async def _get(
        self, name: str, reference: str, look: Callable[[bytes], T]
    ) -> tuple[Manifest, T] | None:
        """Get a manifest and what is looked for in it; None if it is not there, or corrupt."""
        try:
            manifest = await self._manifests.get(name, reference)
        except ManifestUnknownError:
            return None
        except CorruptContentError as error:
            _log.warning(
                "the manifest %s of %s is corrupt and not listed: %s", reference, name, error
            )
            return None
        return manifest, await self._manifests.looked(manifest.content, look)


async def _next(digests: AsyncGenerator[Digest, None], most: int) -> list[Digest]:
    batch: list[Digest] = []
    if most > 0:
        async for digest in digests:
            batch.append(digest)
            if len(batch) == most:
                break
    return batch
