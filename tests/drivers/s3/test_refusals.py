"""What is wrong with service or account: each has its own error, and none is "not found"."""

import secrets
import socket
from datetime import datetime, timedelta
from typing import Any

import botocore.auth
import pytest

from storagedriver.errors import (
    PathNotFoundError,
    StorageBackendError,
    StoragePermissionError,
    StorageUnavailableError,
)
from storagedriver.protocol import StorageDriver
from tests.drivers.s3.conftest import Open
from tests.drivers.s3.marks import on_weed


async def test_a_missing_bucket_is_told(opened: Open) -> None:
    with pytest.raises(StorageBackendError, match="no such bucket") as raised:
        async with opened(bucket="no-bucket-of-this-name"):
            pass

    assert not isinstance(raised.value, PathNotFoundError)
    assert "s3" == raised.value.driver


@on_weed
@pytest.mark.parametrize("wrong", ["accesskey", "secretkey"])
async def test_wrong_credentials_are_told(opened: Open, wrong: str) -> None:
    with pytest.raises(StoragePermissionError, match="check accesskey and secretkey"):
        async with opened(**{wrong: "wrong-wrong-wrong"}):
            pass


async def read_nothing(driver: StorageDriver) -> None:
    async with driver.reader("/d/f", length=0):
        pass


async def read_from_the_middle(driver: StorageDriver) -> None:
    async with driver.reader("/d/f", offset=1):
        pass


async def list_(driver: StorageDriver) -> None:
    [info async for info in driver.list("/d")]


CALLS = {
    "get_content": lambda driver: driver.get_content("/d/f"),
    "reader": read_from_the_middle,
    "reader of nothing": read_nothing,
    "stat": lambda driver: driver.stat("/d/f"),
    "stat of the root": lambda driver: driver.stat("/"),
    "list": list_,
    "move": lambda driver: driver.move("/d/f", "/d/g"),
    "delete": lambda driver: driver.delete("/d/f"),
    "writer to resume": lambda driver: driver.writer("/d/f", append=True),
}


async def test_a_bucket_that_is_removed_meanwhile_is_told_and_no_file_is_said_to_be_missing(
    opened: Open,
    raw: Any,  # noqa: ANN401 botocore has no types
) -> None:
    bucket = f"removed-{secrets.token_hex(6)}"
    raw.create_bucket(Bucket=bucket)
    async with opened(bucket=bucket) as driver:
        raw.delete_bucket(Bucket=bucket)
        for name, call in CALLS.items():
            with pytest.raises(StorageBackendError, match="no such bucket") as raised:
                await call(driver)
            assert not isinstance(raised.value, PathNotFoundError), name


@on_weed
async def test_a_clock_that_is_wrong_is_told(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    right = botocore.auth.get_current_datetime

    def an_hour_late() -> datetime:
        return right() - timedelta(hours=1)

    async with opened() as driver:
        monkeypatch.setattr(botocore.auth, "get_current_datetime", an_hour_late)
        with pytest.raises(StoragePermissionError, match="the clock of this machine"):
            await driver.get_content("/d/f")
        with pytest.raises(StoragePermissionError, match="the clock of this machine"):
            await driver.put_content("/d/f", b"content")
        monkeypatch.undo()
        await driver.put_content("/d/f", b"content")


async def test_a_server_that_is_down_is_told_in_time(opened: Open) -> None:
    # Bound, so that nobody else takes the port, and not listened on.
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]

        with pytest.raises(StorageUnavailableError, match="no answer"):
            async with opened(regionendpoint=f"http://127.0.0.1:{port}", retries=1):
                pass


@on_weed
async def test_without_probing_the_driver_is_as_the_parameters_say(opened: Open) -> None:
    async with opened(probe="off") as driver:
        await driver.put_content("/f", b"content", if_none_match=True)
        assert driver.capabilities.conditional_put
        assert driver.capabilities.conditional_delete
