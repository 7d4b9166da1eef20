"""The drivers that conform, by the class that anyone would use: a test for each property."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlite_driver import SqliteFactory, SqliteParameters

from storagedriver import StorageDriver, blocking, guarded, open_driver
from storagedriver_conformance import DriverConformance, Target
from tests.conformance.unblocking import unblocking

SHM = Path("/dev/shm")  # syncs cost nothing there


@pytest.fixture
def folder() -> Iterator[Path]:
    with TemporaryDirectory(dir=SHM if SHM.is_dir() else None) as folder:
        yield Path(folder)


@asynccontextmanager
async def open_sqlite(path: Path) -> AsyncIterator[StorageDriver]:
    driver = guarded(await SqliteFactory().open(SqliteParameters(path=path)))
    try:
        yield driver
    finally:
        await driver.aclose()


class TestMemory(DriverConformance):
    target = Target(open=lambda: open_driver("memory"), name="memory")


class TestMemoryWhoseNamesMayBeBoth(DriverConformance):
    target = Target(open=lambda: open_driver("memory", exclusive_names=False), name="memory")


class TestFilesystem(DriverConformance):
    @pytest.fixture
    def conformance_target(self, folder: Path) -> Target:
        return Target(open=lambda: open_driver("filesystem", rootdirectory=folder))


class TestSqlite(DriverConformance):
    @pytest.fixture
    def conformance_target(self, folder: Path) -> Target:
        return Target(open=lambda: open_sqlite(folder / "registry.sqlite"))


class TestBlocking(DriverConformance):
    @pytest.fixture
    def conformance_target(self, folder: Path) -> Target:
        return Target(
            open=lambda: unblocking(blocking.open_driver("filesystem", rootdirectory=folder))
        )
