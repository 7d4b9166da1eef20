"""Reading: one GET for a reader, whose body is closed with it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from storagedriver.aio import closing
from storagedriver.drivers.s3.client import Answer, Client
from storagedriver.drivers.s3.service import S3Service
from storagedriver.errors import InvalidOffsetError, PathNotFoundError, StorageBackendError
from storagedriver.records import FileInfo


class S3Reader:
    """An open file. `answer` is None where no byte was asked for."""

    def __init__(self, info: FileInfo, client: Client, answer: Answer | None) -> None:
        self.info = info
        self._client = client
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Give the bytes as they come. Raises `StorageUnavailableError` if they are cut short."""
        if self._answer is None:
            return
        chunks = self._client.chunks(self._answer)
        async with closing(chunks):
            async for chunk in chunks:
                yield chunk


@asynccontextmanager
async def opened(
    service: S3Service, key: str, path: str, offset: int, length: int | None
) -> AsyncIterator[S3Reader]:
    """Open an object from an offset on. Raises `InvalidOffsetError`, `PathNotFoundError`."""
    client = service.client
    if length == 0:
        yield S3Reader(await _known(service, key, path, offset), client, None)
        return
    parameters: dict[str, object] = {"Key": key}
    if offset or length is not None:
        end = "" if length is None else offset + length - 1
        parameters["Range"] = f"bytes={offset}-{end}"
    try:
        stream = client.stream(parameters)
        answer = await stream.__aenter__()
    except InvalidOffsetError:
        # At the very end, and of an empty file, no range can be asked for.
        yield S3Reader(await _known(service, key, path, offset), client, None)
        return
    try:
        yield S3Reader(info_of(path, answer), client, answer)
    finally:
        await stream.__aexit__(None, None, None)


async def _known(service: S3Service, key: str, path: str, offset: int) -> FileInfo:
    try:
        info = info_of(path, await service.head(key))
    except PathNotFoundError:
        # A HEAD does not tell a missing object from a missing bucket; a listing does.
        await service.page(key, most=1)
        raise
    if offset > info.size:
        raise InvalidOffsetError(f"offset {offset} of a file of {info.size} bytes", path=path)
    return info


def info_of(path: str, answer: Answer) -> FileInfo:
    """Return the record of the whole file that a GET or a HEAD answered about."""
    size = int(answer["ContentLength"])
    if "ContentRange" in answer:
        whole = str(answer["ContentRange"]).rpartition("/")[2]
        if not whole.isdecimal():
            raise StorageBackendError("the service does not tell the size of the file", path=path)
        size = int(whole)
    return FileInfo(path=path, size=size, modified=answer["LastModified"], version=answer["ETag"])
