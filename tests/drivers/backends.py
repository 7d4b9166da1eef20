"""Every driver that the contract's tests run on."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest

from storagedriver.drivers.filesystem import FilesystemFactory
from storagedriver.drivers.memory import MemoryDriver
from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver
from storagedriver.records import Capabilities


@dataclass(frozen=True)
class Backend:
    """A way to open a driver; what is opened over the same folder again is the same storage."""

    name: str
    capabilities: Capabilities
    open: Callable[[Path], AbstractAsyncContextManager[StorageDriver]]


BACKENDS = [
    Backend(
        name="memory",
        capabilities=MemoryDriver().capabilities,
        open=lambda _: open_driver("memory"),
    ),
    Backend(
        name="memory-both-names",
        capabilities=MemoryDriver(exclusive_names=False).capabilities,
        open=lambda _: open_driver("memory", exclusive_names=False),
    ),
    Backend(
        name="filesystem",
        capabilities=FilesystemFactory.capabilities,
        open=lambda folder: open_driver("filesystem", rootdirectory=folder),
    ),
]


def name_of_backend(backend: Backend) -> str:
    return backend.name


async def empty(driver: StorageDriver) -> None:
    """Delete all that there is, and require that nothing is left of it."""
    for path in [info.path async for info in driver.list("/")]:
        await driver.delete(path)
    for record in [record async for record in driver.unfinished()]:
        await driver.discard(record)
    assert [] == [info async for info in driver.walk("/")]
    assert [] == [record async for record in driver.unfinished()]


def _only(backends: list[Backend]) -> pytest.MarkDecorator:
    """Run a test on these alone, where what it tests depends on a capability."""
    assert backends
    return pytest.mark.parametrize("backend", backends, indirect=True, ids=name_of_backend)


on_exclusive_names = _only([one for one in BACKENDS if one.capabilities.exclusive_names])
on_both_names = _only([one for one in BACKENDS if not one.capabilities.exclusive_names])
on_shared = _only([one for one in BACKENDS if one.capabilities.shared])
on_stable_read = _only([one for one in BACKENDS if one.capabilities.stable_read])
