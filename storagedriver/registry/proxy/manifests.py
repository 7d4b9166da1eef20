"""Manifests of a mirror: tags are looked up upstream while it answers, digests in storage."""

import logging
from contextlib import suppress

from storagedriver.aio import Threads
from storagedriver.errors import CorruptContentError
from storagedriver.protocol import StorageDriver
from storagedriver.registry.proxy.errors import UpstreamUnavailableError
from storagedriver.registry.proxy.sharing import Shared
from storagedriver.registry.proxy.upstream import Upstream
from storagedriver.registry.proxy.uses import Uses
from storagedriver.registry.store import layout
from storagedriver.registry.store.blobs import Blobs
from storagedriver.registry.store.cache import ManifestCache
from storagedriver.registry.store.digests import Digest
from storagedriver.registry.store.errors import ManifestInvalidError, ManifestUnknownError
from storagedriver.registry.store.garbage.references import named
from storagedriver.registry.store.manifests import Manifests
from storagedriver.registry.store.names import check_repository, check_tag
from storagedriver.registry.store.records import Manifest
from storagedriver.registry.store.tags import Tags
from storagedriver.registry.store.validation import Validation

_log = logging.getLogger(__name__)


class MirroredManifests(Manifests):
    """The manifests of the mirrored registry.

    Beside what `Manifests` raises, it is what `Upstream` does.
    """

    def __init__(
        self,
        driver: StorageDriver,
        blobs: Blobs,
        tags: Tags,
        threads: Threads,
        *,
        max_size: int,
        cache: ManifestCache,
        upstream: Upstream,
        uses: Uses,
    ) -> None:
        super().__init__(
            driver,
            blobs,
            tags,
            threads,
            max_size=max_size,
            cache=cache,
            validation=Validation(),
            schema_1=False,
        )
        self._upstream = upstream
        self._uses = uses
        self._shared: Shared[Manifest] = Shared()

    async def get(self, name: str, reference: str) -> Manifest:
        """Return a manifest, as the mirrored registry has it.

        What a digest names is kept. What a tag names is asked for each time, but once for
        all who ask at the same time; what it named last is given only while upstream does not
        answer.
        """
        check_repository(name)
        key = (name, reference)
        if ":" not in reference:
            check_tag(reference)
            return await self._shared.result(key, lambda: self._by_tag(name, reference))
        Digest.parse(reference)
        kept = await self._kept(name, reference)
        if kept is not None:
            await self._uses.note(layout.revision(name, kept.digest))
            return kept
        return await self._shared.result(key, lambda: self._fetched(name, reference))

    async def aclose(self) -> None:
        """Stop asking."""
        await self._shared.aclose()

    async def _by_tag(self, name: str, tag: str) -> Manifest:
        kept = await self._kept(name, tag)
        if kept is None:
            return await self._keep(name, await self._upstream.manifest(name, tag), [tag])
        try:
            fresh = await self._upstream.changed(name, tag, kept.digest)
        except UpstreamUnavailableError:
            _log.warning("the tag %s of %s is given as it was kept", tag, name)
            fresh = None
        if fresh is not None:
            return await self._keep(name, fresh, [tag])
        await self._uses.note(layout.current(name, tag), layout.revision(name, kept.digest))
        return kept

    async def _fetched(self, name: str, digest: str) -> Manifest:
        return await self._keep(name, await self._upstream.manifest(name, digest), [])

    async def _kept(self, name: str, reference: str) -> Manifest | None:
        """Return a manifest from storage; what is corrupt there is as good as lost."""
        try:
            kept = await super().get(name, reference)
        except ManifestUnknownError:
            return None
        except CorruptContentError as error:
            _log.warning(
                "the manifest %s of %s is corrupt, and asked for: %s", reference, name, error
            )
            return None
        await self._spare(kept)
        return kept

    async def _keep(self, name: str, manifest: Manifest, tags: list[str]) -> Manifest:
        """Store a manifest; one of a kind that is not taken here is passed on as it is."""
        await self._spare(manifest)
        try:
            await self.keep(name, manifest, tags)
        except ManifestInvalidError as error:
            _log.info("the manifest %s of %s is not kept: %s", manifest.digest, name, error)
        return manifest

    async def _spare(self, manifest: Manifest) -> None:
        """Let nothing expire, while that goes on, that a manifest names."""
        if self._uses.is_sparing:
            self._uses.spare([manifest.digest])
            with suppress(ValueError):  # not one that is kept
                found = await self.looked(manifest.content, named)
                self._uses.spare(found.digests | found.subjects)
