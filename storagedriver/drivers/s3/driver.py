"""The S3 driver: the contract over a bucket."""

from contextlib import AbstractAsyncContextManager

from storagedriver.drivers.objectstore.driver import ObjectDriver
from storagedriver.drivers.s3 import reading
from storagedriver.drivers.s3.copying import Copying
from storagedriver.drivers.s3.creating import Creating
from storagedriver.drivers.s3.opening import Found, Session, capabilities
from storagedriver.drivers.s3.parameters import S3Parameters
from storagedriver.drivers.s3.reading import S3Reader, info_of
from storagedriver.drivers.s3.service import S3Service
from storagedriver.records import FileInfo

_METHODS = {"GET": "get_object", "HEAD": "head_object"}
# AWS signs for no longer than a week.
_LONGEST_URL = 7 * 24 * 60 * 60


class S3Driver(ObjectDriver):
    """Files as the objects of a bucket. `storagedriver.protocol` says what each method does.

    `fs` is the `s3fs.S3FileSystem` whose session it uses, for what goes beyond the contract.
    """

    name = "s3"

    def __init__(
        self,
        session: Session,
        service: S3Service,
        parameters: S3Parameters,
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
        self.fs = session.fs
        self._session = session
        self._service = service
        self._copying = Copying(service, parameters)
        self._creating = Creating(
            service, parameters.prefix, is_refused_beside=found.is_refused_beside
        )

    def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AbstractAsyncContextManager[S3Reader]:
        """Open a file, with one request."""
        return reading.opened(self._service, self._files.key(path), path, offset, length)

    async def redirect_url(
        self, path: str, *, method: str = "GET", expires_in: float = 1200
    ) -> str | None:
        """Return a presigned URL for GET or HEAD, None for other methods; nothing is sent."""
        operation = _METHODS.get(method)
        if operation is None:
            return None
        seconds = max(1, min(int(expires_in), _LONGEST_URL))
        return await self._session.public.url(operation, self._files.key(path), seconds)

    async def _create(self, key: str, body: bytes) -> str:
        return await self._creating.create(key, body)

    async def _stat_file(self, path: str, key: str) -> FileInfo:
        return info_of(path, await self._service.head(key))

    async def _move(self, source: str, destination: str) -> None:
        await self._copying.move(source, destination)
