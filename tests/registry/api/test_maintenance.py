"""While an app's lifespan lasts, it purges what was abandoned."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from storagedriver.errors import StorageUnavailableError
from storagedriver.protocol import StorageDriver
from storagedriver.records import FileInfo
from storagedriver.registry.app import create_app
from storagedriver.registry.configuration.config import Config
from storagedriver.registry.store import Store
from tests.registry.store.content import body

AT_ONCE = Config(purge_age=0, purge_interval=0.01)
NAME = "team/app"


@asynccontextmanager
async def running(driver: StorageDriver, config: Config) -> AsyncIterator[None]:
    app = create_app(driver, config)
    async with app.router.lifespan_context(app):
        yield


async def files(driver: StorageDriver) -> list[str]:
    return [entry.path async for entry in driver.walk("/") if not entry.is_dir]


async def begun(driver: StorageDriver) -> str:
    async with Store(driver) as store:
        upload = await store.uploads.start(NAME)
        await store.uploads.append(NAME, upload.id, body(b"half a blob"))
        return upload.id


async def emptied(driver: StorageDriver) -> None:
    async with asyncio.timeout(60):
        while await files(driver):  # noqa: ASYNC110 - nobody tells when it was purged
            await asyncio.sleep(0.01)


@pytest.fixture
async def upload(driver: StorageDriver) -> str:
    return await begun(driver)


@pytest.mark.usefixtures("upload")
async def test_abandoned_uploads_are_purged_again_and_again(
    driver: StorageDriver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with running(driver, AT_ONCE):
        await emptied(driver)
        await begun(driver)
        await emptied(driver)

    assert sum(" purged: " in message for message in caplog.messages) >= 2
    await begun(driver)
    await asyncio.sleep(0.1)
    assert await files(driver), "it goes on after its end"


@pytest.mark.usefixtures("upload")
@pytest.mark.parametrize(
    "config",
    [
        Config(purge_age=0, purge_interval=0.01, purge_uploads=False),
        Config(purge_age=0, purge_interval=0.01, purge_dry_run=True),
        Config(purge_age=0, purge_interval=0.01, read_only=True),
        Config(purge_age=3600, purge_interval=0.01),
    ],
    ids=["off", "dry run", "read-only", "too young"],
)
async def test_nothing_is_purged_that_need_not_be(driver: StorageDriver, config: Config) -> None:
    async with running(driver, config):
        await asyncio.sleep(0.2)

    assert await files(driver)


class Faulty:
    """A driver that fails to list, a number of times."""

    def __init__(self, driver: StorageDriver, *errors: Exception) -> None:
        self._driver = driver
        self._errors = [*errors]

    def __getattr__(self, name: str) -> object:
        return getattr(self._driver, name)

    def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        if self._errors:
            raise self._errors.pop()
        return self._driver.list(path, start_after=start_after)


@pytest.mark.usefixtures("upload")
async def test_a_failure_is_logged_and_tried_again(
    driver: StorageDriver, caplog: pytest.LogCaptureFixture
) -> None:
    faulty = Faulty(driver, ValueError("a bug"), StorageUnavailableError("down"))

    async with running(faulty, AT_ONCE):
        await emptied(driver)

    assert "down" in caplog.text
    assert "ValueError: a bug" in caplog.text
