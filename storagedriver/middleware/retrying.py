"""`retry`: what reads is tried again while the storage cannot answer.

What writes is not: when its answer was lost it may have been done, and others may have built on it.
A driver that can look whether it was done retries by itself, and ours do.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field

from storagedriver.aio import close_iterator
from storagedriver.errors import PathNotFoundError, StorageUnavailableError
from storagedriver.middleware.around import AroundDriver
from storagedriver.middleware.resuming import ResumingReader
from storagedriver.paths import name_of
from storagedriver.protocol import Reader, StorageDriver
from storagedriver.records import FileInfo, UnfinishedInfo
from storagedriver.retry import Retries, RetryPolicy


class RetryingDriver(AroundDriver):
    """Repeats what reads, and `discard`, after `StorageUnavailableError`.

    What breaks off goes on: a listing after the last entry that it gave, a reader after its last
    byte, if the file is still the same.
    """

    def __init__(self, driver: StorageDriver, retries: Retries) -> None:
        super().__init__(driver)
        self._retries = retries

    async def get_content(self, path: str) -> bytes:
        """Return a whole file."""
        return await self._retries.run(lambda: self.driver.get_content(path))

    @asynccontextmanager
    async def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AsyncIterator[Reader]:
        """Open a file."""
        async with AsyncExitStack() as stack:

            async def open_at(given: int) -> Reader:
                await stack.aclose()
                rest = None if length is None else length - given
                reader = self.driver.reader(path, offset=offset + given, length=rest)
                return await stack.enter_async_context(reader)

            first = await self._retries.run(lambda: open_at(0))
            yield ResumingReader(first, open_at, self._retries)

    async def stat(self, path: str) -> FileInfo:
        """Tell what is at a path."""
        return await self._retries.run(lambda: self.driver.stat(path))

    def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        """Give the direct children of a directory."""

        def opened(last: FileInfo | None) -> AsyncIterator[FileInfo]:
            after = start_after if last is None else name_of(last.path)
            return self.driver.list(path, start_after=after)

        return self._entries(opened)

    def walk(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        """Give everything below a directory."""

        def opened(last: FileInfo | None) -> AsyncIterator[FileInfo]:
            after = start_after if last is None else last.path
            return self.driver.walk(path, start_after=after)

        return self._entries(opened)

    async def unfinished(self, path: str = "/") -> AsyncIterator[UnfinishedInfo]:
        """Give the unfinished writers at and below a path; only the first step is repeated."""
        entries = self.driver.unfinished(path)

        async def first() -> UnfinishedInfo | None:
            nonlocal entries
            try:
                return await anext(entries, None)
            except StorageUnavailableError:
                await close_iterator(entries)
                entries = self.driver.unfinished(path)
                raise

        try:
            entry = await self._retries.run(first)
            while entry is not None:
                yield entry
                entry = await anext(entries, None)
        finally:
            await close_iterator(entries)

    async def discard(self, unfinished: UnfinishedInfo) -> None:
        """Drop an unfinished writer, once: its id changes with whatever else is done to it."""
        await self._retries.run(lambda: self.driver.discard(unfinished))

    async def redirect_url(
        self, path: str, *, method: str = "GET", expires_in: float = 1200
    ) -> str | None:
        """Return a URL that `method` can be sent to, or None."""
        return await self._retries.run(
            lambda: self.driver.redirect_url(path, method=method, expires_in=expires_in)
        )

    async def _entries(
        self, opened: Callable[[FileInfo | None], AsyncIterator[FileInfo]]
    ) -> AsyncIterator[FileInfo]:
        """Give what a listing gives, opened again after the last entry where it broke off."""
        listing = _Listing(opened)
        async with aclosing(listing):
            while (entry := await self._retries.run(listing.step)) is not None:
                yield entry


class _Listing:
    """A listing that can be gone on with after a failure."""

    def __init__(self, opened: Callable[[FileInfo | None], AsyncIterator[FileInfo]]) -> None:
        self._opened = opened
        self._entries: AsyncIterator[FileInfo] | None = None
        self._last: FileInfo | None = None

    async def step(self) -> FileInfo | None:
        """Return the next entry, or None at the end."""
        if self._entries is None:
            self._entries = self._opened(self._last)
        try:
            entry = await anext(self._entries, None)
        except StorageUnavailableError:
            await self.aclose()
            raise
        except PathNotFoundError:
            if self._last is None:
                raise
            return None  # the directory went meanwhile, and with it the rest
        self._last = entry or self._last
        return entry

    async def aclose(self) -> None:
        """Close the listing that is open."""
        entries, self._entries = self._entries, None
        if entries is not None:
            await close_iterator(entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryParameters:
    """How often and how long. Raises `ValueError` for less than nothing."""

    attempts: int = field(default=5, metadata={"help": "how often a call is tried, at most"})
    seconds: float = field(
        default=60.0, metadata={"help": "after so many seconds it is not tried again"}
    )
    first: float = field(
        default=0.1, metadata={"help": "the longest wait before the second time, then doubled"}
    )
    longest: float = field(default=5.0, metadata={"help": "the longest wait, in seconds"})

    def __post_init__(self) -> None:
        """Check the numbers."""
        if self.attempts < 1 or min(self.seconds, self.first, self.longest) < 0:
            raise ValueError("attempts must be at least 1, and no number of seconds below 0")


class RetryFactory:
    """Try again what reads, while the storage cannot answer."""

    contract = 1
    parameters = RetryParameters

    def wrap(self, driver: StorageDriver, parameters: RetryParameters) -> StorageDriver:
        """Put it around a driver."""
        policy = RetryPolicy(
            attempts=parameters.attempts,
            seconds=parameters.seconds,
            first=parameters.first,
            longest=parameters.longest,
        )
        return RetryingDriver(driver, Retries(policy))
