import gc
import io
import pickle
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fsspec.tests.abstract import (
    AbstractCopyTests,
    AbstractFixtures,
    AbstractGetTests,
    AbstractOpenTests,
    AbstractPipeTests,
    AbstractPutTests,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storagedriver import blocking
from storagedriver.as_fsspec import DriverFileSystem
from storagedriver.errors import StorageBackendError

BODY = bytes(range(256)) * 40

offsets = st.none() | st.integers(-len(BODY) - 3, len(BODY) + 3)


@pytest.fixture(params=["memory", "filesystem"])
def fs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DriverFileSystem]:
    parameters = {"rootdirectory": tmp_path / "data"} if request.param == "filesystem" else {}
    with DriverFileSystem(request.param, **parameters) as fs:
        yield fs


class Fixtures(AbstractFixtures):
    """What fsspec's own tests of its filesystems need."""

    @pytest.fixture
    def fs(self) -> Iterator[DriverFileSystem]:
        with DriverFileSystem("memory") as fs:
            yield fs

    @pytest.fixture
    def fs_path(self) -> str:
        return "/tests"

    @pytest.fixture
    def fs_join(self) -> Callable[..., str]:
        return lambda *parts: "/".join(parts)

    @pytest.fixture
    def supports_empty_directories(self) -> bool:
        return False


class TestCopy(Fixtures, AbstractCopyTests):
    pass


class TestGet(Fixtures, AbstractGetTests):
    pass


class TestPut(Fixtures, AbstractPutTests):
    pass


class TestOpen(Fixtures, AbstractOpenTests):
    pass


class TestPipe(Fixtures, AbstractPipeTests):
    pass


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


def test_what_is_listed_says_what_it_is(fs: DriverFileSystem) -> None:
    fs.pipe({"/d/a": b"1", "/d/e/b": b"22", "/d-1": b""})

    assert ["/d", "/d-1"] == fs.ls("/", detail=False)
    assert [("/d/a", 1, "file"), ("/d/e", 0, "directory")] == [
        (entry["name"], entry["size"], entry["type"]) for entry in fs.ls("/d")
    ]
    assert ["/d/a"] == fs.ls("/d/a", detail=False)
    assert ["/d/a", "/d/e/b"] == fs.find("/d")
    assert ["/d", "/d/a", "/d/e", "/d/e/b"] == fs.find("/d", withdirs=True)
    assert ["/d/a"] == fs.find("/d", maxdepth=1)
    assert ["/d/a"] == fs.find("/d/a")
    assert [] == fs.find("/nothing")
    assert {"/d/a": 1, "/d/e/b": 2} == {
        path: entry["size"] for path, entry in fs.find("/d", detail=True).items()
    }
    assert ["/d/e/b"] == fs.glob("/d/*/b")
    with pytest.raises(FileNotFoundError):
        fs.ls("/nothing")


def test_what_is_missing_does_not_exist_and_other_errors_are_told(
    fs: DriverFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not fs.exists("/a")
    assert not fs.exists("/no*path")

    def fail(_: str) -> None:
        raise StorageBackendError

    monkeypatch.setattr(fs.driver, "stat", fail)
    for asks in (fs.exists, fs.isfile, fs.isdir):
        with pytest.raises(StorageBackendError):
            asks("/a")


def test_deleting_takes_a_directory_only_if_asked(fs: DriverFileSystem) -> None:
    fs.pipe({"/d/a": b"1", "/d/e/b": b"22", "/d-1": b"", "/f1": b"", "/f2": b""})

    with pytest.raises(IsADirectoryError):
        fs.rm("/d")
    with pytest.raises(ValueError, match="maxdepth"):
        fs.rm("/d", recursive=True, maxdepth=1)
    fs.rm("/d", recursive=True)
    assert ["/d-1", "/f1", "/f2"] == fs.find("/")
    fs.rm("/f*")
    assert ["/d-1"] == fs.find("/")
    with pytest.raises(FileNotFoundError):
        fs.rm("/f1")


def test_moving_a_file_moves_it_into_a_directory_too(fs: DriverFileSystem) -> None:
    fs.pipe({"/a": b"1", "/d/b": b"2"})

    fs.mv("/a", "/c")
    fs.mv("/c", "/d/")
    assert {"/d/b": b"2", "/d/c": b"1"} == fs.cat(["/d/b", "/d/c"])
    fs.mv("/d", "/e", recursive=True)
    assert ["/e/b", "/e/c"] == fs.find("/")


def test_a_directory_is_not_read_as_a_file(fs: DriverFileSystem) -> None:
    fs.pipe_file("/d/a", b"")

    with pytest.raises(IsADirectoryError):
        fs.open("/d", "rb")


def test_a_file_tells_its_version_and_when_it_was_written(fs: DriverFileSystem) -> None:
    fs.pipe_file("/a", b"1")
    version, modified = fs.ukey("/a"), fs.modified("/a")
    fs.pipe_file("/a", b"2")

    assert version != fs.checksum("/a")
    assert modified <= fs.modified("/a")
    assert modified.tzinfo is not None
    with pytest.raises(FileNotFoundError):
        fs.modified("/")
    with pytest.raises(NotImplementedError, match="no URLs"):
        fs.sign("/a")


def test_a_table_is_written_and_read_as_parquet(fs: DriverFileSystem) -> None:
    table = pa.table({"number": list(range(10_000)), "text": [str(n) for n in range(10_000)]})

    pq.write_table(table, "/tables/one.parquet", filesystem=fs)

    assert table == pq.read_table("/tables/one.parquet", filesystem=fs)
    assert table == pq.read_table("/tables", filesystem=fs)


def test_fsspec_finds_it_by_its_url(tmp_path: Path) -> None:
    options = {"driver": "filesystem", "rootdirectory": str(tmp_path / "data")}
    with fsspec.open("storagedriver:///a/b", "wb", **options) as file:
        file.write(BODY)

    with fsspec.open("storagedriver:///a/b", "rb", **options) as file:
        assert BODY == file.read()
    with blocking.open_driver(f"file://{tmp_path}/data") as driver:
        assert BODY == driver.get_content("/a/b")


def test_a_pickled_one_is_opened_again(tmp_path: Path) -> None:
    with DriverFileSystem("filesystem", rootdirectory=str(tmp_path)) as fs:
        fs.pipe_file("/a", BODY)
        with pickle.loads(pickle.dumps(fs)) as other:
            assert BODY == other.cat_file("/a")


def test_a_driver_of_ones_own_stays_open() -> None:
    with blocking.open_driver("memory") as driver:
        with DriverFileSystem(driver) as fs:
            fs.pipe_file("/a", BODY)
        assert BODY == driver.get_content("/a")


def test_it_is_closed_when_nobody_has_it_any_more() -> None:
    before = threading.active_count()
    fs = DriverFileSystem("memory")
    assert before < threading.active_count()

    del fs
    gc.collect()

    assert before == threading.active_count()
