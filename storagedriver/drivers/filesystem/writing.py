"""Writing a file piece by piece: small chunks are gathered, and written by the MiB."""

from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Protocol, Self, TypeVar

from storagedriver.drivers.filesystem.drafts import Draft
from storagedriver.drivers.filesystem.failures import translated
from storagedriver.errors import StorageDriverError
from storagedriver.protocol import Content
from storagedriver.records import FileInfo

GATHERED = 1 << 20
"""How many bytes are gathered before they are written."""

T = TypeVar("T")


class Call(Protocol):
    """How a blocking function is called: in a thread, with its errors translated."""

    def __call__(self, function: Callable[..., T], *args: object) -> Awaitable[T]:
        """Call the function and return what it does."""


class FilesystemWriter:
    """A file being written. `ended` is called when nothing of it is open any more."""

    def __init__(
        self, draft: Draft, call: Call, ended: "Callable[[FilesystemWriter], None]"
    ) -> None:
        self._draft = draft
        self._call = call
        self._ended = ended
        self._gathered = bytearray()

    @property
    def size(self) -> int:
        """How many bytes were accepted so far, in the file or gathered."""
        return self._draft.size + len(self._gathered)

    async def write(self, chunk: Content) -> None:
        """Accept the next bytes. When it fails, none of them is accepted."""
        piece = memoryview(chunk).cast("B")
        if len(self._gathered) + len(piece) < GATHERED:
            # In this thread, although it asks the kernel: for a name that was looked up a moment
            # ago, which takes it two microseconds and no disk. A hop would take fifty.
            try:
                self._draft.check()
            except OSError as error:
                raise translated(error) from error
            self._gathered += piece
        else:
            await self._call(self._append, piece)

    async def close(self) -> None:
        """Keep what was written, durably."""
        try:
            await self._call(self._keep)
        finally:
            self._release()

    async def commit(self) -> FileInfo:
        """Publish what was written."""
        info = await self._call(self._publish)
        self._release()
        return info

    async def cancel(self) -> None:
        """Drop what was written."""
        self._release()
        await self._call(self._draft.drop)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            await self.close()
        except StorageDriverError:
            # What ended the block, a cancellation above all, matters more.
            if error is None:
                raise

    def _append(self, piece: memoryview) -> None:
        # All of it in the thread: a cancelled caller comes back when it has ended, not sooner, and
        # must then find the two in step.
        self._draft.append([memoryview(bytes(self._gathered)), piece])
        self._gathered.clear()

    def _keep(self) -> None:
        if self._gathered:
            self._append(memoryview(b""))
        self._draft.keep()

    def _publish(self) -> FileInfo:
        if self._gathered:
            self._append(memoryview(b""))
        return self._draft.publish()

    def _release(self) -> None:
        self._draft.release()
        self._ended(self)
