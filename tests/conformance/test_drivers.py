"""The drivers that conform: each of the suite's groups on each of them."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlite_driver import SqliteFactory, SqliteParameters

from storagedriver import StorageDriver, blocking, guarded, open_driver
from storagedriver_conformance import Status, Target
from storagedriver_conformance.groups import all_properties
from storagedriver_conformance.osfaults import OsFaults
from storagedriver_conformance.reporters import terminal
from storagedriver_conformance.runner import check_now
from tests.conformance.unblocking import unblocking

SHM = Path("/dev/shm")  # syncs cost nothing there
GROUPS = dict.fromkeys(one.group for one in all_properties())


@asynccontextmanager
async def open_sqlite(path: Path) -> AsyncIterator[StorageDriver]:
    driver = guarded(await SqliteFactory().open(SqliteParameters(path=path)))
    try:
        yield driver
    finally:
        await driver.aclose()


def memory(_: Path) -> Target:
    return Target(open=lambda: open_driver("memory"))


def memory_whose_names_may_be_both(_: Path) -> Target:
    return Target(open=lambda: open_driver("memory", exclusive_names=False))


def filesystem(folder: Path) -> Target:
    return Target(
        open=lambda: open_driver("filesystem", rootdirectory=folder),
        over=lambda other: open_driver("filesystem", rootdirectory=other),
        faults=OsFaults("storagedriver.drivers.filesystem"),
    )


def sqlite(folder: Path) -> Target:
    return Target(open=lambda: open_sqlite(folder / "registry.sqlite"))


def not_async(folder: Path) -> Target:
    return Target(
        open=lambda: unblocking(blocking.open_driver("filesystem", rootdirectory=folder)),
        code=("storagedriver.drivers.filesystem",),
    )


@pytest.fixture
def folder() -> Iterator[Path]:
    with TemporaryDirectory(dir=SHM if SHM.is_dir() else None) as folder:
        yield Path(folder)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize(
    "target", [memory, memory_whose_names_may_be_both, filesystem, sqlite, not_async]
)
def test_a_driver_keeps_a_group(target: Callable[[Path], Target], group: str, folder: Path) -> None:
    disposable = replace(target(folder), disposable=True)

    report = check_now(disposable, profile="quick", only=f"{group}.*")

    told = terminal.text(report, command="storagedriver conformance run")
    bad = [one for one in report.results if one.status not in {Status.PASSED, Status.ABSENT}]
    assert not bad, told
    assert not report.trouble, told
