"""The filesystem: what it lists, moves and deletes, and how it is opened and closed."""

import gc
import pickle
import threading
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from storagedriver import blocking
from storagedriver.as_fsspec import DriverFileSystem
from storagedriver.errors import StorageBackendError
from tests.as_fsspec.conftest import BODY


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
