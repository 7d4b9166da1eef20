import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storagedriver import DriverConfigurationError, StorageBackendError, open_driver
from storagedriver.drivers.fsspec import FsspecParameters
from storagedriver.drivers.fsspec.traits import KNOWN, UNKNOWN, modified, traits_of
from storagedriver.factory import configured
from tests.drivers.fsspec.conftest import Open
from tests.drivers.fsspec.fileservers import Place


@pytest.mark.parametrize("url", ["sftp://host/a", "fsspec+file:///a", "ftp://host/a", "github://o"])
def test_a_url_that_no_other_driver_takes_is_fsspecs(url: str) -> None:
    chosen = configured(url, {})

    assert "fsspec" == chosen.name
    assert FsspecParameters(url=url.removeprefix("fsspec+")) == chosen.parameters


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"url": "/srv"}, "url is a URL"),
        ({"url": "file:///srv", "options": "[1]"}, "options is a JSON object"),
        ({"url": "file:///srv", "options": "{"}, "options is a JSON object"),
    ],
)
def test_a_wrong_parameter_is_named(parameters: dict[str, object], message: str) -> None:
    with pytest.raises(DriverConfigurationError, match=message):
        configured("fsspec", parameters)


async def test_a_filesystem_that_is_not_installed_is_named() -> None:
    with pytest.raises(DriverConfigurationError, match="oss: "):
        await open_driver("oss://bucket").__aenter__()


async def test_a_server_that_is_not_there_is_a_backends_error(tmp_path: Path) -> None:
    options = '{"port": 9, "look_for_keys": false, "allow_agent": false}'
    with pytest.raises(StorageBackendError):
        await open_driver("sftp://127.0.0.1/srv", options=options).__aenter__()


@pytest.mark.parametrize("place", ["file", "sftp"], indirect=True)
async def test_what_others_left_is_passed_over(opener: Open) -> None:
    async with opener() as driver:
        fs = driver.unguarded._files.fs  # type: ignore[attr-defined]
        root = driver.unguarded._files.key("/")  # type: ignore[attr-defined]
        await driver.put_content("/d/a", b"ours")
        fs.makedirs(f"{root}/empty/below", exist_ok=True)
        fs.pipe_file(f"{root}/d/with space", b"not ours")

        assert ["/d", "/d/a"] == [info.path async for info in driver.walk("/")]
        assert ["/d"] == [info.path async for info in driver.list("/")]
        await driver.put_content("/empty", b"in place of an empty directory")


@pytest.mark.parametrize("place", ["file", "ftp"], indirect=True)
async def test_old_temporary_files_go_when_it_is_opened(opener: Open, place: Place) -> None:
    folder = place.root / "~/temporary"
    folder.mkdir(parents=True)
    for name, age in (("old", 25 * 3600), ("new", 3600)):
        (folder / name).write_bytes(b"")
        os.utime(folder / name, (time.time() - age,) * 2)

    async with opener():
        assert ["new"] == [path.name for path in folder.iterdir()]


@pytest.mark.parametrize("place", ["sftp"], indirect=True)
async def test_equal_sizes_within_a_second_are_two_versions(opener: Open) -> None:
    async with opener() as driver:
        infos = [await driver.put_content("/a", bytes([number])) for number in range(3)]
        await driver.delete("/a")
        infos.append(await driver.put_content("/a", b"x"))

    assert 4 == len({info.version for info in infos})


def test_a_time_is_one_version_however_it_is_told() -> None:
    memory = KNOWN["memory"]
    when = datetime(2024, 2, 3, 4, 5, 6, 789, tzinfo=UTC)

    told = [{"size": 1, "created": when}, {"size": 1, "created": when.timestamp()}]

    assert 1 == len({memory.version(info) for info in told})


def test_a_number_that_is_no_time_is_a_version() -> None:
    told = [{"size": 1, "generation": f"1700000000{last}"} for last in ("123456", "123457")]

    assert 2 == len({KNOWN["gs"].version(info) for info in told})


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        ({"mtime": 1706933106.0}, datetime(2024, 2, 3, 4, 5, 6, tzinfo=UTC)),
        ({"modify": "20240203040506"}, datetime(2024, 2, 3, 4, 5, 6, tzinfo=UTC)),
        ({"updated": "2024-02-03T04:05:06Z"}, datetime(2024, 2, 3, 4, 5, 6, tzinfo=UTC)),
        ({"mtime": datetime(2024, 2, 3)}, datetime(2024, 2, 3, tzinfo=UTC)),  # noqa: DTZ001 # some are so
        ({"updated": "yesterday"}, None),
        ({"modify": "20249903040506"}, None),
        ({}, None),
    ],
)
def test_a_modification_is_understood_however_it_is_told(
    info: dict[str, object], expected: datetime | None
) -> None:
    assert expected == modified(info)


def test_of_an_unknown_filesystem_little_is_promised() -> None:
    capabilities = UNKNOWN.capabilities(max_key=100)

    assert UNKNOWN == traits_of(("box", "dropbox"))
    assert not capabilities.atomic_put
    assert not capabilities.conditional_put
    assert UNKNOWN.version({"size": 1, "etag": "a"}) != UNKNOWN.version({"size": 1, "etag": "b"})
