"""The Azure driver: the contract over a container of blobs."""

from contextlib import AbstractAsyncContextManager
from datetime import timedelta

from storagedriver.drivers.azure import reading
from storagedriver.drivers.azure.capabilities import Found, capabilities
from storagedriver.drivers.azure.copying import Copies, Moving
from storagedriver.drivers.azure.parameters import AzureParameters
from storagedriver.drivers.azure.reading import AzureReader, head, version_of
from storagedriver.drivers.azure.service import AzureService
from storagedriver.drivers.azure.session import Session
from storagedriver.drivers.objectstore.driver import ObjectDriver
from storagedriver.records import FileInfo

_METHODS = frozenset({"GET", "HEAD"})


class AzureDriver(ObjectDriver):
    """Files as the blobs of a container. `storagedriver.protocol` says what each method does.

    `client` is the `azure.storage.blob.aio.ContainerClient` it uses, for what goes beyond the
    contract.
    """

    name = "azure"

    def __init__(
        self,
        session: Session,
        service: AzureService,
        copies: Copies,
        parameters: AzureParameters,
        found: Found,
    ) -> None:
        super().__init__(
            service,
            parameters.prefix,
            capabilities(parameters, found),
            part_size=parameters.chunksize,
            writer_parts=parameters.writerparts,
            close=session.aclose,
        )
        self.client = session.client.raw
        self._client = session.client
        self._signer = session.signer
        self._moving = Moving(session.client, copies)

    def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AbstractAsyncContextManager[AzureReader]:
        """Open a file."""
        return reading.opened(self._client, self._files.key(path), path, offset, length)

    async def redirect_url(
        self, path: str, *, method: str = "GET", expires_in: float = 1200
    ) -> str | None:
        """Return a signed URL for GET and HEAD, None for other methods."""
        if method not in _METHODS or not self.capabilities.redirect:
            return None
        seconds = max(1, int(expires_in))
        url = await self._signer.url(self._files.key(path), timedelta(seconds=seconds))
        return self._signer.public(url)

    async def _stat_file(self, path: str, key: str) -> FileInfo:
        told = await head(self._client, key)
        return FileInfo(
            path=path,
            size=told.size,
            modified=told.last_modified,
            version=version_of(told.etag),
        )

    async def _move(self, source: str, destination: str) -> None:
        await self._moving.move(source, destination)
