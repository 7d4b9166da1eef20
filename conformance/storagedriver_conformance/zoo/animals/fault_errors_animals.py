"""Crimes in what a failure of the storage is told as."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

from storagedriver.errors import (
    PathNotFoundError,
    StorageBackendError,
    StorageDriverError,
    StoragePermissionError,
    StorageUnavailableError,
)
from storagedriver.records import FileInfo
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.remote import Remote
from storagedriver_conformance.zoo.remote_streams import RemoteWriter
from storagedriver_conformance.zoo.wire import (
    DENIED,
    FULL,
    NONE_LEFT,
    THROTTLED,
    Refused,
)

T = TypeVar("T")


@crime(
    "A stat that fails, for whatever reason, finds nothing.",
    "fault.read",
    "fault.denied",
    seen_in="distribution #2152: expired credentials became a manifest that is unknown",
)
class FailingStatFindsNothing(Remote):
    async def stat(self, path: str) -> FileInfo:
        try:
            return await super().stat(path)
        except StorageBackendError as error:
            raise PathNotFoundError(path=path, driver=self.name) from error


@crime("What is denied is not there.", "fault.denied")
class DeniedIsMissing(Remote):
    def translated(self, error: Refused) -> StorageDriverError:
        if error.status == DENIED:
            return PathNotFoundError(driver=self.name)
        return super().translated(error)


@crime(
    "A list that is denied is an empty list.",
    "fault.denied",
    seen_in="distribution #1561, #1562",
)
class DeniedListIsEmpty(Remote):
    async def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        try:
            async for info in super().list(path, start_after=start_after):
                yield info
        except StoragePermissionError:
            return


@crime("What is denied is unavailable for now.", "fault.denied", seen_in="catch-all mappings")
class DeniedIsUnavailable(Remote):
    def translated(self, error: Refused) -> StorageDriverError:
        if error.status == DENIED:
            return StorageUnavailableError(driver=self.name)
        return super().translated(error)


@crime(
    "A full backend is unavailable for now.",
    "fault.no-space",
    "fault.write",
    "fault.open-writer",
    "fault.cancel",
    seen_in="catch-all mappings",
)
class FullIsUnavailable(Remote):
    def translated(self, error: Refused) -> StorageDriverError:
        if error.status == FULL:
            return StorageUnavailableError(driver=self.name)
        return super().translated(error)


@crime("The client's own error comes out.", "fault.*")
class RaisesTheClientsError(Remote):
    async def send(self, request: Callable[[str], Awaitable[T]]) -> T:
        return await request(str(next(self.disk.numbers)))


@crime("A commit that fails is a TimeoutError.", "fault.commit", "fault.cancel", "fault.no-space")
class CommitTimesOut(Remote):
    class Writer(RemoteWriter):
        async def commit(self) -> FileInfo:
            try:
                return await super().commit()
            except StorageBackendError as error:
                raise TimeoutError from error


@crime("The wait that the backend asked for is forgotten.", "fault.retry-after")
class ForgetsRetryAfter(Remote):
    def translated(self, error: Refused) -> StorageDriverError:
        error.retry_after = None
        return super().translated(error)


@crime("It tells a wait of its own in place of the backend's.", "fault.retry-after")
class TellsAWaitOfItsOwn(Remote):
    def translated(self, error: Refused) -> StorageDriverError:
        error.retry_after = error.retry_after and 60.0
        return super().translated(error)


@crime(
    "A backend that asks to be slowed down has failed for good.",
    "fault.retry-after",
    seen_in="distribution #769",
)
class ThrottledIsFinal(Remote):
    def translated(self, error: Refused) -> StorageDriverError:
        if error.status == THROTTLED:
            return StorageBackendError(str(error), driver=self.name)
        return super().translated(error)


@crime("Where no connection is left, a reader finds no file.", "fault.too-many-files")
class NoHandleIsNoFile(Remote):
    def translated(self, error: Refused) -> StorageDriverError:
        if error.status == NONE_LEFT:
            return PathNotFoundError(driver=self.name)
        return super().translated(error)
