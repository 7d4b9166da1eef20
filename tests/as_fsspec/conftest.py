"""A driver as an fsspec filesystem, over each driver that is built in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storagedriver.as_fsspec import DriverFileSystem

BODY = bytes(range(256)) * 40


@pytest.fixture(params=["memory", "filesystem"])
def fs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DriverFileSystem]:
    parameters = {"rootdirectory": tmp_path / "data"} if request.param == "filesystem" else {}
    with DriverFileSystem(request.param, **parameters) as fs:
        yield fs
