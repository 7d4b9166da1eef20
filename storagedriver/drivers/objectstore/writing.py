"""Writing a file in parts, several of them on their way at once, so that another process can go on.

The target is touched by the commit alone. A file of one part or less is put whole, and no upload
is ever begun for it.
"""

from collections.abc import Callable, Coroutine
from contextlib import suppress
from types import TracebackType
from typing import Any, Self, TypeVar

from storagedriver.aio import to_the_end
from storagedriver.drivers.objectstore.ownership import Ownership, Resumed
from storagedriver.drivers.objectstore.parts import Parts
from storagedriver.errors import StorageDriverError, WriterLostError
from storagedriver.protocol import Content
from storagedriver.records import FileInfo

T = TypeVar("T")


class ObjectWriter:
    """A file being written. `ended` is called when it has nothing more to send.

    A call that is cancelled goes on for at most `grace` seconds, so that it was made or was not.
    """

    def __init__(
        self,
        owner: Ownership,
        resumed: Resumed,
        *,
        most: int,
        grace: float,
        ended: "Callable[[ObjectWriter], None]",
    ) -> None:
        self._path = owner.path
        self._parts = Parts(owner, resumed, most=most)
        self._grace = grace
        self._ended = ended
        self._published: FileInfo | None = None
        self._is_over = False

    @property
    def size(self) -> int:
        """How many bytes were accepted so far."""
        return self._parts.size

    async def write(self, chunk: Content) -> None:
        """Accept the next bytes. If sending fails, `size` tells how many of them were accepted."""
        await self._run(self._parts.add(memoryview(chunk).cast("B")))

    async def close(self) -> None:
        """Keep what was written."""
        if self._published is None:
            await self._run(self._parts.keep())
        self._end()

    async def commit(self) -> FileInfo:
        """Publish what was written."""
        return await self._run(self._publish())

    async def cancel(self) -> None:
        """Drop what was written, unless the path is another writer's by now."""
        if self._published is None:
            await self._run(self._parts.drop())
        self._end()

    async def stop(self) -> None:
        """Send nothing more; what has arrived stays."""
        await self._parts.stop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._is_over:
            return
        try:
            await self.close()
        except StorageDriverError:
            # What ended the block, a cancellation above all, matters more.
            if error is None:
                raise

    async def _publish(self) -> FileInfo:
        if self._published is None:
            version = await self._parts.publish()
            self._published = FileInfo(path=self._path, size=self.size, version=version)
        # It is published whatever becomes of the rest, which `unfinished` then shows.
        with suppress(StorageDriverError):
            await self._parts.forget()
        self._end()
        return self._published

    async def _run(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            return await to_the_end(work, grace=self._grace)
        except WriterLostError:
            await self._parts.stop()
            self._end()
            raise

    def _end(self) -> None:
        self._is_over = True
        self._ended(self)
