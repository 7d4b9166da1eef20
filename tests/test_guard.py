"""What the guard does for every call alike; the files beside this one have the rest."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from storagedriver import (
    Capabilities,
    DriverClosedError,
    InvalidPathError,
    Limits,
    PathNotFoundError,
    PreconditionFailedError,
    StorageBackendError,
    StorageDriver,
    Support,
    UnfinishedInfo,
    UnsupportedOperationError,
    WrongLoopError,
    guarded,
)
from tests.recording import CAN_ALL, INFO, UNFINISHED, RecordingDriver, drained

Call = Callable[[StorageDriver, str], Awaitable[object]]


async def read(driver: StorageDriver, path: str) -> bytes:
    async with driver.reader(path) as reader:
        return b"".join([piece async for piece in reader])


def unfinished_at(path: str) -> UnfinishedInfo:
    return UnfinishedInfo(path=path, size=1, modified=UNFINISHED.modified, id="1")


FILE_CALLS: dict[str, Call] = {
    "get_content": lambda driver, path: driver.get_content(path),
    "put_content": lambda driver, path: driver.put_content(path, b""),
    "reader": read,
    "writer": lambda driver, path: driver.writer(path),
    "move": lambda driver, path: driver.move(path, "/elsewhere"),
    "move to": lambda driver, path: driver.move("/elsewhere", path),
    "delete": lambda driver, path: driver.delete(path),
    "discard": lambda driver, path: driver.discard(unfinished_at(path)),
    "redirect_url": lambda driver, path: driver.redirect_url(path),
}
ROOT_CALLS: dict[str, Call] = {
    "stat": lambda driver, path: driver.stat(path),
    "list": lambda driver, path: drained(driver.list(path)),
    "walk": lambda driver, path: drained(driver.walk(path)),
    "unfinished": lambda driver, path: drained(driver.unfinished(path)),
}
CALLS = FILE_CALLS | ROOT_CALLS
CHANGES = {"put_content", "writer", "move", "move to", "delete", "discard"}

every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


@pytest.fixture
def inner() -> RecordingDriver:
    return RecordingDriver()


@pytest.fixture
def driver(inner: RecordingDriver) -> StorageDriver:
    return guarded(inner)


def test_what_is_guarded_is_a_storage_driver(driver: StorageDriver) -> None:
    assert isinstance(driver, StorageDriver)
    assert "recording" == driver.name
    assert CAN_ALL == driver.capabilities


def test_a_guarded_driver_is_not_guarded_again(driver: StorageDriver) -> None:
    assert driver is guarded(driver)


@every_call
@pytest.mark.parametrize("path", ["", "a", "/a/", "/../a", "/a\n", "//", "/ä", None, b"/a"])
async def test_a_wrong_path_never_reaches_the_driver(
    call: Call, path: str, inner: RecordingDriver
) -> None:
    with pytest.raises(InvalidPathError) as raised:
        await call(guarded(inner), path)

    assert [] == inner.calls
    assert "recording" == raised.value.driver


@pytest.mark.parametrize("call", FILE_CALLS.values(), ids=FILE_CALLS)
async def test_the_root_is_no_file(call: Call, inner: RecordingDriver) -> None:
    with pytest.raises(InvalidPathError):
        await call(guarded(inner), "/")

    assert [] == inner.calls


@pytest.mark.parametrize("call", ROOT_CALLS.values(), ids=ROOT_CALLS)
async def test_the_root_is_a_directory(call: Call, inner: RecordingDriver) -> None:
    await call(guarded(inner), "/")

    assert "/" == inner.calls[0][1]


@every_call
async def test_a_path_may_be_as_long_as_the_driver_declares(call: Call) -> None:
    inner = RecordingDriver(Capabilities(redirect=Support.NATIVE, limits=Limits(max_key=10)))
    await call(guarded(inner), "/123456789")
    calls = len(inner.calls)

    with pytest.raises(InvalidPathError, match="at most 10 bytes"):
        await call(guarded(inner), "/1234567890")

    assert calls == len(inner.calls)


@every_call
async def test_a_closed_driver_refuses_every_call(call: Call, inner: RecordingDriver) -> None:
    driver = guarded(inner)
    await driver.aclose()

    with pytest.raises(DriverClosedError) as raised:
        await call(driver, "/file")

    assert [("aclose",)] == inner.calls
    assert "recording" == raised.value.driver


async def test_closing_again_does_nothing(driver: StorageDriver, inner: RecordingDriver) -> None:
    await driver.aclose()
    await driver.aclose()

    assert [("aclose",)] == inner.calls


async def test_a_failed_closing_may_be_repeated(
    driver: StorageDriver, inner: RecordingDriver
) -> None:
    inner.error = StorageBackendError("busy")
    with pytest.raises(StorageBackendError, match="recording: busy"):
        await driver.aclose()
    inner.error = None

    await driver.aclose()

    assert [("aclose",), ("aclose",)] == inner.calls
    with pytest.raises(DriverClosedError):
        await driver.stat("/")


@every_call
def test_another_event_loop_is_refused(call: Call, inner: RecordingDriver) -> None:
    async def opened() -> StorageDriver:
        return guarded(inner)

    driver = asyncio.run(opened())

    with pytest.raises(WrongLoopError, match="recording"):
        asyncio.run(_awaited(call(driver, "/file")))
    with pytest.raises(WrongLoopError):
        asyncio.run(driver.aclose())

    assert [] == inner.calls


def test_a_driver_guarded_outside_any_loop_belongs_to_the_first_that_calls_it(
    driver: StorageDriver,
) -> None:
    asyncio.run(driver.get_content("/file"))

    with pytest.raises(WrongLoopError):
        asyncio.run(driver.get_content("/file"))


async def _awaited(awaitable: Awaitable[object]) -> object:
    return await awaitable


@every_call
async def test_errors_get_the_driver_and_the_path(call: Call, inner: RecordingDriver) -> None:
    inner.error = PreconditionFailedError("it changed")

    with pytest.raises(PreconditionFailedError) as raised:
        await call(guarded(inner), "/file")

    assert "recording" == raised.value.driver
    assert raised.value.path in {"/file", "/elsewhere"}


async def test_an_error_keeps_the_path_that_its_driver_gave(
    driver: StorageDriver, inner: RecordingDriver
) -> None:
    inner.error = PathNotFoundError(path="/other", driver="inside")

    with pytest.raises(PathNotFoundError) as raised:
        await driver.stat("/file")

    assert ("inside", "/other") == (raised.value.driver, raised.value.path)


@every_call
async def test_an_operating_systems_error_becomes_the_backends(
    call: Call, inner: RecordingDriver
) -> None:
    inner.error = FileNotFoundError(2, "No such file")

    with pytest.raises(StorageBackendError, match="No such file") as raised:
        await call(guarded(inner), "/file")

    assert inner.error is raised.value.__cause__
    assert not isinstance(raised.value, FileNotFoundError)
    assert "recording" == raised.value.driver


@every_call
@pytest.mark.parametrize(
    "error", [ValueError("v"), TypeError("t"), AssertionError("a"), asyncio.CancelledError("c")]
)
async def test_any_other_error_passes(
    call: Call, error: BaseException, inner: RecordingDriver
) -> None:
    inner.error = error

    with pytest.raises(type(error)) as raised:
        await call(guarded(inner), "/file")

    assert error is raised.value


async def test_what_the_driver_answers_is_given_back(driver: StorageDriver) -> None:
    assert b"body" == await driver.get_content("/file")
    assert INFO == await driver.put_content("/file", b"body")
    assert b"body" == await read(driver, "/file")
    assert ["/a", "/b"] == [entry.path async for entry in driver.list("/")]
    assert [INFO] == await drained(driver.walk("/"))
    assert [UNFINISHED] == await drained(driver.unfinished())
    assert "https://example.org/file" == await driver.redirect_url("/file")


@every_call
async def test_what_is_read_only_refuses_just_what_changes_it(
    call: Call, request: pytest.FixtureRequest
) -> None:
    inner = RecordingDriver(Capabilities(writable=Support.ABSENT, redirect=Support.NATIVE))

    if request.node.callspec.id in CHANGES:
        with pytest.raises(UnsupportedOperationError, match="read-only"):
            await call(guarded(inner), "/file")
        assert [] == inner.calls
    else:
        await call(guarded(inner), "/file")
        assert [] != inner.calls
