"""Crimes in how a driver fails: its errors, and its end."""

import copy
import threading

from storagedriver.errors import (
    DriverClosedError,
    InvalidOffsetError,
    PathNotFoundError,
    PreconditionFailedError,
    StorageBackendError,
    StorageDriverError,
    WriterLostError,
)
from storagedriver.records import FileInfo
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.keeping import Stored
from storagedriver_conformance.zoo.reference import Reference
from storagedriver_conformance.zoo.writing import Pending, ReferenceWriter

# Errors


@crime("What is missing is a KeyError.", "surface.opens", "surface.*", seen_in="dictionaries")
class RaisesKeyErrors(Reference):
    def find(self, path: str) -> Stored:
        return self.disk.files[path]


@crime("What is missing is the system's own error.", "surface.*", seen_in="fsspec")
class RaisesFileNotFound(Reference):
    def find(self, path: str) -> Stored:
        if path not in self.disk.files:
            raise FileNotFoundError(path)
        return super().find(path)


@crime(
    "What is missing is an error of the backend.", "surface.errors-typed", "paths.*", "content.*"
)
class MissingIsABackendError(Reference):
    def find(self, path: str) -> Stored:
        if path not in self.disk.files:
            raise StorageBackendError("404", path=path, driver=self.name)
        return super().find(path)


@crime("An offset beyond the end is taken for a missing file.", "surface.errors-typed", "reads.*")
class BeyondTheEndIsMissing(Reference):
    def check_range(self, path: str, offset: int, length: int | None) -> None:
        try:
            super().check_range(path, offset, length)
        except InvalidOffsetError as error:
            raise PathNotFoundError(path=path, driver=self.name) from error


@crime(
    "A condition that fails is an error of the backend.",
    "surface.errors-typed",
    "cond.*",
    "delete.if-match*",
    seen_in="s3fs: a bare EINVAL for 412",
)
class ConditionIsABackendError(Reference):
    def check_condition(self, path: str, *, if_match: str | None, if_none_match: bool) -> None:
        try:
            super().check_condition(path, if_match=if_match, if_none_match=if_none_match)
        except PreconditionFailedError as error:
            raise StorageBackendError("EINVAL", path=path, driver=self.name) from error


@crime("A closed writer says that another took over.", "surface.errors-typed", "writers.*")
class ClosedIsLost(Reference):
    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        class Losing(ReferenceWriter):
            def check_open(self) -> None:
                if self.ended:
                    raise WriterLostError(path=self.path, driver=self.driver.name)

        return Losing(self, path, pending)


@crime("Errors do not name the driver.", "surface.errors-named")
class ErrorsAreAnonymous(Reference):
    def find(self, path: str) -> Stored:
        if path not in self.disk.files:
            raise PathNotFoundError(path=path)
        return super().find(path)


@crime("Errors name the backend's key, not the path.", "surface.errors-named", seen_in="s3fs")
class ErrorsNameKeys(Reference):
    def find(self, path: str) -> Stored:
        if path not in self.disk.files:
            raise PathNotFoundError(path=f"bucket{path}", driver=self.name)
        return super().find(path)


class _MuteError(PathNotFoundError):
    def __str__(self) -> str:
        return "not found"


@crime("Errors say nothing of their path.", "surface.errors-print")
class ErrorsAreMute(Reference):
    def find(self, path: str) -> Stored:
        if path not in self.disk.files:
            raise _MuteError(path=path, driver=self.name)
        return super().find(path)


@crime("Errors show a page of the backend's answer.", "surface.errors-print", seen_in="XML answers")
class ErrorsAreLong(Reference):
    def find(self, path: str) -> Stored:
        if path not in self.disk.files:
            page = "NoSuchKey\n<Error>\n  <Code>NoSuchKey</Code>\n</Error>"
            raise PathNotFoundError(page, path=path, driver=self.name)
        return super().find(path)


class _UnprintableError(PathNotFoundError):
    def __str__(self) -> str:
        return "not found: " + vars(self)["key"]  # type: ignore[no-any-return] # it has none


@crime("The text of an error is an error.", "surface.errors-print", seen_in="fields set too late")
class ErrorsCannotBePrinted(Reference):
    def find(self, path: str) -> Stored:
        if path not in self.disk.files:
            raise _UnprintableError(path=path, driver=self.name)
        return super().find(path)


class _KeyedError(PathNotFoundError):
    def __init__(self, key: str, bucket: str) -> None:
        super().__init__(f"no {key} in {bucket}", path=key, driver="reference")


@crime(
    "Errors need arguments that pickling does not know.", "surface.errors-travel", seen_in="many"
)
class ErrorsCannotBeMadeAgain(Reference):
    def find(self, path: str) -> Stored:
        if path not in self.disk.files:
            raise _KeyedError(path, "bucket")
        return super().find(path)


@crime("Errors hold the connection that failed.", "surface.errors-travel", seen_in="httpx")
class ErrorsHoldConnections(Reference):
    def find(self, path: str) -> Stored:
        if path not in self.disk.files:
            error = PathNotFoundError(path=path, driver=self.name)
            vars(error)["connection"] = threading.Lock()
            raise error
        return super().find(path)


class _ForgetfulError(PathNotFoundError):
    def __reduce__(self) -> tuple[type[StorageDriverError], tuple[str]]:
        return PathNotFoundError, (self.message,)

    def __copy__(self) -> StorageDriverError:
        return copy.copy(PathNotFoundError(self.message))


@crime("Pickled errors lose their fields.", "surface.errors-travel")
class ErrorsForgetFields(Reference):
    def find(self, path: str) -> Stored:
        if path not in self.disk.files:
            raise _ForgetfulError(path=path, driver=self.name)
        return super().find(path)


# The end


@crime("Closing twice is an error.", "surface.closes-twice")
class ClosesOnce(Reference):
    async def aclose(self) -> None:
        if self.closed:
            raise DriverClosedError(driver=self.name)
        await super().aclose()


@crime(
    "Closing one instance empties them all.",
    "surface.closes-twice",
    "content.seen-by-others",
    seen_in="cached sessions",
)
class ClosesForAll(Reference):
    async def aclose(self) -> None:
        await super().aclose()
        self.disk.files.clear()


@crime("A closed driver goes on working.", "surface.closed", seen_in="fsspec")
class WorksAfterItsEnd(Reference):
    async def enter(self, *paths: str, root: bool = False) -> None:
        self.closed = False
        await super().enter(*paths, root=root)


@crime("A closed driver still gives URLs.", "surface.closed")
class RedirectsAfterItsEnd(Reference):
    async def redirect_url(
        self, path: str, *, method: str = "GET", expires_in: float = 1200
    ) -> str | None:
        if self.closed:
            return None
        return await super().redirect_url(path, method=method, expires_in=expires_in)


@crime("A closed driver fails as its library does.", "surface.closed", seen_in="aiohttp")
class FailsAfterItsEnd(Reference):
    async def enter(self, *paths: str, root: bool = False) -> None:
        if self.closed:
            message = "Session is closed"
            raise RuntimeError(message)
        await super().enter(*paths, root=root)


@crime("A writer goes on when its driver is closed.", "surface.closed")
class WriterOutlivesItsDriver(Reference):
    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        class Outliving(ReferenceWriter):
            async def commit(self) -> FileInfo:
                self.driver.closed = False
                return await super().commit()

        return Outliving(self, path, pending)


@crime("It cannot be closed.", "surface.protocol", "surface.*")
class CannotBeClosed(Reference):
    async def aclose(self) -> None:
        message = "there are tasks left"
        raise RuntimeError(message)
