"""Manifests: stored as they came, and served by digest or by tag."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import ParamSpec, TypeVar

from storagedriver.aio import Threads
from storagedriver.errors import CorruptContentError, PathNotFoundError
from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import documents, layout, mediatypes, schema1
from storagedriver.registry.store.blobs import Blobs
from storagedriver.registry.store.cache import ManifestCache
from storagedriver.registry.store.concurrency import for_each
from storagedriver.registry.store.digests import CANONICAL, Digest
from storagedriver.registry.store.errors import (
    ConditionInvalidError,
    DigestInvalidError,
    ManifestTooLargeError,
    ManifestUnknownError,
    shown,
)
from storagedriver.registry.store.hashing import INLINE, digest_of
from storagedriver.registry.store.links import is_linked, write_link
from storagedriver.registry.store.names import check_repository, check_tag
from storagedriver.registry.store.records import Descriptor, Manifest, Stored
from storagedriver.registry.store.references import References
from storagedriver.registry.store.revisions import Revisions, digest_or_tag
from storagedriver.registry.store.selfdescription import described
from storagedriver.registry.store.signedforms import SignedForms
from storagedriver.registry.store.tags import Allows, Tags
from storagedriver.registry.store.validation import Validation

P = ParamSpec("P")
T = TypeVar("T")

_log = logging.getLogger(__name__)


class Manifests:
    """The manifests of all repositories. One has at most `max_size` bytes when it is pushed.

    Those of schema 1 are taken only with `schema_1`, and given whenever they are there.
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
        validation: Validation,
        schema_1: bool,
    ) -> None:
        self._driver = driver
        self._blobs = blobs
        self._tags = tags
        self._threads = threads
        self._takes_schema_1 = schema_1
        self._signed_forms = SignedForms(driver, threads)
        self._revisions = Revisions(driver)
        self._references = References(driver, blobs, validation)
        self._max_size = max_size
        self._cache = cache

    async def get(self, name: str, reference: str) -> Manifest:
        """Return a manifest by its digest or by a tag.

        Raises `ManifestUnknownError` where the repository lacks it, `DigestInvalidError` and
        `TagInvalidError` for a reference that is neither, `CorruptContentError` where what is
        stored is not what its digest says.
        """
        check_repository(name)
        digest = await self._revisions.find(name, reference)
        if digest is None:
            raise _unknown(reference)
        manifest = self._cache.get(digest) or await self._read(digest)
        if manifest is None:
            _log.warning("the manifest %s of %s is linked and not stored", digest, name)
            raise _unknown(reference)
        if manifest.media_type != mediatypes.SCHEMA_1:
            return manifest
        return await self._signed_forms.of(name, manifest)

    async def stat(self, name: str, reference: str) -> Descriptor:
        """Describe a manifest; errors as `get`."""
        manifest = await self.get(name, reference)
        return Descriptor(
            digest=manifest.digest, size=len(manifest.content), media_type=manifest.media_type
        )

    async def put(
        self,
        name: str,
        reference: str,
        media_type: str | None,
        content: bytes,
        tags: Sequence[str] = (),
        *,
        allows: Allows | None = None,
    ) -> Stored:
        """Store a manifest under its digest, and lead `tags` to it, and `reference` if it is one.

        `media_type` is what it was sent as; None where that was not said. With `allows`, there is
        one tag, and it is changed only if it then names what is allowed.

        Raises `TagChangedError` and `ConditionInvalidError` as `Tags.check`;
        `ManifestTooLargeError`; `ManifestInvalidError` where it is no manifest or not what it was
        sent as; `DigestInvalidError` where `reference` is another digest than its own;
        `ManifestBlobUnknownError` where the repository lacks what it names, and
        `ManifestDeniedError`, both as is configured; `ManifestUnverifiedError` for signatures that
        are not of it. A missing subject is no error.
        """
        check_repository(name)
        wanted, tags = _aims(reference, tags)
        if allows is not None and (wanted is not None or len(tags) > 1):
            raise ConditionInvalidError("a push on a condition is one by tag, and of no other tag")
        if len(content) > self._max_size:
            message = f"a manifest has at most {self._max_size} bytes here"
            raise ManifestTooLargeError(message, detail={"size": len(content)})
        signed, document = None, None
        if self._takes_schema_1 and schema1.is_signed(media_type):
            signed = content
            content, document = await self._off_loop(content, schema1.verified, content)
        algorithm = CANONICAL if wanted is None else wanted.algorithm
        digest = await digest_of(content, algorithm, self._threads)
        if wanted is not None and wanted != digest:
            message = "the manifest has another digest"
            raise DigestInvalidError(message, detail={"digest": reference, "content": str(digest)})
        if document is None:
            document = await self._off_loop(content, documents.parse, content, media_type)
        await self._references.check(name, document)
        if allows is not None:
            await self._tags.check(name, reference, allows)  # before anything is stored
        if signed is not None:
            await self._signed_forms.keep(name, digest, signed)
        await self._store(name, digest, content, tags=tags, subject=document.subject, allows=allows)
        manifest = Manifest(digest=digest, media_type=document.media_type, content=content)
        self._cache.put(manifest)
        return Stored(digest=digest, media_type=document.media_type, subject=document.subject)

    async def keep(self, name: str, manifest: Manifest, tags: Sequence[str] = ()) -> None:
        """Store a manifest of verified digest, though the repository may lack what it names.

        Raises `ManifestInvalidError` where it is no manifest or not of its media type.
        """
        content = manifest.content
        document = await self._off_loop(content, documents.parse, content, manifest.media_type)
        await self._store(
            name, manifest.digest, content, tags=tags, subject=document.subject, allows=None
        )
        self._cache.put(manifest)

    async def delete(self, name: str, digest: Digest) -> Sequence[str]:
        """Take a manifest from the repository, and before that all tags that name it: give these.

        Raises `ManifestUnknownError` where the repository lacks it.
        """
        check_repository(name)
        link = layout.revision(name, digest)
        if not await is_linked(self._driver, link):
            raise _unknown(str(digest))
        tags = await self._tags.remove_all(name, digest)
        await self._forget(name, digest)
        try:
            await self._driver.delete(link)
        except PathNotFoundError as error:
            raise _unknown(str(digest)) from error
        return tags

    async def _read(self, digest: Digest) -> Manifest | None:
        """Read a manifest from storage and verify it; None where it is not stored."""
        path = layout.blob(digest)
        try:
            content = await self._driver.get_content(path)
        except PathNotFoundError:
            return None
        found = await digest_of(content, digest.algorithm, self._threads)
        media_type = await self._off_loop(content, documents.stored_media_type, content)
        if found != digest or media_type is None:
            message = "what is stored is not the manifest of this digest"
            raise CorruptContentError(message, path=path, driver=self._driver.name)
        manifest = Manifest(digest=digest, media_type=media_type, content=content)
        self._cache.put(manifest)
        return manifest

    async def _forget(self, name: str, digest: Digest) -> None:
        """Take a manifest from the list of what refers to its subject, and its signatures away."""
        try:
            manifest = self._cache.get(digest) or await self._read(digest)
        except CorruptContentError:
            return  # and it is listed no more
        if manifest is None:
            return
        await self._signed_forms.forget(name, manifest)
        subject = (await self.looked(manifest.content, described)).subject
        if subject is not None:
            with suppress(PathNotFoundError):
                await self._driver.delete(layout.referrer(name, subject, digest))

    async def _store(
        self,
        name: str,
        digest: Digest,
        content: bytes,
        *,
        tags: Sequence[str],
        subject: Digest | None,
        allows: Allows | None,
    ) -> None:
        """Write the content, the links to it and the tags, each when what it needs is there."""
        await self._blobs.store(digest, content)
        revision = layout.revision(name, digest)
        referrer = [] if subject is None else [layout.referrer(name, subject, digest)]
        indexed = [layout.indexed(name, tag, digest) for tag in tags]
        # Other registries list a tag that has an index, so it is for one that is sure to come.
        await self._link([revision] if allows else [revision, *indexed], digest)
        await self._link(referrer, digest)
        if not tags:
            return
        if allows is None:
            await self._link([layout.current(name, tag) for tag in tags], digest)
        else:
            await self._tags.lead(name, tags[0], digest, allows)
            await self._link(indexed, digest)
        if not await is_linked(self._driver, revision):
            # Deleted since, by someone who did not see the tag yet: the tag must not dangle.
            await self._link([revision], digest)
            await self._link(referrer, digest)

    async def _link(self, links: Sequence[str], digest: Digest) -> None:
        await for_each(links, lambda path: write_link(self._driver, path, digest))

    async def looked(self, content: bytes, look: Callable[[bytes], T]) -> T:
        """Return what a function finds in a manifest; a large one is looked at in a thread."""
        return await self._off_loop(content, look, content)

    async def _off_loop(
        self, content: bytes, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do work on content here if it is small, else in a thread."""
        if len(content) <= INLINE:
            return work(*args, **kwargs)
        return await self._threads.run(work, *args, **kwargs)


def _aims(reference: str, tags: Sequence[str]) -> tuple[Digest | None, list[str]]:
    """Return the digest that a manifest must have, None for any, and all tags to lead to it."""
    wanted = digest_or_tag(reference)
    tags = [*dict.fromkeys(tags if wanted is not None else [reference, *tags])]
    for tag in tags:
        check_tag(tag)
    return wanted, tags


def _unknown(reference: str) -> ManifestUnknownError:
    message = "the repository has no such manifest"
    return ManifestUnknownError(message, detail={"reference": shown(reference)})
