"""Storage that goes away is no verdict on a driver, at whatever moment."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from storagedriver import (
    StorageBackendError,
    StorageDriver,
    StorageFullError,
    StoragePermissionError,
    StorageUnavailableError,
)
from storagedriver_conformance import Report, Status, Target
from storagedriver_conformance.runner import check_now
from storagedriver_conformance.zoo.keeping import Disk
from storagedriver_conformance.zoo.reference import Reference
from tests.conformance.toys import keeps, tried


class ClientError(Exception):
    """What a library raises where it was refused a connection."""

    def __init__(self) -> None:
        super().__init__("no connection")
        self.__cause__ = ConnectionRefusedError("storage.example refused")


GONE = [
    StorageUnavailableError("503"),
    ConnectionResetError("storage.example reset it"),
    socket.gaierror(-2, "storage.example is not known"),
    ClientError(),
]


class Away:
    """A server that answers so many calls, and then no more."""

    def __init__(self, calls: int, error: Exception, *, opens: int = 1_000) -> None:
        self.disk = Disk()
        self.calls = calls
        self.opens = opens
        self.error = error

    def target(self, kind: type["Leaving"]) -> Target:
        return Target(open=lambda: self.opened(kind), name="away")

    @asynccontextmanager
    async def opened(self, kind: type["Leaving"]) -> AsyncIterator[StorageDriver]:
        self.opens -= 1
        if self.opens < 0:
            raise self.error
        driver = kind(self.disk)
        driver.away = self
        try:
            yield driver
        finally:
            await driver.aclose()


class Leaving(Reference):
    away: Away

    async def enter(self, *paths: str, root: bool = False) -> None:
        self.away.calls -= 1
        if self.away.calls < 0:
            raise self.away.error
        await super().enter(*paths, root=root)


class LeavesAndCutsAt1000(Leaving):
    def store(self, path: str, content: bytes) -> object:  # type: ignore[override] # as it is
        return super().store(path, content[:1000])


def judged(away: Away, kind: type[Leaving] = Leaving) -> Report:
    return check_now(away.target(kind), properties=[keeps])


@pytest.mark.parametrize("error", GONE, ids=lambda one: type(one).__name__)
@pytest.mark.parametrize("calls", [0, 1, 2, 3, 4, 5, 6, 30])
def test_a_server_that_goes_away_in_the_middle_is_no_verdict(error: Exception, calls: int) -> None:
    report = judged(Away(calls, error))

    (result,) = report.results
    assert (Status.INCONCLUSIVE, 3) == (result.status, report.exit_code), result.finding
    assert str(error) in result.reason


@pytest.mark.parametrize("error", GONE, ids=lambda one: type(one).__name__)
def test_a_server_that_is_away_when_it_is_opened_again_is_no_verdict(error: Exception) -> None:
    report = judged(Away(1_000, error, opens=1))

    assert [Status.INCONCLUSIVE] == [result.status for result in report.results]
    assert 3 == report.exit_code


@pytest.mark.parametrize("error", GONE, ids=lambda one: type(one).__name__)
def test_a_server_that_is_away_from_the_beginning_lets_nothing_be_tried(error: Exception) -> None:
    report = judged(Away(1_000, error, opens=0))

    assert () == report.results
    assert 2 == report.exit_code
    assert str(error) in report.trouble


def test_a_failure_counts_only_if_the_storage_answers_afterwards() -> None:
    found = judged(Away(1_000_000, GONE[0]), LeavesAndCutsAt1000)
    unclear = judged(Away(1_000_000, GONE[0], opens=2), LeavesAndCutsAt1000)

    assert [Status.FAILED] == [result.status for result in found.results]
    assert [Status.INCONCLUSIVE] == [result.status for result in unclear.results]


@pytest.mark.parametrize("error", [StoragePermissionError("no"), StorageFullError("no")])
def test_where_the_suite_may_not_write_at_all_nothing_can_be_told(error: Exception) -> None:
    class RefusesToWrite(Reference):
        def store(self, path: str, content: bytes) -> object:  # type: ignore[override] # as it is
            raise error

    (result,) = tried(RefusesToWrite).results

    assert Status.INCONCLUSIVE is result.status
    assert "the suite cannot make a directory of its own: no" in result.reason


def test_a_driver_that_cannot_write_anything_is_a_finding() -> None:
    class NeverWrites(Reference):
        def store(self, path: str, content: bytes) -> object:  # type: ignore[override] # as it is
            raise StorageBackendError("it never works")

    (result,) = tried(NeverWrites).results

    assert Status.FAILED is result.status
    assert result.finding is not None
    assert "so nothing is tried" in result.finding.message
    assert "it never works" in result.finding.actual
