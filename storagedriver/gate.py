"""What each call of a guarded driver passes: may it be made, and whose errors are they."""

import asyncio
from types import TracebackType

from storagedriver.errors import (
    DriverClosedError,
    StorageBackendError,
    StorageDriverError,
    WrongLoopError,
)


class Gate:
    """Whether a driver may be called now: it is open, and this is its event loop.

    The loop is the one that runs when the gate is made, or else that of the first call.
    """

    __slots__ = ("_loop", "is_closed", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError:
            self._loop = None

    def check(self, path: str | None = None) -> None:
        """Raise `DriverClosedError` or `WrongLoopError` if the driver may not be called."""
        if self.is_closed:
            raise DriverClosedError(driver=self.name, path=path)
        if self._loop is not asyncio.get_running_loop():
            self.check_loop()

    def check_loop(self) -> None:
        """Raise `WrongLoopError` in another event loop than the driver's."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            if self._loop is not None:
                raise WrongLoopError(driver=self.name)
            self._loop = loop


class Stamped:
    """A block whose errors are the driver's: they get its name and the path of the call.

    An `OSError` that the driver did not translate becomes a `StorageBackendError`, which nobody
    takes for "not found". Anything else is a mistake of the caller's or the driver's and passes.
    """

    __slots__ = ("_driver", "_path")

    def __init__(self, driver: str, path: str | None) -> None:
        self._driver = driver
        self._path = path

    def __enter__(self) -> None:
        """Begin the block."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            stamp(error, driver=self._driver, path=self._path)


def stamp(error: BaseException, *, driver: str, path: str | None) -> None:
    """Do what `Stamped` does to an error, which is being raised."""
    if isinstance(error, StorageDriverError):
        error.stamp(driver=driver, path=path)
    elif isinstance(error, OSError):
        message = f"the backend failed: {error.strerror or type(error).__name__}"
        raise StorageBackendError(message, driver=driver, path=path) from error
