"""A read that goes on where it broke off."""

from collections.abc import AsyncIterator, Awaitable, Callable

from storagedriver.errors import (
    InvalidOffsetError,
    PathNotFoundError,
    StorageBackendError,
    StorageUnavailableError,
)
from storagedriver.protocol import Reader
from storagedriver.retry import Retries

Open = Callable[[int], Awaitable[Reader]]


class ResumingReader:
    """A `Reader` that is opened again, after the bytes that it gave, while it is the same file.

    `open_at` opens it so many bytes after where `first` began.
    """

    def __init__(self, first: Reader, open_at: Open, retries: Retries) -> None:
        self.info = first.info
        self._first = first
        self._open_at = open_at
        self._retries = retries

    async def __aiter__(self) -> AsyncIterator[bytes]:
        pieces, given = aiter(self._first), 0
        while True:
            try:
                chunk = await anext(pieces, None)
            except StorageUnavailableError as error:
                chunk, pieces = await self._resumed(given, error)
            if chunk is None:
                return
            given += len(chunk)
            yield chunk

    async def _resumed(
        self, given: int, failure: StorageUnavailableError
    ) -> tuple[bytes | None, AsyncIterator[bytes]]:
        """Return the next bytes, and where those after them come from."""
        failures = [failure]

        async def next_bytes() -> tuple[bytes | None, AsyncIterator[bytes]]:
            if failures:
                raise failures.pop()  # the first attempt was that one: it is waited for
            pieces = aiter(await self._same(given))
            return await anext(pieces, None), pieces

        return await self._retries.run(next_bytes)

    async def _same(self, given: int) -> Reader:
        """Open the file again; fail if it is another one, which would make a mixture."""
        try:
            reader = await self._open_at(given)
        except (PathNotFoundError, InvalidOffsetError) as error:
            raise StorageBackendError("the file was replaced while it was read") from error
        if self.info.version is None or reader.info.version != self.info.version:
            raise StorageBackendError("the file was replaced while it was read")
        return reader
