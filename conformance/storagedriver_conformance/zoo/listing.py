"""What the reference driver lists: files, directories, and unfinished writers."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence

from storagedriver.errors import InvalidPathError, PathNotFoundError
from storagedriver.paths import check_name, is_below, order_key, parent_of
from storagedriver.records import FileInfo, UnfinishedInfo
from storagedriver_conformance.zoo.keeping import Disk
from storagedriver_conformance.zoo.writing import Pending


class Listing(ABC):
    """The listing calls, and what they are made of."""

    name = "reference"
    disk: Disk

    @abstractmethod
    async def enter(self, *paths: str, root: bool = False) -> None:
        """Check the paths and the state, and let other tasks run."""

    @abstractmethod
    def check(self, path: str, *, root: bool = False) -> None:
        """Raise `InvalidPathError` unless the path follows the grammar."""

    @abstractmethod
    def info(self, path: str) -> FileInfo:
        """Return a file's record."""

    async def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        """See the protocol."""
        await self.enter(path, root=True)
        if start_after is not None:
            self.check_after(start_after)
        prefix = path.rstrip("/") + "/"
        for entry in [self.entry(prefix + name) for name in self.listed(path, start_after)]:
            yield entry
            await asyncio.sleep(0)

    async def walk(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        """See the protocol."""
        await self.enter(path, root=True)
        if start_after is not None:
            self.check_start(path, start_after)
        for entry in [self.entry(one) for one in self.walked(path, start_after)]:
            yield entry
            await asyncio.sleep(0)

    async def unfinished(self, path: str = "/") -> AsyncIterator[UnfinishedInfo]:
        """See the protocol."""
        await self.enter(path, root=True)
        for one in self.unfinished_in(path):
            yield self.unfinished_info(one, self.disk.pending[one])

    def unfinished_in(self, path: str) -> Sequence[str]:
        """Return the paths of unfinished writers at a path and below it, in order."""
        found = [one for one in list(self.disk.pending) if one == path or is_below(one, path)]
        return sorted(found, key=order_key)

    def unfinished_info(self, path: str, pending: Pending) -> UnfinishedInfo:
        """Return an unfinished writer's record."""
        return UnfinishedInfo(
            path=path, size=len(pending.content), modified=pending.modified, id=pending.generation
        )

    # What the calls are made of

    def entry(self, path: str) -> FileInfo:
        """Return what a listing says of a path."""
        return self.info(path) if path in self.disk.files else FileInfo(path=path, is_dir=True)

    def is_directory(self, path: str) -> bool:
        """Tell whether a file lies below."""
        return any(is_below(one, path) for one in list(self.disk.files))

    def check_start(self, path: str, start_after: str) -> None:
        """Raise `InvalidPathError` unless a walk can start there."""
        self.check(start_after)
        if not is_below(start_after, path):
            message = f"start_after lies not below {path}"
            raise InvalidPathError(message, path=start_after, driver=self.name)

    def check_after(self, name: str) -> None:
        """Raise `InvalidPathError` unless a list can start after that name."""
        check_name(name)

    def listed(self, path: str, start_after: str | None) -> Sequence[str]:
        """Return the names that a list gives."""
        names = self.children(path)
        return [name for name in names if start_after is None or name > start_after]

    def walked(self, path: str, start_after: str | None) -> Sequence[str]:
        """Return the paths that a walk gives."""
        after = None if start_after is None else order_key(start_after)
        return [
            one for one in self.everything_below(path) if after is None or order_key(one) > after
        ]

    def children(self, path: str) -> Sequence[str]:
        """Return the names in a directory, in order, or raise `PathNotFoundError`."""
        prefix = path.rstrip("/") + "/"
        names = {
            one[len(prefix) :].partition("/")[0]
            for one in list(self.disk.files)
            if is_below(one, path)
        }
        if not names and path != "/":
            raise PathNotFoundError(path=path, driver=self.name)
        return sorted(names)

    def everything_below(self, path: str) -> Sequence[str]:
        """Return files and directories below a directory in the order of a walk."""
        found: set[str] = set()
        for one in list(self.disk.files):
            while is_below(one, path):
                found.add(one)
                one = parent_of(one)  # noqa: PLW2901 - it climbs
        if not found and path != "/":
            raise PathNotFoundError(path=path, driver=self.name)
        return sorted(found, key=order_key)
