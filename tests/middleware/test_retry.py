"""What reads is asked again, what writes is not, and a listing goes on where it broke off."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from storagedriver.errors import PathNotFoundError, StorageBackendError, StorageUnavailableError
from storagedriver.factory import open_driver
from storagedriver.guard import guarded
from storagedriver.middleware.retrying import RetryingDriver
from storagedriver.protocol import Reader, StorageDriver
from storagedriver.records import FileInfo
from storagedriver.retry import Retries, RetryPolicy
from tests.registry.store.spying import SpyingDriver

NAMES = [f"/d/{letter}" for letter in "abcdef"]


class FailingDriver(SpyingDriver):
    """Fails each call and each step of a listing once, before it does what it is asked for."""

    def __init__(self, driver: StorageDriver) -> None:
        super().__init__(driver, before=self.fail)
        self.failed: set[str] = set()
        self.retry_after: float | None = None

    async def fail(self, call: str) -> None:
        if call not in self.failed:
            self.failed.add(call)
            raise StorageUnavailableError(retry_after=self.retry_after)

    async def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        async for entry in super().list(path, start_after=start_after):
            await self.fail(f"list at {entry.path}")
            yield entry

    async def walk(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        async for entry in super().walk(path, start_after=start_after):
            await self.fail(f"walk at {entry.path}")
            yield entry


class BreakingDriver(SpyingDriver):
    """Gives two bytes of a file at a time, and fails after each of them."""

    async def between(self) -> None:
        """Do what happens before it is opened again."""

    @asynccontextmanager
    async def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AsyncIterator[Reader]:
        async with super().reader(path, offset=offset, length=length) as reader:
            content = b"".join([chunk async for chunk in reader])

            async def pieces() -> AsyncIterator[bytes]:
                yield content[:2]
                if content[2:]:
                    await self.between()
                    raise StorageUnavailableError

            yield Pieces(reader.info, pieces())


class Pieces:
    def __init__(self, info: FileInfo, pieces: AsyncIterator[bytes]) -> None:
        self.info = info
        self._pieces = pieces

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._pieces


class Waits:
    """Waits no time, and remembers for how long it was asked to."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
async def inner() -> AsyncIterator[StorageDriver]:
    async with open_driver("memory") as driver:
        for name in NAMES:
            await driver.put_content(name, name.encode())
        writer = await driver.writer("/left")
        await writer.close()
        yield driver


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def failing(inner: StorageDriver) -> FailingDriver:
    return FailingDriver(inner)


@pytest.fixture
def retrying(failing: FailingDriver, waits: Waits) -> RetryingDriver:
    retries = Retries(RetryPolicy(attempts=3), sleep=waits.sleep, clock=lambda: 0.0)
    return RetryingDriver(failing, retries)


async def test_what_reads_is_asked_again(retrying: RetryingDriver, inner: StorageDriver) -> None:
    assert b"/d/a" == await retrying.get_content("/d/a")
    assert "/d/a" == (await retrying.stat("/d/a")).path
    async with retrying.reader("/d/b", offset=1) as reader:
        assert b"d/b" == b"".join([chunk async for chunk in reader])
    (unfinished,) = [each async for each in retrying.unfinished()]
    await retrying.discard(unfinished)
    assert [] == [each async for each in inner.unfinished()]


async def test_a_listing_goes_on_where_it_broke_off(retrying: RetryingDriver) -> None:
    assert NAMES == [entry.path async for entry in retrying.list("/d")]
    assert NAMES[2:] == [entry.path async for entry in retrying.list("/d", start_after="b")]
    assert ["/d", *NAMES] == [entry.path async for entry in retrying.walk("/")]
    assert NAMES[2:] == [entry.path async for entry in retrying.walk("/", start_after="/d/b")]


async def test_a_directory_that_goes_while_it_is_listed_has_ended(
    retrying: RetryingDriver, inner: StorageDriver
) -> None:
    found = []
    async for entry in retrying.list("/d"):
        found.append(entry.path)
        if len(found) == 1:
            await inner.delete("/d")

    assert ["/d/a"] == found


