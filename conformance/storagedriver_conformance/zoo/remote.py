"""The reference driver behind a wire: what it asks of its service can fail, and is asked again.

The service is the reference driver itself: each request is one of its calls.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from storagedriver.errors import (
    CorruptContentError,
    PathNotFoundError,
    StorageDriverError,
    StorageFullError,
    StoragePermissionError,
    StorageUnavailableError,
)
from storagedriver.paths import name_of
from storagedriver.protocol import Content
from storagedriver.records import FileInfo, Limits, Support, UnfinishedInfo
from storagedriver_conformance.zoo.keeping import Disk
from storagedriver_conformance.zoo.reference import Reference
from storagedriver_conformance.zoo.remote_streams import RemoteReader, RemoteWriter
from storagedriver_conformance.zoo.wire import (
    BROKEN,
    BUSY,
    DENIED,
    FAILED,
    FULL,
    Body,
    Refused,
    Wire,
)
from storagedriver_conformance.zoo.writing import ReferenceWriter

T = TypeVar("T")

PAGE = 2
PASSING = {BROKEN, FAILED, BUSY}
ERRORS = {DENIED: StoragePermissionError, FULL: StorageFullError}


@dataclass(slots=True)
class RemoteDisk(Disk):
    """A disk at the other end of a wire."""

    wire: Wire = field(default_factory=Wire)

    @property
    def faults(self) -> Wire:
        """What makes it fail."""
        return self.wire


class Remote(Reference):
    """A driver that repeats what may succeed then, and tells of the rest."""

    capabilities = replace(
        Reference.capabilities,
        stable_read=Support.ABSENT,
        limits=Limits(min_part=1000, max_key=1024, page=PAGE),
    )

    attempts = 3
    Storage = RemoteDisk
    Writer = RemoteWriter
    Reader: type[RemoteReader] = RemoteReader

    def __init__(self, disk: Disk | None = None) -> None:
        self.remote = disk if isinstance(disk, RemoteDisk) else RemoteDisk()
        super().__init__(self.remote)

    # Files

    async def get_content(self, path: str) -> bytes:
        """See the protocol."""
        return await self.fetch(path, partial(super().get_content, path))

    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        """See the protocol."""
        do = partial(
            super().put_content, path, content, if_match=if_match, if_none_match=if_none_match
        )
        return await self.ask("put", path, do, half=lambda: None, needs_space=True)

    @asynccontextmanager
    async def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AsyncIterator[RemoteReader]:
        """See the protocol."""

        async def do() -> FileInfo:
            await self.enter(path)
            self.check_range(path, offset, length)
            return self.info(path)

        info = await self.ask("open", path, do)
        end = info.size if length is None else min(offset + length, info.size)
        yield self.Reader(self, info, offset, end)

    async def stat(self, path: str) -> FileInfo:
        """See the protocol."""
        return await self.ask("stat", path, partial(super().stat, path))

    async def transfer(self, source: str, destination: str) -> None:
        """Give a file another path: copy it, then remove what was copied."""
        copied = self.find(source)

        async def remove() -> None:
            if self.disk.files.get(source) is copied:
                del self.disk.files[source]

        await self.copy(source, destination)
        await self.ask("remove", source, remove)

    async def copy(self, source: str, destination: str) -> None:
        """Have the service copy a file."""

        async def do() -> None:
            content = self.find(source).content
            self.check_names(destination)
            self.store(destination, content)

        await self.ask("copy", source, do, needs_space=True)

    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        """See the protocol."""

        async def do() -> Sequence[str]:
            below = [one for one in self.at_and_below(path) if one != path]
            if path in self.disk.files or not below or if_match is not None:
                await super(Remote, self).delete(path, if_match=if_match)
                return []
            await self.enter(path)
            self.drop_pending(path)
            return below

        left = await self.ask("delete", path, do)
        for at in range(0, len(left), PAGE):
            each = {one: partial(self.disk.files.pop, one, None) for one in left[at : at + PAGE]}
            await self.delete_all(each)

    async def delete_all(self, each: Mapping[str, Callable[[], object]]) -> None:
        """Delete several files with one request."""
        bad = await self.send(lambda _: self.remote.wire.batch("delete some", each))
        for path, status in bad.items():
            error = self.translated(Refused(status))
            error.path = path
            raise error

    # Listings

    async def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        """See the protocol."""
        page = partial(self.page, super().list, path)
        async for info in self.pages(path, page, start_after, lambda info: name_of(info.path)):
            yield info

    async def walk(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        """See the protocol."""
        page = partial(self.page, super().walk, path)
        async for info in self.pages(path, page, start_after, lambda info: info.path):
            yield info

    async def unfinished(self, path: str = "/") -> AsyncIterator[UnfinishedInfo]:
        """See the protocol."""
        listing = super().unfinished

        async def do() -> Sequence[UnfinishedInfo]:
            return [info async for info in listing(path)]

        for info in await self.ask("unfinished", path, do):
            yield info

    async def page(
        self, listing: Callable[..., AsyncIterator[FileInfo]], path: str, after: str | None
    ) -> Sequence[FileInfo]:
        """Return a page of a listing: what comes first after a mark."""
        return [info async for info in listing(path, start_after=after)][:PAGE]

    async def pages(
        self,
        path: str,
        page: Callable[[str | None], Awaitable[Sequence[FileInfo]]],
        after: str | None,
        mark: Callable[[FileInfo], str],
    ) -> AsyncIterator[FileInfo]:
        """Give all pages of a listing. What vanishes meanwhile ends it."""
        infos = await self.ask("list", path, partial(page, after))
        while infos:
            for info in infos:
                yield info
            if len(infos) < PAGE:
                return
            try:
                infos = await self.ask("list", path, partial(page, mark(infos[-1])))
            except PathNotFoundError:
                return

    # Writers

    async def writer(self, path: str, *, append: bool = False) -> ReferenceWriter:
        """See the protocol."""
        do = partial(super().writer, path, append=append)
        return await self.ask("begin", path, do, needs_space=True)

    async def discard(self, unfinished: UnfinishedInfo) -> None:
        """See the protocol."""
        await self.ask("discard", unfinished.path, partial(super().discard, unfinished))

    # What the calls are made of

    async def send(self, request: Callable[[str], Awaitable[T]]) -> T:
        """Make a request, again where that may help, always with the same token."""
        token = str(next(self.disk.numbers))
        for left in reversed(range(self.attempts)):
            try:
                return await request(token)
            except Refused as error:
                if not (left and self.may_help(error)):
                    raise self.translated(error) from error
        raise AssertionError  # the last attempt returns or raises

    def may_help(self, error: Refused) -> bool:
        """Tell whether to try again may help."""
        return error.status in PASSING

    def translated(self, error: Refused) -> StorageDriverError:
        """Return the contract's error for an answer that is none."""
        if error.status in ERRORS:
            return ERRORS[error.status](str(error), driver=self.name)
        return StorageUnavailableError(str(error), driver=self.name, retry_after=error.retry_after)

    async def ask(
        self,
        verb: str,
        path: str,
        do: Callable[[], Awaitable[T]],
        *,
        half: Callable[[], object] | None = None,
        needs_space: bool = False,
    ) -> T:
        """Have something done by the service."""
        request = f"{verb} {name_of(str(path))}"
        return await self.send(
            lambda token: self.remote.wire.ask(
                request, do, token=token, half=half, needs_space=needs_space
            )
        )

    async def fetch(self, path: str, do: Callable[[], Awaitable[bytes]]) -> bytes:
        """Have the service give bytes."""

        async def request(_: str) -> bytes:
            return self.checked(await self.remote.wire.fetch(f"get {name_of(str(path))}", do))

        return await self.send(request)

    def checked(self, body: Body) -> bytes:
        """Return what is in a body, if all of it has come, and nothing else."""
        if not body.is_whole:
            raise Refused(BROKEN)
        if not body.is_good:
            raise CorruptContentError("its checksum is another one", driver=self.name)
        return body.content
