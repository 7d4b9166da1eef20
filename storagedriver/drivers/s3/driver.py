"""The S3 driver: the contract over a bucket."""

from collections.abc import AsyncIterator, Coroutine
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any, Final, TypeVar

from storagedriver.aio import closing, to_the_end
from storagedriver.drivers.objectstore import tree
from storagedriver.drivers.objectstore.listing import Space
from storagedriver.drivers.objectstore.ownership import Ownership, Resumed
from storagedriver.drivers.objectstore.sidestate import SideState
from storagedriver.drivers.objectstore.writing import ObjectWriter
from storagedriver.drivers.s3 import reading
from storagedriver.drivers.s3.copying import Copying
from storagedriver.drivers.s3.creating import Creating
from storagedriver.drivers.s3.opening import Found, Session, capabilities
from storagedriver.drivers.s3.parameters import S3Parameters
from storagedriver.drivers.s3.reading import S3Reader, info_of
from storagedriver.drivers.s3.service import S3Service
from storagedriver.errors import (
    InvalidPathError,
    PathNotFoundError,
    StorageDriverError,
)
from storagedriver.paths import ROOT, check_path
from storagedriver.protocol import Content
from storagedriver.records import Capabilities, FileInfo, UnfinishedInfo

T = TypeVar("T")

GRACE: Final = 5.0
"""For how many seconds a change goes on that was begun when its caller is cancelled."""

_DELETED_AT_ONCE = 1000
_METHODS = {"GET": "get_object", "HEAD": "head_object"}
# AWS signs for no longer than a week.
_LONGEST_URL = 7 * 24 * 60 * 60


class S3Driver:
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
        self.fs = session.fs
        self.capabilities: Capabilities = capabilities(parameters, found)
        self._session = session
        self._service = service
        self._parameters = parameters
        self._copying = Copying(service, parameters)
        self._creating = Creating(
            service, parameters.prefix, is_refused_beside=found.is_refused_beside
        )
        self._state = SideState(service, parameters.prefix, self._is_path)
        self._files = Space(
            service,
            parameters.prefix,
            is_file=self._is_path,
            is_directory=self._is_path,
            end=f"{parameters.prefix}~/",
        )
        self._writers: set[ObjectWriter] = set()

    async def get_content(self, path: str) -> bytes:
        """Return a whole file."""
        return (await self._service.get(self._files.key(path))).content

    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        """Write a whole file."""
        body = content if isinstance(content, bytes) else bytes(content)
        key = self._files.key(path)
        if if_none_match:
            version = await self._change(self._creating.create(key, body))
        else:
            version = await self._change(self._service.put(key, body, if_match=if_match))
        return FileInfo(path=path, size=len(body), version=version)

    def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AbstractAsyncContextManager[S3Reader]:
        """Open a file, with one request."""
        return reading.opened(self._service, self._files.key(path), path, offset, length)

    async def writer(self, path: str, *, append: bool = False) -> ObjectWriter:
        """Open a writer, and take the path over from any earlier one."""
        if append:
            owner, resumed = await self._change(Ownership.resumed(self._state, path))
        else:
            chunk = self._parameters.chunksize
            owner = await self._change(Ownership.taken(self._state, path, chunk))
            resumed = Resumed([], b"")
        writer = ObjectWriter(
            owner,
            resumed,
            most=self._parameters.writerparts,
            grace=GRACE,
            ended=self._writers.discard,
        )
        self._writers.add(writer)
        return writer

    async def stat(self, path: str) -> FileInfo:
        """Tell what is at a path."""
        if path != ROOT:
            with suppress(PathNotFoundError):
                return info_of(path, await self._service.head(self._files.key(path)))
        await tree.must_exist(self._files, path)
        return FileInfo(path=path, is_dir=True)

    def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        """Give the direct children of a directory."""
        return tree.children(self._files, path, start_after)

    def walk(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        """Give everything below a directory."""
        return tree.below(self._files, path, start_after)

    async def move(self, source: str, destination: str) -> None:
        """Move a file: the service copies it."""
        await self._change(
            self._copying.move(self._files.key(source), self._files.key(destination))
        )

    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        """Delete a file, or a directory with everything below it."""
        await self._change(self._delete(path, if_match))

    def unfinished(self, path: str = ROOT) -> AsyncIterator[UnfinishedInfo]:
        """Give the unfinished writers at and below a path."""
        return self._state.unfinished(path)

    async def discard(self, unfinished: UnfinishedInfo) -> None:
        """Drop an unfinished writer, if it is still the one that was listed."""
        await self._change(self._state.discard(unfinished.path, unfinished.id))

    async def redirect_url(
        self, path: str, *, method: str = "GET", expires_in: float = 1200
    ) -> str | None:
        """Return a presigned URL for GET or HEAD, None for other methods; nothing is sent."""
        operation = _METHODS.get(method)
        if operation is None:
            return None
        seconds = max(1, min(int(expires_in), _LONGEST_URL))
        return await self._session.public.url(operation, self._files.key(path), seconds)

    async def aclose(self) -> None:
        """Keep what open writers hold, and close all connections."""
        for writer in tuple(self._writers):
            with suppress(StorageDriverError):
                await writer.close()
            await writer.stop()
        await self._session.aclose()

    async def _delete(self, path: str, if_match: str | None) -> None:
        is_missing = not await self._delete_file(path, if_match)
        batch: list[str] = []
        below = self._files.files(path)
        async with closing(below):
            async for found in below:
                is_missing = False
                batch.append(self._files.key(found.key))
                if len(batch) == _DELETED_AT_ONCE:
                    await self._service.delete(batch)
                    batch.clear()
        if batch:
            await self._service.delete(batch)
        await self._state.drop_below(path)
        if is_missing:
            raise PathNotFoundError(path=path)

    async def _delete_file(self, path: str, if_match: str | None) -> bool:
        """Delete the file at a path; tell whether there was one."""
        key = self._files.key(path)
        if if_match is not None:
            await self._service.delete_if(key, if_match)
            return True
        try:
            await self._service.head(key)
        except PathNotFoundError:
            return False
        await self._service.delete([key])
        return True

    async def _change(self, work: Coroutine[Any, Any, T]) -> T:
        """Make a change; when the caller is cancelled, it is given a while to end."""
        return await to_the_end(work, grace=GRACE)

    def _is_path(self, path: str) -> bool:
        try:
            check_path(path, limit=self.capabilities.limits.max_key)
        except InvalidPathError:
            return False
        return True
