"""Files that are open, and their bytes."""

import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storagedriver.as_fsspec import DriverFileSystem
from tests.as_fsspec.conftest import BODY

offsets = st.none() | st.integers(-len(BODY) - 3, len(BODY) + 3)


def read(fs: DriverFileSystem, path: str) -> bytes:
    return bytes(fs.cat_file(path))


def write_and_fail(fs: DriverFileSystem, path: str, mode: str = "wb") -> None:
    with fs.open(path, mode, block_size=1000) as file:
        file.write(BODY)
        raise ZeroDivisionError


def fail_in_a_transaction(fs: DriverFileSystem, path: str) -> None:
    with fs.transaction:
        with fs.open(path, "wb") as file:
            file.write(BODY)
        raise ZeroDivisionError


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(start=offsets, end=offsets)
def test_a_part_of_a_file_is_a_slice(
    fs: DriverFileSystem, start: int | None, end: int | None
) -> None:
    fs.pipe_file("/a", BODY)

    assert BODY[start:end] == fs.cat_file("/a", start=start, end=end)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    reads=st.lists(st.tuples(st.integers(0, len(BODY) + 3), st.integers(-1, 3000)), max_size=9),
    block_size=st.sampled_from([100, 4096, 100_000]),
    cache=st.sampled_from(["readahead", "none", "bytes"]),
)
def test_reading_here_and_there_gives_what_a_local_file_would(
    fs: DriverFileSystem, reads: list[tuple[int, int]], block_size: int, cache: str
) -> None:
    fs.pipe_file("/a", BODY)
    local = io.BytesIO(BODY)
    with fs.open("/a", "rb", block_size=block_size, cache_type=cache) as file:
        for offset, size in reads:
            file.seek(min(offset, len(BODY)))
            local.seek(min(offset, len(BODY)))
            assert local.read(size) == file.read(size)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    sizes=st.lists(st.integers(0, 3000), max_size=6),
    block_size=st.sampled_from([100, 1000, 100_000]),
    mode=st.sampled_from(["wb", "ab"]),
)
def test_a_file_has_what_was_written_in_any_pieces(
    fs: DriverFileSystem, sizes: list[int], block_size: int, mode: str
) -> None:
    fs.pipe_file("/a", b"before")
    with fs.open("/a", mode, block_size=block_size) as file:
        for size in sizes:
            file.write(BODY[:size])
            assert b"before" == read(fs, "/a")

    written = b"".join(BODY[:size] for size in sizes)
    assert (b"before" if mode == "ab" else b"") + written == read(fs, "/a")


def test_appending_to_nothing_begins_a_file(fs: DriverFileSystem) -> None:
    with fs.open("/a", "ab") as file:
        file.write(b"new")

    assert b"new" == read(fs, "/a")


@pytest.mark.parametrize("mode", ["wb", "ab"])
def test_a_block_that_fails_leaves_what_was_there(fs: DriverFileSystem, mode: str) -> None:
    fs.pipe_file("/a", b"before")

    with pytest.raises(ZeroDivisionError):
        write_and_fail(fs, "/a", mode)

    assert b"before" == read(fs, "/a")
    assert [] == list(fs.driver.unfinished())


def test_a_block_that_fails_makes_no_file(fs: DriverFileSystem) -> None:
    with pytest.raises(ZeroDivisionError):
        write_and_fail(fs, "/a", "xb")

    assert not fs.exists("/a")


@pytest.mark.parametrize("size", [10, len(BODY)])
def test_only_one_of_two_creates_a_file(fs: DriverFileSystem, size: int) -> None:
    second = fs.open("/a", "xb", block_size=1000)
    with fs.open("/a", "xb", block_size=1000) as first:
        first.write(BODY[:size])
    second.write(b"2" * size)

    with pytest.raises(FileExistsError):
        second.close()

    assert BODY[:size] == read(fs, "/a")
    assert [] == list(fs.driver.unfinished())


def test_a_file_that_is_replaced_while_it_is_read_is_not_mixed(fs: DriverFileSystem) -> None:
    fs.pipe_file("/a", BODY)
    with fs.open("/a", "rb", block_size=100) as file:
        file.read(10)
        fs.pipe_file("/a", BODY[::-1])
        with pytest.raises(OSError, match="replaced"):
            file.read()


def test_a_transaction_publishes_all_or_nothing(fs: DriverFileSystem) -> None:
    with fs.transaction:
        for path in ("/a", "/b"):
            with fs.open(path, "wb", block_size=1000) as file:
                file.write(BODY)
        assert [] == fs.find("/")
    assert ["/a", "/b"] == fs.find("/")

    with pytest.raises(ZeroDivisionError):
        fail_in_a_transaction(fs, "/c")
    assert ["/a", "/b"] == fs.find("/")
