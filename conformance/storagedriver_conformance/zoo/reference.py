"""A small driver that keeps the contract, made to be spoilt: an animal changes one thing of it.

It keeps everything in a `Disk`, which several instances can share, and reaches it by small methods
that an animal can override.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from storagedriver.errors import (
    DriverClosedError,
    InvalidOffsetError,
    InvalidPathError,
    PathConflictError,
    PathNotFoundError,
    PreconditionFailedError,
)
from storagedriver.paths import check_path, is_below, parent_of
from storagedriver.protocol import Content
from storagedriver.records import Capabilities, FileInfo, Limits, Support, UnfinishedInfo
from storagedriver_conformance.zoo.keeping import Disk, ReferenceReader, Stored
from storagedriver_conformance.zoo.listing import Listing
from storagedriver_conformance.zoo.writing import Pending, ReferenceWriter

NATIVE = Support.NATIVE


class Reference(Listing):
    """The contract, kept as plainly as can be. It needs no guard around it."""

    name = "reference"
    capabilities = Capabilities(
        atomic_put=NATIVE,
        conditional_put=NATIVE,
        conditional_delete=NATIVE,
        resumable_writer=NATIVE,
        start_after=NATIVE,
        stable_read=NATIVE,
        exclusive_names=NATIVE,
        shared=NATIVE,
        frees_at_once=NATIVE,
        limits=Limits(min_part=1000, max_key=1024, page=10),
    )

    Storage: type[Disk] = Disk
    Writer: type[ReferenceWriter] = ReferenceWriter

    def __init__(self, disk: Disk | None = None) -> None:
        self.disk = Disk() if disk is None else disk
        self.closed = False

    # What is asked of every call

    async def enter(self, *paths: str, root: bool = False) -> None:
        """Check the paths and the state, and let other tasks run."""
        for path in paths:
            self.check(path, root=root)
        if self.closed:
            raise DriverClosedError(path=paths[0] if paths else None, driver=self.name)
        await asyncio.sleep(0)

    def check(self, path: str, *, root: bool = False) -> None:
        """Raise `InvalidPathError` unless the path follows the grammar."""
        try:
            check_path(path, root=root, limit=self.capabilities.limits.max_key)
        except InvalidPathError as error:
            error.stamp(driver=self.name, path=None)
            raise

    # Files

    async def get_content(self, path: str) -> bytes:
        """See the protocol."""
        await self.enter(path)
        return self.find(path).content

    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        """See the protocol."""
        if if_match is not None and if_none_match:
            message = "a put takes if_match or if_none_match, not both"
            raise ValueError(message)
        await self.enter(path)
        self.check_condition(path, if_match=if_match, if_none_match=if_none_match)
        self.check_names(path)
        return self.store(path, bytes(content))

    @asynccontextmanager
    async def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AsyncIterator[ReferenceReader]:
        """See the protocol."""
        await self.enter(path)
        self.check_range(path, offset, length)
        yield self.make_reader(path, offset, length)

    async def stat(self, path: str) -> FileInfo:
        """See the protocol."""
        await self.enter(path, root=True)
        if path in self.disk.files:
            return self.info(path)
        if path == "/" or self.is_directory(path):
            return FileInfo(path=path, is_dir=True)
        raise PathNotFoundError(path=path, driver=self.name)

    async def move(self, source: str, destination: str) -> None:
        """See the protocol."""
        await self.enter(source, destination)
        self.find(source)
        if source == destination:
            return
        if is_below(destination, source):
            raise InvalidPathError(
                "a file moves not below itself", path=destination, driver=self.name
            )
        self.check_names(destination)
        await self.transfer(source, destination)

    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        """See the protocol."""
        await self.enter(path)
        if if_match is not None:
            self.check_condition(path, if_match=if_match, if_none_match=False)
        gone = self.at_and_below(path)
        self.drop_pending(path)
        for one in gone:
            del self.disk.files[one]
        if not gone:
            raise PathNotFoundError(path=path, driver=self.name)

    # Writers

    async def writer(self, path: str, *, append: bool = False) -> ReferenceWriter:
        """See the protocol."""
        await self.enter(path)
        self.check_names(path)
        kept = self.kept(path) if append else b""
        self.disk.pending[path] = Pending(kept, str(next(self.disk.numbers)), datetime.now(UTC))
        return self.make_writer(path, self.disk.pending[path])

    def kept(self, path: str) -> bytes:
        """Return what an unfinished writer holds, or raise `PathNotFoundError`."""
        if path not in self.disk.pending:
            raise PathNotFoundError(path=path, driver=self.name)
        return self.disk.pending[path].content

    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        """Return the writer for what is pending on a path."""
        return self.Writer(self, path, pending)

    async def discard(self, unfinished: UnfinishedInfo) -> None:
        """See the protocol."""
        await self.enter(unfinished.path)
        pending = self.disk.pending.get(unfinished.path)
        if pending is not None and pending.generation == unfinished.id:
            del self.disk.pending[unfinished.path]

    async def redirect_url(
        self,
        path: str,
        *,
        method: str = "GET",  # noqa: ARG002 - none is given
        expires_in: float = 1200,  # noqa: ARG002 - none is given
    ) -> str | None:
        """See the protocol."""
        await self.enter(path)
        return None

    async def aclose(self) -> None:
        """See the protocol."""
        self.closed = True

    # What the calls are made of

    def find(self, path: str) -> Stored:
        """Return the file at a path, or raise `PathNotFoundError`."""
        try:
            return self.disk.files[path]
        except KeyError:
            raise PathNotFoundError(path=path, driver=self.name) from None

    def store(self, path: str, content: bytes) -> FileInfo:
        """Keep a file, and return its record."""
        version = str(next(self.disk.numbers))
        self.disk.files[path] = Stored(content, version, datetime.now(UTC))
        return self.info(path)

    async def transfer(self, source: str, destination: str) -> None:
        """Give a file another path."""
        self.store(destination, self.find(source).content)
        del self.disk.files[source]

    def info(self, path: str) -> FileInfo:
        """Return a file's record."""
        stored = self.disk.files[path]
        return FileInfo(
            path=path,
            size=len(stored.content),
            modified=stored.modified,
            version=stored.version,
        )

    def at_and_below(self, path: str) -> Sequence[str]:
        """Return the files at a path and below it."""
        return [one for one in list(self.disk.files) if one == path or is_below(one, path)]

    def drop_pending(self, path: str) -> None:
        """Drop the unfinished writers at a path and below it."""
        for one in [one for one in list(self.disk.pending) if one == path or is_below(one, path)]:
            del self.disk.pending[one]

    def check_range(self, path: str, offset: int, length: int | None) -> None:
        """Raise what a reader raises for a file or a range that is not there."""
        if length is not None and length < 0:
            message = f"a length is not negative, as {length} is"
            raise ValueError(message)
        if not 0 <= offset <= len(self.find(path).content):
            raise InvalidOffsetError(path=path, driver=self.name)

    def make_reader(self, path: str, offset: int, length: int | None) -> ReferenceReader:
        """Return the reader of a range of a file."""
        end = None if length is None else offset + length
        return ReferenceReader(self.info(path), self.find(path).content[offset:end])

    def check_condition(self, path: str, *, if_match: str | None, if_none_match: bool) -> None:
        """Raise `PreconditionFailedError` unless the condition holds."""
        stored = self.disk.files.get(path)
        matches = if_match is None or (stored is not None and stored.version == if_match)
        if not matches or (if_none_match and stored is not None):
            raise PreconditionFailedError(path=path, driver=self.name)

    def check_names(self, path: str) -> None:
        """Raise `PathConflictError` where a name would be a file and a directory."""
        if not self.capabilities.exclusive_names:
            return
        parent = parent_of(path)
        while parent != "/":
            if parent in self.disk.files:
                raise PathConflictError("a parent is a file", path=path, driver=self.name)
            parent = parent_of(parent)
        if self.is_directory(path):
            raise PathConflictError("it is a directory", path=path, driver=self.name)
