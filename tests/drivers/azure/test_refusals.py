"""What is wrong with service or account: each has its own error, and none is "not found"."""

import base64
import socket
from datetime import UTC, datetime, timedelta

import pytest
from azure.storage.blob import ContainerSasPermissions, generate_container_sas

from storagedriver.errors import (
    PathNotFoundError,
    StorageBackendError,
    StorageDriverError,
    StoragePermissionError,
    StorageUnavailableError,
)
from storagedriver.protocol import StorageDriver
from tests.azureservers import AzureServer
from tests.drivers.azure.conftest import Container, Open

pytestmark = pytest.mark.timeout(600)  # the first test of a machine installs Azurite

NEEDED = "rwdl"
BLOCK = 1 << 16


def signature(
    server: AzureServer, permissions: str, *, begins_in: timedelta = -timedelta(1)
) -> str:
    return generate_container_sas(
        server.account,
        server.container,
        account_key=server.key,
        permission=ContainerSasPermissions.from_string(permissions),
        start=datetime.now(UTC) + begins_in,
        expiry=datetime.now(UTC) + timedelta(days=2),
    )


async def everything(driver: StorageDriver) -> None:
    """Do what a registry does, each kind of request once."""
    await driver.put_content("/d/f", b"one", if_none_match=True)
    info = await driver.put_content("/d/f", b"two")
    async with await driver.writer("/d/w") as writer:
        await writer.write(bytes(2 * BLOCK + 1))
    async with await driver.writer("/d/w", append=True) as writer:
        await writer.commit()
    assert ["/d/f", "/d/w"] == [one.path async for one in driver.list("/d")]
    await driver.move("/d/w", "/d/v")
    assert 2 * BLOCK + 1 == (await driver.stat("/d/v")).size
    assert b"two" == await driver.get_content("/d/f")
    await driver.delete("/d/f", if_match=info.version)
    await driver.put_content("/d/g", b"three")
    await driver.delete("/d")


async def test_a_missing_container_is_told(opened: Open) -> None:
    with pytest.raises(StorageBackendError, match="no such container") as raised:
        async with opened(container="no-container-of-this-name"):
            pass

    assert not isinstance(raised.value, PathNotFoundError)
    assert "azure" == raised.value.driver


async def test_a_wrong_key_is_told(opened: Open) -> None:
    wrong = base64.b64encode(b"wrong" * 8).decode()

    with pytest.raises(StoragePermissionError, match="accountkey"):
        async with opened(accountkey=wrong):
            pass


async def test_an_account_that_is_missing_is_told(opened: Open) -> None:
    with pytest.raises(StorageDriverError, match="accountname") as raised:
        async with opened(accountname="nobody"):
            pass

    assert not isinstance(raised.value, PathNotFoundError)


async def test_a_server_that_is_down_is_told_in_time(opened: Open, server: AzureServer) -> None:
    # Bound, so that nobody else takes the port, and not listened on.
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/{server.account}"

        with pytest.raises(StorageUnavailableError, match="no answer"):
            async with opened(serviceurl=url, retries=1):
                pass


async def test_with_the_permissions_that_it_needs_it_does_everything(
    opened: Open, server: AzureServer
) -> None:
    token = signature(server, NEEDED)
    async with opened(accountkey="", sastoken=token, chunksize=BLOCK) as driver:
        await everything(driver)
        assert await driver.redirect_url("/d/f") is None


@pytest.mark.parametrize("missing", NEEDED)
async def test_a_permission_that_is_missing_is_told(
    opened: Open, server: AzureServer, missing: str
) -> None:
    token = signature(server, NEEDED.replace(missing, ""))

    with pytest.raises(StoragePermissionError):
        async with opened(accountkey="", sastoken=token, chunksize=BLOCK, probe="off") as driver:
            await everything(driver)


async def test_who_may_read_alone_has_a_driver_that_reads(
    opened: Open, server: AzureServer, container: Container
) -> None:
    container.put("d/f", b"content")

    async with opened(accountkey="", sastoken=signature(server, "rl")) as driver:
        assert not driver.capabilities.writable
        assert b"content" == await driver.get_content("/d/f")
        assert ["/d"] == [one.path async for one in driver.list("/")]


async def test_a_clock_that_is_wrong_is_told(opened: Open, server: AzureServer) -> None:
    token = signature(server, NEEDED, begins_in=timedelta(days=1))

    with pytest.raises(StoragePermissionError, match="clock"):
        async with opened(accountkey="", sastoken=token):
            pass


async def test_without_probing_the_driver_is_as_the_parameters_say(opened: Open) -> None:
    async with opened(probe="off") as driver:
        await driver.put_content("/f", b"content", if_none_match=True)
        assert driver.capabilities.conditional_put
        assert driver.capabilities.conditional_delete
