"""A driver with a guard around it: what every driver would otherwise have to check by itself.

Paths, states, event loops and absent abilities are checked before the driver is called, and the
errors that come out of it get its name and the path. `open_driver` guards every driver.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

from storagedriver.errors import (
    InvalidOffsetError,
    InvalidPathError,
    PathNotFoundError,
    UnsupportedOperationError,
)
from storagedriver.gate import Gate, Stamped, stamp
from storagedriver.paths import ROOT, check_name, check_path, is_below
from storagedriver.protocol import Content, FileWriter, Reader, StorageDriver
from storagedriver.records import Capabilities, FileInfo, Support, UnfinishedInfo
from storagedriver.streams import (
    GuardedReading,
    GuardedWriter,
    checked_content,
    guarded_listing,
)


def guarded(driver: StorageDriver) -> StorageDriver:
    """Return the driver with a guard around it, or itself if it has one.

    It belongs to the event loop that runs now, or else to that of its first call.
    """
    return driver if isinstance(driver, GuardedDriver) else GuardedDriver(driver)


class GuardedDriver:
    """A `StorageDriver` that checks each call before it reaches another one.

    What it raises by itself: `DriverClosedError`, `WrongLoopError`, `InvalidPathError`,
    `InvalidOffsetError`, `UnsupportedOperationError`, `WriterClosedError`; `ValueError` for
    conditions or lengths that make no sense, `TypeError` for content that is no bytes, and
    `RuntimeError` when two tasks use one writer at the same time.
    """

    __slots__ = ("_capabilities", "_driver", "_gate", "_is_released", "_limit")

    def __init__(self, driver: StorageDriver) -> None:
        self._driver = driver
        self._capabilities = driver.capabilities
        self._limit = driver.capabilities.limits.max_key
        self._gate = Gate(driver.name)
        self._is_released = False

    @property
    def name(self) -> str:
        """The driver's name."""
        return self._gate.name

    @property
    def capabilities(self) -> Capabilities:
        """What the driver can do."""
        return self._capabilities

    @property
    def unguarded(self) -> StorageDriver:
        """The driver inside, for what goes beyond the contract."""
        return self._driver

    async def get_content(self, path: str) -> bytes:
        """Return a whole file."""
        # No block of `_call` here and in `stat`, which are called most: entering and leaving one
        # takes a third of what the guard adds.
        self._check(path)
        try:
            return await self._driver.get_content(path)
        except Exception as error:
            stamp(error, driver=self.name, path=path)
            raise

    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        """Write a whole file."""
        with self._change(path):
            content = checked_content(content)
            if if_match is not None or if_none_match:
                self._need(self._capabilities.conditional_put, "conditional put")
                if if_match is not None and if_none_match:
                    raise ValueError("if_match and if_none_match exclude each other")
            return await self._driver.put_content(
                path, content, if_match=if_match, if_none_match=if_none_match
            )

    def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AbstractAsyncContextManager[Reader]:
        """Open a file."""

        def opened() -> AbstractAsyncContextManager[Reader]:
            with self._call(path):
                if offset < 0:
                    raise InvalidOffsetError(f"the offset {offset} is negative")
                if length is not None and length < 0:
                    raise ValueError(f"the length {length} is negative")
                return self._driver.reader(path, offset=offset, length=length)

        return GuardedReading(opened, self._gate, Stamped(self.name, path))

    async def writer(self, path: str, *, append: bool = False) -> FileWriter:
        """Open a writer."""
        with self._change(path):
            if append:
                self._need(self._capabilities.resumable_writer, "resumable writer")
            writer = await self._driver.writer(path, append=append)
            return GuardedWriter(writer, self._gate, path)

    async def stat(self, path: str) -> FileInfo:
        """Tell what is at a path."""
        self._check(path, root=True)
        try:
            return await self._driver.stat(path)
        except Exception as error:
            stamp(error, driver=self.name, path=path)
            raise

    def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        """Give the direct children of a directory."""

        def opened() -> AsyncIterator[FileInfo]:
            with self._call(path, root=True):
                if start_after is not None:
                    check_name(start_after)
                    self._need(self._capabilities.start_after, "start_after")
                return self._driver.list(path, start_after=start_after)

        return guarded_listing(opened, self._gate, Stamped(self.name, path))

    def walk(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        """Give everything below a directory."""

        def opened() -> AsyncIterator[FileInfo]:
            with self._call(path, root=True):
                if start_after is not None:
                    check_path(start_after)
                    if not is_below(start_after, path):
                        raise InvalidPathError(f"start_after is not below {path}", path=start_after)
                    self._need(self._capabilities.start_after, "start_after")
                return self._driver.walk(path, start_after=start_after)

        return guarded_listing(opened, self._gate, Stamped(self.name, path))

    async def move(self, source: str, destination: str) -> None:
        """Move one file."""
        with self._change(source):
            check_path(destination, limit=self._limit)
            if is_below(destination, source):
                raise InvalidPathError(f"{destination} is below {source}")
            if source != destination:
                await self._driver.move(source, destination)
            elif (await self._driver.stat(source)).is_dir:
                raise PathNotFoundError("a directory is no file")

    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        """Delete a file, or a directory with everything below it."""
        with self._change(path):
            if if_match is not None:
                self._need(self._capabilities.conditional_delete, "conditional delete")
            await self._driver.delete(path, if_match=if_match)

    def unfinished(self, path: str = ROOT) -> AsyncIterator[UnfinishedInfo]:
        """Give the unfinished writers at and below a path."""

        def opened() -> AsyncIterator[UnfinishedInfo]:
            with self._call(path, root=True):
                return self._driver.unfinished(path)

        return guarded_listing(opened, self._gate, Stamped(self.name, path))

    async def discard(self, unfinished: UnfinishedInfo) -> None:
        """Drop an unfinished writer."""
        with self._change(unfinished.path):
            await self._driver.discard(unfinished)

    async def redirect_url(
        self, path: str, *, method: str = "GET", expires_in: float = 1200
    ) -> str | None:
        """Return a URL that `method` can be sent to, or None."""
        with self._call(path):
            if not self._capabilities.redirect:
                return None
            return await self._driver.redirect_url(path, method=method, expires_in=expires_in)

    async def aclose(self) -> None:
        """Close the driver. A call that failed may be repeated; after one that did not, nothing."""
        if self._is_released:
            return
        self._gate.check_loop()
        self._gate.is_closed = True
        with Stamped(self.name, None):
            await self._driver.aclose()
        self._is_released = True

    def _call(self, path: str, *, root: bool = False) -> Stamped:
        """Check that the driver may be called with a path; what it then raises is stamped."""
        self._check(path, root=root)
        return Stamped(self.name, path)

    def _check(self, path: str, *, root: bool = False) -> None:
        """Check that the driver may be called with a path."""
        self._gate.check(path)
        try:
            check_path(path, root=root, limit=self._limit)
        except InvalidPathError as error:
            error.stamp(driver=self.name, path=None)
            raise

    def _change(self, path: str) -> Stamped:
        """Do what `_call` does, for a call that changes what is stored."""
        stamped = self._call(path)
        if not self._capabilities.writable:
            raise UnsupportedOperationError("this is read-only", driver=self.name, path=path)
        return stamped

    def _need(self, support: Support, ability: str) -> None:
        """Raise `UnsupportedOperationError` for an absent ability."""
        if not support:
            raise UnsupportedOperationError(f"the driver has no {ability}")
