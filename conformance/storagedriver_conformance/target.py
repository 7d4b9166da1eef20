"""What is tested: how to open the driver, and what the suite may assume about it."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from storagedriver.protocol import StorageDriver
from storagedriver_conformance.faults import Faults
from storagedriver_conformance.quirks import Quirk

Opener = Callable[[], AbstractAsyncContextManager[StorageDriver]]
OpenerOver = Callable[[Path], AbstractAsyncContextManager[StorageDriver]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A driver under test.

    `open` gives an async context manager of a driver; each entering gives a new instance, over the
    same storage where the driver is `shared`. The suite writes below one directory that it makes,
    and deletes nothing outside of it.

    `name` is shown in reports. `patience` is the number of seconds that one call may take before it
    counts as hanging. `faults` makes the storage fail, where that can be done.

    What is killed in the middle of a call is a forked process that opens the driver anew: `forks`
    is false where that cannot be. It is killed at a line of the driver's own code: that of the
    packages named in `code` or, without them, of the package of the driver's class.

    `over` opens the driver over a folder of its own, where it keeps all that it has: then it is
    tried what a power cut leaves. Only what is synced by `os.fsync` or `os.fdatasync` counts.

    `disposable` tells that nothing in the storage matters: then that is tried too by which a wrong
    driver would delete everything.

    `requests` tells how many requests all instances have made to the backend so far: then reports
    say how many a call of each method takes.

    `quirks` are failures that are known, and no fault of the driver.
    """

    open: Opener
    name: str = "driver"
    patience: float = 30.0
    forks: bool = True
    code: tuple[str, ...] = ()
    over: OpenerOver | None = None
    faults: Faults | None = None
    disposable: bool = False
    requests: Callable[[], int] | None = None
    quirks: tuple[Quirk, ...] = ()

    @classmethod
    def of(cls, opener: Opener, *, name: str = "driver") -> "Target":
        """Make a target of a callable that opens the driver."""
        return cls(open=opener, name=name)
