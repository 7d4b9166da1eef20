"""A root for each test, in memory where the machine has such a folder: most tests sync a lot."""

import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from storagedriver.drivers.filesystem import opening
from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver

_MEMORY = Path("/dev/shm")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of the test's own; the driver's root is below it.

    It has no link in its name, and other users may be let into it, unlike pytest's own.
    """
    with tempfile.TemporaryDirectory(dir=_MEMORY if os.access(_MEMORY, os.W_OK) else None) as name:
        yield Path(name).resolve()


@pytest.fixture
def root(folder: Path) -> Path:
    return folder / "root"


@pytest.fixture
def all_in_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """All calls are those that a test can spoil, on every kernel and file system."""
    monkeypatch.setattr(opening, "probe", lambda _: None)


@pytest.fixture
async def driver(root: Path) -> AsyncIterator[StorageDriver]:
    async with open_driver("filesystem", rootdirectory=root) as opened:
        yield opened


@pytest.fixture
async def second(root: Path, driver: StorageDriver) -> AsyncIterator[StorageDriver]:
    async with open_driver("filesystem", rootdirectory=root) as opened:
        yield opened
