"""Crimes in what is done about a failure of the storage: repeated, remembered, or not seen."""

import asyncio
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar, Unpack

from storagedriver.errors import (
    StorageBackendError,
    StorageDriverError,
    StorageUnavailableError,
)
from storagedriver.protocol import Content
from storagedriver.records import FileInfo
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.conditions import Conditions
from storagedriver_conformance.zoo.keeping import Disk
from storagedriver_conformance.zoo.remote import Remote
from storagedriver_conformance.zoo.remote_streams import PIECE, RemoteReader
from storagedriver_conformance.zoo.wire import (
    BROKEN,
    DENIED,
    NONE_LEFT,
    Body,
    Refused,
)

T = TypeVar("T")


@crime("It repeats what was denied.", "fault.denied", seen_in="retry decorators for any error")
class RepeatsWhatWasDenied(Remote):
    def may_help(self, error: Refused) -> bool:
        return error.status == DENIED or super().may_help(error)


@crime("It never gives up.", "fault.gives-up", seen_in="clients with an endless retry policy")
class NeverGivesUp(Remote):
    async def send(self, request: Callable[[str], Awaitable[T]]) -> T:
        token = str(next(self.disk.numbers))
        while True:
            try:
                return await request(token)
            except Refused as error:
                if not self.may_help(error):
                    raise self.translated(error) from error


class Breaking(Remote):
    """It does not recover from one kind of failure."""

    breaking = BROKEN
    is_broken = False

    async def send(self, request: Callable[[str], Awaitable[T]]) -> T:
        if self.is_broken:
            raise StorageUnavailableError("the connection is broken", driver=self.name)
        return await super().send(request)

    def translated(self, error: Refused) -> StorageDriverError:
        self.is_broken = self.is_broken or error.status == self.breaking
        return super().translated(error)


@crime("A connection that broke is used for ever.", "fault.*", seen_in="pools without a check")
class KeepsTheBrokenConnection(Breaking):
    pass


@crime(
    "When no connection is left, it does not look for one again.",
    "fault.too-many-files",
    "fault.works-afterwards",
)
class LooksForNoConnectionAgain(Breaking):
    breaking = NONE_LEFT


@crime(
    "What failed once is remembered to fail.",
    "fault.works-afterwards",
    "fault.too-many-files",
)
class RemembersFailures(Remote):
    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.failed: dict[str, StorageDriverError] = {}

    async def get_content(self, path: str) -> bytes:
        if path in self.failed:
            raise self.failed[path]
        try:
            return await super().get_content(path)
        except StorageBackendError as error:
            self.failed[path] = error
            raise


@crime("Where a read broke off, nothing is put any more.", "fault.works-afterwards")
class PutsNothingWhereAReadFailed(Remote):
    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.failed: set[str] = set()

    async def get_content(self, path: str) -> bytes:
        with self.noted(path):
            return await super().get_content(path)

    async def stat(self, path: str) -> FileInfo:
        with self.noted(path):
            return await super().stat(path)

    @contextmanager
    def noted(self, path: str) -> Iterator[None]:
        try:
            yield
        except StorageUnavailableError as error:
            if isinstance(error.__cause__, Refused) and self.may_help(error.__cause__):
                self.failed.add(path)
            raise

    async def put_content(
        self, path: str, content: Content, **conditions: Unpack[Conditions]
    ) -> FileInfo:
        if path in self.failed:
            raise StorageUnavailableError(path=path, driver=self.name)
        return await super().put_content(path, content, **conditions)


@crime(
    "The lock of a path is kept by a put that failed.",
    "fault.put",
    "fault.condition",
    "fault.works-afterwards",
    "fault.no-space",
    patience=2.0,
)
class KeepsTheLockOfAFailedPut(Remote):
    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def put_content(
        self, path: str, content: Content, **conditions: Unpack[Conditions]
    ) -> FileInfo:
        await self.locks[path].acquire()
        try:
            info = await super().put_content(path, content, **conditions)
        except StorageBackendError:
            raise
        except BaseException:
            self.locks[path].release()
            raise
        self.locks[path].release()
        return info


@crime("A read that fails leaves its descriptors open.", "fault.leaks")
class LeaksWhenItFails(Remote):
    async def get_content(self, path: str) -> bytes:
        descriptors = os.pipe()
        try:
            content = await super().get_content(path)
        except StorageBackendError:
            raise
        except BaseException:
            _close(*descriptors)
            raise
        _close(*descriptors)
        return content


def _close(*descriptors: int) -> None:
    for one in descriptors:
        os.close(one)


# Bodies


class TakesHalf(Remote):
    """It takes what has come."""

    def checked(self, body: Body) -> bytes:
        return body.content if not body.is_whole else super().checked(body)


@crime("A body that breaks off is the whole file.", "fault.read", seen_in="requests with urllib3 1")
class TakesHalfForWhole(TakesHalf):
    pass


@crime("A checksum is not looked at.", "fault.corrupt", seen_in="most clients")
class LooksAtNoChecksum(Remote):
    def checked(self, body: Body) -> bytes:
        return body.content if body.is_whole else super().checked(body)


class SkippingReader(RemoteReader):
    """A reader that goes on behind what it asked for."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self.offset < self.end:
            piece = await self.next_piece()
            self.offset += PIECE
            if piece:
                yield piece


@crime("Where a piece of a stream broke off, it goes on behind what did not come.", "fault.read")
class SkipsWhatDidNotCome(TakesHalf):
    Reader = SkippingReader
