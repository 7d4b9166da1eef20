"""What the guard says to arguments, and how it passes them on."""

from collections.abc import Awaitable, Callable

import pytest

from storagedriver import (
    Capabilities,
    InvalidOffsetError,
    InvalidPathError,
    PathNotFoundError,
    StorageDriver,
    Support,
    UnsupportedOperationError,
    guarded,
)
from storagedriver.streams import checked_content
from tests.recording import RecordingDriver, drained


@pytest.fixture
def inner() -> RecordingDriver:
    return RecordingDriver()


@pytest.fixture
def driver(inner: RecordingDriver) -> StorageDriver:
    return guarded(inner)


@pytest.mark.parametrize(
    "content", [b"body", bytearray(b"body"), memoryview(b"body"), memoryview(b"body").cast("H")]
)
async def test_bytes_are_accepted_in_any_form(
    content: bytes, driver: StorageDriver, inner: RecordingDriver
) -> None:
    await driver.put_content("/file", content)

    assert [("put_content", "/file", b"body", None, False)] == inner.calls


def test_a_view_of_wide_items_is_made_one_of_bytes() -> None:
    assert 4 == len(checked_content(memoryview(b"body").cast("I")))


@pytest.mark.parametrize("content", ["text", None, 7, [b"a"], memoryview(b"abcd")[::2]])
async def test_content_that_is_no_bytes_is_a_type_error(
    content: bytes, driver: StorageDriver, inner: RecordingDriver
) -> None:
    with pytest.raises(TypeError):
        await driver.put_content("/file", content)

    assert [] == inner.calls


async def test_conditions_are_passed_on(driver: StorageDriver, inner: RecordingDriver) -> None:
    await driver.put_content("/file", b"", if_match="1")
    await driver.put_content("/file", b"", if_none_match=True)
    await driver.delete("/file", if_match="1")

    assert [
        ("put_content", "/file", b"", "1", False),
        ("put_content", "/file", b"", None, True),
        ("delete", "/file", "1"),
    ] == inner.calls


async def test_both_conditions_at_once_are_a_value_error(
    driver: StorageDriver, inner: RecordingDriver
) -> None:
    with pytest.raises(ValueError, match="exclude"):
        await driver.put_content("/file", b"", if_match="1", if_none_match=True)

    assert [] == inner.calls


@pytest.mark.parametrize(
    "call",
    [
        lambda driver: driver.put_content("/file", b"", if_match="1"),
        lambda driver: driver.put_content("/file", b"", if_none_match=True),
        lambda driver: driver.delete("/file", if_match="1"),
        lambda driver: driver.writer("/file", append=True),
        lambda driver: drained(driver.list("/", start_after="a")),
        lambda driver: drained(driver.walk("/", start_after="/a")),
    ],
)
async def test_an_absent_ability_never_reaches_the_driver(
    call: Callable[[StorageDriver], Awaitable[object]],
) -> None:
    inner = RecordingDriver(Capabilities(start_after=Support.ABSENT))

    with pytest.raises(UnsupportedOperationError) as raised:
        await call(guarded(inner))

    assert [] == inner.calls
    assert "recording" == raised.value.driver


async def test_without_redirects_there_is_no_url() -> None:
    inner = RecordingDriver(Capabilities())

    assert None is await guarded(inner).redirect_url("/file")
    assert [] == inner.calls


async def test_a_negative_offset_is_an_invalid_offset(
    driver: StorageDriver, inner: RecordingDriver
) -> None:
    with pytest.raises(InvalidOffsetError) as raised:
        async with driver.reader("/file", offset=-1):
            raise AssertionError

    assert [] == inner.calls
    assert ("recording", "/file") == (raised.value.driver, raised.value.path)


async def test_a_negative_length_is_a_value_error(
    driver: StorageDriver, inner: RecordingDriver
) -> None:
    with pytest.raises(ValueError, match="-1"):
        async with driver.reader("/file", length=-1):
            raise AssertionError

    assert [] == inner.calls


@pytest.mark.parametrize("name", ["", "a/b", "/a", "..", "a\n", 7])
async def test_a_listing_starts_after_a_childs_name_only(
    name: str, driver: StorageDriver, inner: RecordingDriver
) -> None:
    with pytest.raises(InvalidPathError):
        await drained(driver.list("/", start_after=name))

    assert [] == inner.calls


@pytest.mark.parametrize("path", ["", "/a", "/ab", "/b/c", "a/b", "/a/..", "/"])
async def test_a_walk_starts_after_a_path_below_only(
    path: str, driver: StorageDriver, inner: RecordingDriver
) -> None:
    with pytest.raises(InvalidPathError):
        await drained(driver.walk("/a", start_after=path))

    assert [] == inner.calls


async def test_where_a_listing_starts_is_passed_on(
    driver: StorageDriver, inner: RecordingDriver
) -> None:
    await drained(driver.list("/a", start_after="b"))
    await drained(driver.walk("/a", start_after="/a/b/c"))
    await drained(driver.walk("/", start_after="/a"))

    assert ("list", "/a", "b") == inner.calls[0]
    assert [("walk", "/a", "/a/b/c"), ("walk", "/", "/a")] == inner.calls[-2:]


async def test_moving_onto_itself_is_a_look_at_the_file(
    driver: StorageDriver, inner: RecordingDriver
) -> None:
    await driver.move("/file", "/file")

    assert [("stat", "/file")] == inner.calls


async def test_moving_a_directory_onto_itself_finds_no_file(
    driver: StorageDriver, inner: RecordingDriver
) -> None:
    inner.is_dir = True

    with pytest.raises(PathNotFoundError):
        await driver.move("/file", "/file")


async def test_moving_below_itself_is_an_invalid_path(
    driver: StorageDriver, inner: RecordingDriver
) -> None:
    with pytest.raises(InvalidPathError):
        await driver.move("/a", "/a/b/c")

    assert [] == inner.calls


async def test_moving_beside_itself_is_no_move_below(
    driver: StorageDriver, inner: RecordingDriver
) -> None:
    await driver.move("/a", "/a-b")
    await driver.move("/a/b", "/a")

    assert [("move", "/a", "/a-b"), ("move", "/a/b", "/a")] == inner.calls
