"""Manifests of schema 1 as they were pushed, with their signatures, beside what was signed.

The payload is stored as other manifests are, and is what the digest is of. What came with it is a
file of each repository's own, as the same payload may come with other signatures elsewhere.
"""

from contextlib import suppress

from storagedriver.aio import Threads
from storagedriver.errors import CorruptContentError, PathNotFoundError
from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import layout, mediatypes, schema1
from storagedriver.registry.store.digests import Digest
from storagedriver.registry.store.errors import StoreError
from storagedriver.registry.store.hashing import INLINE
from storagedriver.registry.store.records import Manifest


class SignedForms:
    """Keeps them and gives them back."""

    def __init__(self, driver: StorageDriver, threads: Threads) -> None:
        self._driver = driver
        self._threads = threads

    async def keep(self, name: str, digest: Digest, content: bytes) -> None:
        """Keep the bytes that were pushed, whose payload has this digest."""
        await self._driver.put_content(layout.signed(name, digest), content)

    async def of(self, name: str, manifest: Manifest) -> Manifest:
        """Return a manifest of schema 1 as it was pushed: with its signatures, if it has any.

        Others keep the payload alone. Raises `CorruptContentError` for signatures of another one.
        """
        path = layout.signed(name, manifest.digest)
        try:
            content = await self._driver.get_content(path)
        except PathNotFoundError:
            return manifest
        try:
            payload = await self._payload_of(content)
        except StoreError:
            payload = None
        if payload != manifest.content:
            message = "what is stored is not the manifest with its signatures"
            raise CorruptContentError(message, path=path, driver=self._driver.name)
        return Manifest(
            digest=manifest.digest, media_type=mediatypes.SCHEMA_1_SIGNED, content=content
        )

    async def forget(self, name: str, manifest: Manifest) -> None:
        """Remove what is kept of a manifest, if it is of schema 1."""
        if manifest.media_type == mediatypes.SCHEMA_1:
            with suppress(PathNotFoundError):
                await self._driver.delete(layout.signed(name, manifest.digest))

    async def _payload_of(self, content: bytes) -> bytes:
        if len(content) <= INLINE:
            return schema1.payload_of(content)
        return await self._threads.run(schema1.payload_of, content)
