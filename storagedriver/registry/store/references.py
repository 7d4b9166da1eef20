"""What manifests name has to be there before them."""

from typing import NamedTuple

from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import layout, mediatypes
from storagedriver.registry.store.blobs import Blobs
from storagedriver.registry.store.concurrency import for_each
from storagedriver.registry.store.digests import Digest
from storagedriver.registry.store.documents import Document, Reference
from storagedriver.registry.store.errors import ManifestBlobUnknownError
from storagedriver.registry.store.links import is_linked
from storagedriver.registry.store.validation import Validation

_NAMED = 100
"""How many missing blobs an error names: a manifest can name tens of thousands."""


class _Sought(NamedTuple):
    digest: Digest
    may_be_manifest: bool
    may_be_blob: bool


class References:
    """Looks for what manifests name, as far as `validation` asks for it."""

    def __init__(self, driver: StorageDriver, blobs: Blobs, validation: Validation) -> None:
        self._driver = driver
        self._blobs = blobs
        self._validation = validation

    async def check(self, name: str, document: Document) -> None:
        """Raise `ManifestBlobUnknownError`, with a list of all that the repository lacks.

        Raises `ManifestInvalidError` and `ManifestDeniedError` as `Validation.check`.
        """
        if not self._validation.enabled:
            return
        self._validation.check(document)

        async def has(sought: _Sought) -> bool:
            return await self._has(name, sought)

        wanted = [(each, _sought(each)) for each in self._validation.required(document)]
        # Each once: a manifest of 4 MiB can name the same thing forty thousand times.
        distinct = list(dict.fromkeys(sought for _, sought in wanted))
        found = dict(zip(distinct, await for_each(distinct, has), strict=True))
        missing = [reference for reference, sought in wanted if not found[sought]]
        if missing:
            named = missing[:_NAMED]
            detail = [{"field": lost.field, "digest": str(lost.digest)} for lost in named]
            fields = ", ".join(lost.field for lost in missing[:10])
            message = f"the repository lacks {len(missing)} of what the manifest names: {fields}"
            raise ManifestBlobUnknownError(message, detail=detail)

    async def _has(self, name: str, sought: _Sought) -> bool:
        if sought.may_be_manifest:
            if await is_linked(self._driver, layout.revision(name, sought.digest)):
                return True
            if not sought.may_be_blob:
                return False
        return await self._blobs.find(name, sought.digest) is not None


def _sought(reference: Reference) -> _Sought:
    is_listed = reference.field.startswith("manifests")
    # BuildKit's cache is an index of layers.
    is_manifest = is_listed and reference.media_type in mediatypes.ACCEPTED
    return _Sought(reference.digest, may_be_manifest=is_listed, may_be_blob=not is_manifest)
