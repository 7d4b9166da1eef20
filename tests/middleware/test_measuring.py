"""The driver that measures another one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from storagedriver.errors import PathNotFoundError
from storagedriver.factory import open_driver
from storagedriver.guard import guarded
from storagedriver.middleware.measuring import MeasuredDriver
from storagedriver.protocol import StorageDriver
from storagedriver_conformance import Status, Target
from storagedriver_conformance.reporters import terminal
from storagedriver_conformance.runner import check_now


class Notes:
    """A meter that keeps all that it is told, and the clock, on which each look is a second."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, float]] = []
        self.bytes_read = 0
        self.bytes_written = 0
        self._now = 0.0

    def called(self, action: str, outcome: str, seconds: float) -> None:
        self.calls.append((action, outcome, seconds))

    def read(self, size: int) -> None:
        self.bytes_read += size

    def written(self, size: int) -> None:
        self.bytes_written += size

    def clock(self) -> float:
        self._now += 1
        return self._now


@pytest.fixture
def notes() -> Notes:
    return Notes()


@asynccontextmanager
async def measured(notes: Notes) -> AsyncIterator[StorageDriver]:
    async with open_driver("memory") as driver:
        yield MeasuredDriver(driver, notes, clock=notes.clock)


@pytest.fixture
async def driver(notes: Notes) -> AsyncIterator[StorageDriver]:
    async with measured(notes) as driver:
        yield driver


async def test_calls_are_told_with_their_outcome_and_duration(
    driver: StorageDriver, notes: Notes
) -> None:
    await driver.put_content("/a", b"abc")
    await driver.get_content("/a")
    await driver.stat("/a")
    await driver.move("/a", "/b")
    await driver.delete("/b")
    with pytest.raises(PathNotFoundError):
        await driver.stat("/a")

    assert [
        ("put_content", "ok", 1),
        ("get_content", "ok", 1),
        ("stat", "ok", 1),
        ("move", "ok", 1),
        ("delete", "ok", 1),
        ("stat", "PathNotFoundError", 1),
    ] == notes.calls
    assert (3, 3) == (notes.bytes_read, notes.bytes_written)


async def test_a_writer_and_a_reader_are_told_step_by_step(
    driver: StorageDriver, notes: Notes
) -> None:
    async with await driver.writer("/a") as writer:
        await writer.write(b"abc")
        await writer.write(memoryview(b"de"))
        await writer.commit()
    async with driver.reader("/a", offset=1) as reader:
        content = b"".join([piece async for piece in reader])

    assert b"bcde" == content
    assert 5 == reader.info.size
    assert ["writer", "write", "write", "commit", "reader", "read"] == [
        action for action, _, _ in notes.calls
    ]
    assert (4, 5) == (notes.bytes_read, notes.bytes_written)


async def test_a_writer_that_is_left_open_is_closed_once(
    driver: StorageDriver, notes: Notes
) -> None:
    async with await driver.writer("/a") as writer:
        await writer.write(b"abc")
    async with await driver.writer("/a", append=True) as writer:
        assert 3 == writer.size
        await writer.cancel()

    assert ["writer", "write", "close", "writer", "cancel"] == [
        action for action, _, _ in notes.calls
    ]


async def test_a_listing_is_one_call_without_the_time_of_its_reader(
    driver: StorageDriver, notes: Notes
) -> None:
    for name in "abc":
        await driver.put_content(f"/{name}", b"")
    notes.calls.clear()

    async for _ in driver.list("/"):
        for _ in range(100):
            notes.clock()

    # Three entries and the end, each between two looks at the clock.
    assert [("list", "ok", 4)] == notes.calls


async def test_a_listing_that_fails_or_is_left_is_told_too(
    driver: StorageDriver, notes: Notes
) -> None:
    with pytest.raises(PathNotFoundError):
        await anext(driver.walk("/nowhere"))
    await driver.put_content("/a", b"")
    left = driver.list("/")
    await anext(left)
    await left.aclose()  # type: ignore[attr-defined]  # a generator has it

    assert [("walk", "PathNotFoundError"), ("put_content", "ok"), ("list", "ok")] == [
        (action, outcome) for action, outcome, _ in notes.calls
    ]


async def test_a_call_that_is_cancelled_is_told_as_such(notes: Notes) -> None:
    async with open_driver("memory") as inside:

        class Slow:
            name = "slow"
            capabilities = inside.capabilities

            async def stat(self, _path: str) -> None:
                await asyncio.Event().wait()

        call = asyncio.create_task(MeasuredDriver(Slow(), notes).stat("/"))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        call.cancel()
        await asyncio.wait([call])

    assert [("stat", "cancelled")] == [(action, outcome) for action, outcome, _ in notes.calls]


@pytest.mark.timeout(300)
def test_a_measured_driver_keeps_the_contract() -> None:
    @asynccontextmanager
    async def opened() -> AsyncIterator[StorageDriver]:
        async with open_driver("memory") as driver:
            yield guarded(MeasuredDriver(driver.unguarded, Notes()))  # type: ignore[attr-defined]

    code = ("storagedriver.drivers.memory", "storagedriver.middleware")
    report = check_now(Target(open=opened, code=code), profile="smoke")

    told = terminal.text(report, command="storagedriver conformance run")
    bad = [one for one in report.results if one.status not in {Status.PASSED, Status.ABSENT}]
    assert not bad, told
    assert not report.trouble, told
