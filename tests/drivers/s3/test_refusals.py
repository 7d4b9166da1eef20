"""What is wrong with service or account: each has its own error, and none is "not found"."""

import socket

import pytest

from storagedriver.errors import (
    PathNotFoundError,
    StorageBackendError,
    StoragePermissionError,
    StorageUnavailableError,
)
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
