"""What can go wrong, as types: every error that a driver raises is one of these.

    StorageDriverError
    ├── PathNotFoundError            nothing is stored there (also a FileNotFoundError)
    ├── InvalidPathError             the path breaks the grammar (also a ValueError)
    ├── InvalidOffsetError           a read or resume position outside the file (also a ValueError)
    ├── PathConflictError            a file stands where a directory is needed, or the reverse
    ├── PreconditionFailedError      if_match or if_none_match did not hold
    ├── UnsupportedOperationError    the driver declares that it lacks this ability
    ├── WriterClosedError            the writer was committed, cancelled or closed
    ├── WriterLostError              another writer took the path over
    ├── DriverClosedError            the driver was closed
    ├── WrongLoopError               the driver was opened in another event loop
    ├── CorruptContentError          what is stored contradicts itself
    ├── DriverConfigurationError     no such driver, or wrong parameters (also a ValueError)
    └── StorageBackendError          the backend refused
        ├── StorageUnavailableError  for now: a retry may succeed
        ├── StoragePermissionError   for these credentials
        └── StorageFullError         for want of space

Who must act: the caller for everything above `StorageBackendError`; whoever runs the storage for
that one and what is below it. Only `PathNotFoundError` means "not there": nothing else may ever be
taken for it.

An error of the backend's library never leaves a driver as itself: it is kept as `__cause__`.
"""

from typing import Self


class StorageDriverError(Exception):
    """The root of all of them.

    `driver` is the name of the driver that raised it and `path` the path it was about; each is
    None until known. A driver may leave both out: the guard around it fills them in.
    """

    def __init__(
        self, message: str = "", *, path: str | None = None, driver: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.driver = driver

    def stamp(self, *, driver: str, path: str | None) -> Self:
        """Fill in what is not known yet, and return the error itself."""
        self.driver = self.driver or driver
        self.path = self.path or path
        return self

    def __str__(self) -> str:
        """Name the driver and the path, then say what is wrong."""
        message = self.message or (type(self).__doc__ or "").partition("\n")[0].rstrip(".")
        where = ": ".join(part for part in (self.driver, self.path) if part)
        return f"{where}: {message}" if where else message


class PathNotFoundError(StorageDriverError, FileNotFoundError):
    """Nothing is stored at this path."""


class InvalidPathError(StorageDriverError, ValueError):
    """The path breaks the grammar of paths."""


class InvalidOffsetError(StorageDriverError, ValueError):
    """The offset is negative or lies beyond the end of the file."""


class PathConflictError(StorageDriverError):
    """A file stands where a directory is needed, or a directory where a file is."""


class PreconditionFailedError(StorageDriverError):
    """The condition of the call did not hold, and nothing was changed."""


class UnsupportedOperationError(StorageDriverError):
    """The driver declares that it cannot do this."""


class WriterClosedError(StorageDriverError):
    """The writer was committed, cancelled or closed before."""


class WriterLostError(StorageDriverError):
    """Another writer has taken this path over."""


class DriverClosedError(StorageDriverError):
    """The driver was closed."""


class WrongLoopError(StorageDriverError):
    """The driver belongs to another event loop than the one that called it."""


class CorruptContentError(StorageDriverError):
    """What is stored contradicts itself."""


class DriverConfigurationError(StorageDriverError, ValueError):
    """A driver cannot be opened as asked: its name, its parameters or its package is wrong."""


class StorageBackendError(StorageDriverError):
    """The backend refused the request."""


class StorageUnavailableError(StorageBackendError):
    """The backend cannot answer for now.

    `retry_after` is the number of seconds that the backend asked to wait, where it said so.
    """

    def __init__(
        self,
        message: str = "",
        *,
        path: str | None = None,
        driver: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, path=path, driver=driver)
        self.retry_after = retry_after


class StoragePermissionError(StorageBackendError):
    """The backend does not allow this."""


class StorageFullError(StorageBackendError):
    """The backend has no space left."""
