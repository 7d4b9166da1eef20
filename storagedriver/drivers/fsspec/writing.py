"""Writing a file of an fsspec filesystem: gathered to segments, which a commit joins."""

from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self

from storagedriver.drivers.fsspec.drafts import Draft
from storagedriver.protocol import Content
from storagedriver.records import FileInfo

SEGMENT = 16 * 1024 * 1024
"""Bytes that a writer gathers in memory before it keeps them."""


class FsspecWriter:
    """A file being written; `storagedriver.protocol.FileWriter` says how."""

    def __init__(self, draft: Draft, call: Callable[..., Awaitable[Any]]) -> None:
        self._draft = draft
        self._call = call
        self._gathered = bytearray()
        self._is_done = False

    @property
    def size(self) -> int:
        """How many bytes were accepted so far."""
        return self._draft.size + len(self._gathered)

    async def write(self, chunk: Content) -> None:
        """Accept the next bytes."""
        await self._call(self._draft.check_owner)
        self._gathered += chunk
        if len(self._gathered) >= SEGMENT:
            await self._call(self._keep)

    async def close(self) -> None:
        """Keep what was written."""
        if not self._is_done:
            await self._call(self._keep, True)  # noqa: FBT003 # calls go by position

    async def commit(self) -> FileInfo:
        """Publish what was written."""
        info: FileInfo = await self._call(self._draft.publish, bytes(self._gathered))
        self._is_done = True
        return info

    async def cancel(self) -> None:
        """Drop what was written."""
        if not self._is_done:
            await self._call(self._draft.cancel)
            self._gathered.clear()
            self._is_done = True

    def _keep(self, ends: bool = False) -> None:  # noqa: FBT001, FBT002 # calls go by position
        self._draft.keep(bytes(self._gathered), ends=ends)
        self._gathered.clear()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()
