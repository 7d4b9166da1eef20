"""Reading: a file in requests of a few MiB, each but the first for what the first one found.

No connection is held between them, and one that breaks is tried again without starting over.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from azure.core import MatchConditions

from storagedriver.drivers.azure.client import Client
from storagedriver.errors import (
    InvalidOffsetError,
    PathNotFoundError,
    PreconditionFailedError,
    StorageBackendError,
    StorageUnavailableError,
)
from storagedriver.records import FileInfo

AT_ONCE: Final = 8 << 20
"""How many bytes of a blob one request asks for."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some bytes of a blob, and what is known of all of it."""

    content: bytes
    size: int
    version: str
    modified: datetime


def if_version(version: str) -> dict[str, Any]:
    """Return the condition that a blob has this version."""
    return {"etag": f'"{version}"', "match_condition": MatchConditions.IfNotModified}


def version_of(etag: object) -> str:
    """Return a version: an ETag without its quotes, which listings do not give."""
    return str(etag).strip('"')


async def head(client: Client, key: str) -> Any:  # noqa: ANN401  # the library's
    """Return a blob's properties. Raises `PathNotFoundError`."""
    return await client.call("read blobs", client.blob(key).get_blob_properties)


async def piece(
    client: Client, key: str, offset: int, length: int, version: str | None = None
) -> Piece:
    """Read at most so many bytes, in one request.

    Raises `InvalidOffsetError` at the end, `PreconditionFailedError` if the blob has another
    version by now.
    """
    conditions = {} if version is None else if_version(version)

    async def read() -> Piece:
        answer = await client.blob(key).download_blob(offset, length, **conditions)
        told: Any = answer.properties
        # Its `readall` would copy what it holds.
        content = b"".join([chunk async for chunk in answer.chunks()])
        size = int(str(told.content_range).rpartition("/")[2])
        if len(content) != max(0, min(length, size - offset)):
            raise StorageUnavailableError("the answer is cut short")
        return Piece(content, size, version_of(told.etag), told.last_modified)

    return await client.call("read blobs", read)


async def whole(client: Client, key: str) -> Piece:
    """Read a blob whole; from its beginning again, if it is replaced meanwhile."""
    while True:
        first, _ = await _first(client, key, 0, None)
        rest = _rest(client, key, first.version, len(first.content), first.size)
        try:
            pieces = [first.content, *[content async for content in rest]]
        except (PreconditionFailedError, PathNotFoundError):
            continue
        return Piece(b"".join(pieces), first.size, first.version, first.modified)


@asynccontextmanager
async def opened(
    client: Client, key: str, path: str, offset: int, length: int | None
) -> AsyncIterator["AzureReader"]:
    """Open a blob from an offset on. Raises `InvalidOffsetError`, `PathNotFoundError`."""
    first, end = await _first(client, key, offset, length)
    info = FileInfo(path=path, size=first.size, modified=first.modified, version=first.version)
    reader = AzureReader(info, client, key, first, range(offset, end))
    # The reader alone holds it, and not for long.
    del first
    yield reader


class AzureReader:
    """An open file, of which a span is read; `first` is its beginning."""

    def __init__(self, info: FileInfo, client: Client, key: str, first: Piece, span: range) -> None:
        self.info = info
        self._client = client
        self._key = key
        self._version = first.version
        self._begun = first.content
        self._span = span

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Give the bytes. Raises `StorageBackendError` if the file was replaced meanwhile."""
        # A piece is large: none is held here while the next one comes.
        content, self._begun = self._begun, b""
        offset = self._span.start + len(content)
        if content:
            yield content
        del content
        rest = _rest(self._client, self._key, self._version, offset, self._span.stop)
        try:
            async for content in rest:
                yield content
                del content
        except (PreconditionFailedError, PathNotFoundError) as error:
            raise StorageBackendError(
                "the file was replaced or deleted while it is read"
            ) from error


async def _first(client: Client, key: str, offset: int, length: int | None) -> tuple[Piece, int]:
    """Return the first piece of what is wanted of a blob, and where that ends."""
    wanted = AT_ONCE if length is None else min(length, AT_ONCE)
    while True:
        if wanted:
            try:
                first = await piece(client, key, offset, wanted)
                break
            except InvalidOffsetError:
                # At the very end, and of an empty file, no range can be asked for.
                pass
        told = await head(client, key)
        if offset > told.size:
            raise InvalidOffsetError(f"offset {offset} of a file of {told.size} bytes")
        if offset == told.size or not wanted:
            first = Piece(b"", told.size, version_of(told.etag), told.last_modified)
            break
    return first, first.size if length is None else min(offset + length, first.size)


async def _rest(
    client: Client, key: str, version: str, offset: int, end: int
) -> AsyncIterator[bytes]:
    while offset < end:
        length = min(AT_ONCE, end - offset)
        yield (await piece(client, key, offset, length, version)).content
        offset += length
