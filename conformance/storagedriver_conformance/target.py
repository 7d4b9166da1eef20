"""What is tested: how to open the driver, and what the suite may assume about it."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from storagedriver.protocol import StorageDriver

Opener = Callable[[], AbstractAsyncContextManager[StorageDriver]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A driver under test.

    `open` gives an async context manager of a driver; each entering gives a new instance, over the
    same storage where the driver is `shared`. The suite writes below one directory that it makes,
    and deletes nothing outside of it.

    `name` is shown in reports. `patience` is the number of seconds that one call may take before it
    counts as hanging.
    """

    open: Opener
    name: str = "driver"
    patience: float = 30.0

    @classmethod
    def of(cls, opener: Opener, *, name: str = "driver") -> "Target":
        """Make a target of a callable that opens the driver."""
        return cls(open=opener, name=name)