@pytest.mark.parametrize(
    ("offset", "length", "expected"),
    [(0, None, b"content"), (1, None, b"ontent"), (1, 4, b"onte"), (7, None, b""), (0, 0, b"")],
)
async def test_a_read_goes_on_where_it_broke_off(
    inner: StorageDriver, waits: Waits, offset: int, length: int | None, expected: bytes
) -> None:
    await inner.put_content("/file", b"content")
    retries = Retries(RetryPolicy(attempts=2), sleep=waits.sleep, clock=lambda: 0.0)
    retrying = guarded(RetryingDriver(guarded(BreakingDriver(inner)), retries))

    async with retrying.reader("/file", offset=offset, length=length) as reader:
        read = b"".join([chunk async for chunk in reader])

    assert expected == read
    assert max(0, (len(expected) - 1) // 2) == len(waits.slept)


@pytest.mark.parametrize("new", [None, b"c", b"CONTENT"], ids=["gone", "shorter", "other"])
async def test_a_read_of_a_file_that_was_replaced_fails_and_mixes_nothing(
    inner: StorageDriver, waits: Waits, new: bytes | None
) -> None:
    await inner.put_content("/file", b"content")
    breaking = BreakingDriver(inner)

    async def replace() -> None:
        await (inner.delete("/file") if new is None else inner.put_content("/file", new))

    breaking.between = replace
    retries = Retries(RetryPolicy(), sleep=waits.sleep, clock=lambda: 0.0)
    read: list[bytes] = []

    with pytest.raises(StorageBackendError, match="was replaced"):
        await read_into(read, RetryingDriver(breaking, retries))

    assert [b"co"] == read


async def read_into(read: list[bytes], driver: StorageDriver) -> None:
    async with driver.reader("/file") as reader:
        async for chunk in reader:
            read.append(chunk)  # noqa: PERF401 - what came before a failure is kept


async def test_a_read_that_broke_off_for_good_ends_with_the_last_attempt(
    inner: StorageDriver, waits: Waits
) -> None:
    await inner.put_content("/file", b"content")
    breaking = BreakingDriver(inner)
    retries = Retries(RetryPolicy(attempts=3), sleep=waits.sleep, clock=lambda: 0.0)

    async def fail(_: str) -> None:
        raise StorageUnavailableError

    async def break_for_good() -> None:
        breaking.before = fail

    breaking.between = break_for_good
    read: list[bytes] = []

    with pytest.raises(StorageUnavailableError):
        await read_into(read, RetryingDriver(breaking, retries))

    assert [b"co"] == read
    assert 2 == len(waits.slept)


async def test_a_read_that_gets_nowhere_ends_with_the_last_attempt(
    inner: StorageDriver, waits: Waits
) -> None:
    spy = SpyingDriver(inner)
    retries = Retries(RetryPolicy(attempts=4), sleep=waits.sleep, clock=lambda: 0.0)

    async def fail(_: str) -> None:
        raise StorageUnavailableError

    spy.before = fail
    with pytest.raises(StorageUnavailableError):
        async with RetryingDriver(spy, retries).reader("/d/a"):
            raise AssertionError

    assert 4 == len(spy.calls)


async def test_a_missing_directory_is_missing(retrying: RetryingDriver) -> None:
    with pytest.raises(PathNotFoundError):
        await anext(aiter(retrying.walk("/missing")))


@pytest.mark.parametrize(
    "change",
    [
        lambda driver: driver.put_content("/d/a", b""),
        lambda driver: driver.writer("/d/a"),
        lambda driver: driver.move("/d/a", "/e"),
        lambda driver: driver.delete("/d/a"),
    ],
    ids=["put", "writer", "move", "delete"],
)
async def test_what_writes_is_not_asked_again(
    retrying: RetryingDriver,
    failing: FailingDriver,
    change: Callable[[StorageDriver], Awaitable[object]],
) -> None:
    with pytest.raises(StorageUnavailableError):
        await change(retrying)

    assert 1 == len(failing.calls)


async def test_the_wait_that_the_storage_asks_for_is_kept(
    retrying: RetryingDriver, failing: FailingDriver, waits: Waits
) -> None:
    failing.retry_after = 7.0

    await retrying.stat("/d")

    assert [7.0] == waits.slept


async def test_after_the_last_attempt_the_error_is_the_callers(
    failing: FailingDriver, waits: Waits
) -> None:
    retries = Retries(RetryPolicy(attempts=1), sleep=waits.sleep, clock=lambda: 0.0)

    with pytest.raises(StorageUnavailableError):
        await RetryingDriver(failing, retries).get_content("/d/a")

    assert 1 == len(failing.calls)
