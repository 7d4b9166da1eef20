"""A driver for any synchronous fsspec filesystem, as one writes it in an afternoon.

It is here for what the suite finds in it: docs/a-real-report.md tells.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import IO, Any, Self

from fsspec import AbstractFileSystem

from storagedriver.errors import (
    InvalidOffsetError,
    PathConflictError,
    PathNotFoundError,
    PreconditionFailedError,
)
from storagedriver.paths import is_below, name_of, parent_of
from storagedriver.protocol import Content
from storagedriver.records import Capabilities, FileInfo, Support, UnfinishedInfo
from storagedriver.walk import walk

CHUNK = 1 << 20
PART = ".part"  # ends the name of what an unfinished writer has written


@contextmanager
def translated(path: str) -> Iterator[None]:
    """Raise the contract's errors in place of fsspec's."""
    try:
        yield
    except FileNotFoundError as error:
        raise PathNotFoundError(path=path) from error
    except (FileExistsError, IsADirectoryError, NotADirectoryError) as error:
        raise PathConflictError(path=path) from error


class FsspecReader:
    """An open file."""

    def __init__(self, info: FileInfo, file: IO[bytes], length: int) -> None:
        self.info = info
        self._file = file
        self._left = length

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while piece := await asyncio.to_thread(self._file.read, min(CHUNK, self._left)):
            self._left -= len(piece)
            yield piece


class FsspecWriter:
    """A file beside the one that it becomes."""

    def __init__(self, driver: "FsspecDriver", path: str, file: IO[bytes]) -> None:
        self.size = file.tell()
        self._driver = driver
        self._path = path
        self._file = file

    async def write(self, chunk: Content) -> None:
        await asyncio.to_thread(self._file.write, chunk)
        self.size += len(chunk)

    async def close(self) -> None:
        await asyncio.to_thread(self._file.close)

    async def commit(self) -> FileInfo:
        await self.close()
        await self._driver.move(self._path + PART, self._path)
        return await self._driver.stat(self._path)

    async def cancel(self) -> None:
        await self.close()
        await self._driver.delete(self._path + PART)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


class FsspecDriver:
    """Files below a folder of a filesystem."""

    name = "naive"
    capabilities = Capabilities(
        atomic_put=Support.NATIVE,
        conditional_put=Support.EMULATED,
        conditional_delete=Support.EMULATED,
        resumable_writer=Support.NATIVE,
        exclusive_names=Support.NATIVE,
        shared=Support.NATIVE,
        frees_at_once=Support.NATIVE,
    )

    def __init__(self, fs: AbstractFileSystem, root: str) -> None:
        self._fs = fs
        self._root = root

    async def get_content(self, path: str) -> bytes:
        with translated(path):
            return await asyncio.to_thread(self._fs.cat_file, self._root + path)

    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        if if_match is not None:
            await self._check_version(path, if_match)
        if if_none_match and await asyncio.to_thread(self._fs.isfile, self._root + path):
            raise PreconditionFailedError(path=path)
        with translated(path):
            await self._make_parent(path)
            await asyncio.to_thread(self._fs.pipe_file, self._root + path, bytes(content))
        return await self.stat(path)

    @asynccontextmanager
    async def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AsyncIterator[FsspecReader]:
        info = await self.stat(path)
        if offset > info.size:
            raise InvalidOffsetError(path=path)
        left = info.size - offset if length is None else length
        with translated(path):
            file = await asyncio.to_thread(self._fs.open, self._root + path, "rb")
        with file:
            file.seek(offset)
            yield FsspecReader(info, file, left)

    async def writer(self, path: str, *, append: bool = False) -> FsspecWriter:
        part = self._root + path + PART
        if append and not await asyncio.to_thread(self._fs.exists, part):
            raise PathNotFoundError("there is no unfinished writer", path=path)
        with translated(path):
            await self._make_parent(path)
            file = await asyncio.to_thread(self._fs.open, part, "ab" if append else "wb")
        return FsspecWriter(self, path, file)

    async def stat(self, path: str) -> FileInfo:
        with translated(path):
            info = await asyncio.to_thread(self._fs.info, self._root + path)
        return self._record(path, info)

    async def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        if not (await self.stat(path)).is_dir:
            raise PathNotFoundError(path=path)
        with translated(path):
            found = await asyncio.to_thread(self._fs.ls, self._root + path, detail=True)
        records = [self._record(f"{path.rstrip('/')}/{name_of(one['name'])}", one) for one in found]
        for record in sorted(records, key=lambda record: record.path):
            is_after = start_after is None or name_of(record.path) > start_after
            if is_after and not record.path.endswith(PART):
                yield record

    def walk(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        return walk(self, path, start_after=start_after)

    async def move(self, source: str, destination: str) -> None:
        with translated(source):
            await self._make_parent(destination)
            await asyncio.to_thread(self._fs.mv, self._root + source, self._root + destination)

    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        if if_match is not None:
            await self._check_version(path, if_match)
        with translated(path):
            await asyncio.to_thread(self._fs.rm, self._root + path, recursive=True)

    async def unfinished(self, path: str = "/") -> AsyncIterator[UnfinishedInfo]:
        for full in await asyncio.to_thread(self._fs.find, self._root):
            part = full.removeprefix(self._root)
            owner = part.removesuffix(PART)
            if part != owner and (owner == path or is_below(owner, path)):
                info = await self.stat(part)
                yield UnfinishedInfo(
                    path=owner,
                    size=info.size,
                    modified=info.modified or datetime.now(UTC),
                    id=info.version or "",
                )

    async def discard(self, unfinished: UnfinishedInfo) -> None:
        await self.delete(unfinished.path + PART)

    async def redirect_url(
        self, path: str, *, method: str = "GET", expires_in: float = 1200
    ) -> str | None:
        return None

    async def aclose(self) -> None:
        pass

    async def _make_parent(self, path: str) -> None:
        await asyncio.to_thread(self._fs.makedirs, self._root + parent_of(path), exist_ok=True)

    async def _check_version(self, path: str, version: str) -> None:
        if (await self.stat(path)).version != version:
            raise PreconditionFailedError(path=path)

    def _record(self, path: str, info: dict[str, Any]) -> FileInfo:
        if info["type"] == "directory":
            return FileInfo(path=path, is_dir=True)
        full = self._root + path
        return FileInfo(
            path=path,
            size=info["size"],
            modified=self._fs.modified(full),
            version=self._fs.ukey(full),
        )
