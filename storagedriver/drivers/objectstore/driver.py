"""The contract over an object store: all of it that no service does in a way of its own."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from functools import partial
from typing import Any, Final, TypeVar

from storagedriver.aio import closing, to_the_end
from storagedriver.drivers.objectstore import tree
from storagedriver.drivers.objectstore.concurrency import together
from storagedriver.drivers.objectstore.listing import Space
from storagedriver.drivers.objectstore.ownership import Ownership, Resumed
from storagedriver.drivers.objectstore.service import Found, ObjectService
from storagedriver.drivers.objectstore.sidestate import SideState
from storagedriver.drivers.objectstore.unfinished import Unfinished
from storagedriver.drivers.objectstore.writing import ObjectWriter
from storagedriver.errors import (
    InvalidPathError,
    PathNotFoundError,
    StorageDriverError,
)
from storagedriver.paths import ROOT, check_path
from storagedriver.protocol import Content, Reader
from storagedriver.records import Capabilities, FileInfo, UnfinishedInfo

T = TypeVar("T")

GRACE: Final = 5.0
"""For how many seconds a change goes on that was begun when its caller is cancelled."""

_DELETED_AT_ONCE = 1000


class ObjectDriver(ABC):
    """Files as objects. `storagedriver.protocol` says what each method does.

    Keys are `prefix` and the path. A writer holds `writer_parts` parts of `part_size` bytes.
    `close` ends the connections.
    """

    name: str

    def __init__(
        self,
        service: ObjectService,
        prefix: str,
        capabilities: Capabilities,
        *,
        part_size: int,
        writer_parts: int,
        close: Callable[[], Awaitable[None]],
    ) -> None:
        self.capabilities = capabilities
        self._objects = service
        self._part_size = part_size
        self._writer_parts = writer_parts
        self._close = close
        self._state = SideState(service, prefix, self._is_path)
        self._unfinished = Unfinished(service, self._state, self._is_path)
        self._files = Space(
            service,
            prefix,
            is_file=self._is_path,
            is_directory=self._is_path,
            end=f"{prefix}~/",
        )
        self._writers: set[ObjectWriter] = set()

    def object_key(self, path: str) -> str:
        """Return the key of a file's object, for who reads it without this driver."""
        return self._files.key(path)

    async def get_content(self, path: str) -> bytes:
        """Return a whole file."""
        return (await self._objects.get(self._files.key(path))).content

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
            version = await self._change(self._create(key, body))
        else:
            version = await self._change(self._objects.put(key, body, if_match=if_match))
        return FileInfo(path=path, size=len(body), version=version)

    @abstractmethod
    def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AbstractAsyncContextManager[Reader]:
        """Open a file."""

    async def writer(self, path: str, *, append: bool = False) -> ObjectWriter:
        """Open a writer, and take the path over from any earlier one."""
        if append:
            owner, resumed = await self._change(Ownership.resumed(self._state, path))
        else:
            owner = await self._change(Ownership.taken(self._state, path, self._part_size))
            resumed = Resumed([], b"")
        writer = ObjectWriter(
            owner,
            resumed,
            most=self._writer_parts,
            grace=GRACE,
            ended=self._writers.discard,
        )
        self._writers.add(writer)
        return writer

    async def stat(self, path: str) -> FileInfo:
        """Tell what is at a path."""
        if path != ROOT:
            with suppress(PathNotFoundError):
                return await self._stat_file(path, self._files.key(path))
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
        await self._change(self._move(self._files.key(source), self._files.key(destination)))

    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        """Delete a file, or a directory with everything below it."""
        await self._change(self._delete(path, if_match))

    def unfinished(self, path: str = ROOT) -> AsyncIterator[UnfinishedInfo]:
        """Give the unfinished writers at and below a path, and uploads that no writer has."""
        # Who may only read can drop none of the latter, and may not be allowed to list them.
        if self.capabilities.writable:
            return self._unfinished.below(path)
        return self._state.unfinished(path)

    async def discard(self, unfinished: UnfinishedInfo) -> None:
        """Drop what was listed, if it is still the same."""
        await self._change(self._unfinished.discard(unfinished))

    @abstractmethod
    async def redirect_url(
        self, path: str, *, method: str = "GET", expires_in: float = 1200
    ) -> str | None:
        """Return a URL that the method can be sent to, or None."""

    async def aclose(self) -> None:
        """Keep what open writers hold, and close all connections."""
        for writer in tuple(self._writers):
            with suppress(StorageDriverError):
                await writer.close()
            await writer.stop()
        await self._close()

    async def _create(self, key: str, body: bytes) -> str:
        """Write an object where none is, and return its version."""
        return await self._objects.put(key, body, if_none_match=True)

    @abstractmethod
    async def _stat_file(self, path: str, key: str) -> FileInfo:
        """Return the record of the file at a path. Raises `PathNotFoundError`."""

    @abstractmethod
    async def _move(self, source: str, destination: str) -> None:
        """Move an object. Raises `PathNotFoundError`."""

    async def _delete(self, path: str, if_match: str | None) -> None:
        key = self._files.key(path)
        calls = [partial(self._delete_below, path), partial(self._drop_writers, path)]
        if if_match is None:
            calls.append(partial(self._objects.delete_one, key))
        else:
            await self._objects.delete_if(key, if_match)
        if not any(await together(calls, most=len(calls))) and if_match is None:
            raise PathNotFoundError(path=path)

    async def _delete_below(self, path: str) -> bool:
        """Delete all files below a path; tell whether there was any."""
        is_there = False
        below = self._files.files(path)
        async with closing(below):
            while keys := await self._some(below):
                is_there = True
                await self._objects.delete(keys)
        return is_there

    async def _drop_writers(self, path: str) -> bool:
        """Drop the unfinished writers at and below a path: they are no files."""
        await self._state.drop_below(path)
        return False

    async def _some(self, files: AsyncIterator[Found]) -> Sequence[str]:
        """Return the keys of the next files, as many as are deleted at once."""
        keys: list[str] = []
        async for found in files:
            keys.append(self._files.key(found.key))
            if len(keys) == _DELETED_AT_ONCE:
                break
        return keys

    async def _change(self, work: Coroutine[Any, Any, T]) -> T:
        """Make a change; when the caller is cancelled, it is given a while to end."""
        return await to_the_end(work, grace=GRACE)

    def _is_path(self, path: str) -> bool:
        try:
            check_path(path, limit=self.capabilities.limits.max_key)
        except InvalidPathError:
            return False
        return True
