"""What manifests name has to be there before them."""

from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import layout, mediatypes
from storagedriver.registry.store.blobs import Blobs
from storagedriver.registry.store.concurrency import for_each
from storagedriver.registry.store.documents import Document, Reference
from storagedriver.registry.store.errors import ManifestBlobUnknownError
from storagedriver.registry.store.links import is_linked
from storagedriver.registry.store.validation import Validation

_NAMED = 100
"""How many missing blobs an error names: a manifest can name tens of thousands."""


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

        async def has(reference: Reference) -> bool:
            return await self._has(name, reference)

        wanted = self._validation.required(document)
        found = await for_each(wanted, has)
        missing = [reference for reference, there in zip(wanted, found, strict=True) if not there]
        if missing:
            named = missing[:_NAMED]
            detail = [{"field": lost.field, "digest": str(lost.digest)} for lost in named]
            fields = ", ".join(lost.field for lost in missing[:10])
            message = f"the repository lacks {len(missing)} of what the manifest names: {fields}"
            raise ManifestBlobUnknownError(message, detail=detail)

    async def _has(self, name: str, reference: Reference) -> bool:
        link = layout.revision(name, reference.digest)
        if reference.field.startswith("manifests"):
            if await is_linked(self._driver, link):
                return True
            if reference.media_type in mediatypes.ACCEPTED:
                return False
            # BuildKit's cache is an index of layers.
        return await self._blobs.find(name, reference.digest) is not None
