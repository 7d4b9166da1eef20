"""What is looked at: the storage, files, URLs and addresses."""

import asyncio
from contextlib import suppress
from functools import partial
from pathlib import Path

from storagedriver.protocol import StorageDriver
from storagedriver.registry.health.checks import Check, Health, UnhealthyError
from storagedriver.registry.health.settings import (
    AddressCheck,
    FileCheck,
    HealthSettings,
    UrlCheck,
)
from storagedriver.registry.listening import authority

_PATIENCE = 5.0


def health_of(driver: StorageDriver, settings: HealthSettings) -> Health:
    """Return the checks of a registry; each bears the name that Docker's registry gives it."""
    checks = [
        *(_file_check(each) for each in settings.files),
        *(_url_check(each) for each in settings.urls),
        *(_address_check(each) for each in settings.addresses),
    ]
    if settings.storage:
        checks.append(
            Check(
                name=f"storagedriver_{driver.name}",
                probe=partial(_ask_storage, driver),
                interval=settings.interval,
                timeout=max(settings.interval, _PATIENCE),
                threshold=settings.threshold,
            )
        )
    return Health(checks)


def _file_check(check: FileCheck) -> Check:
    probe = partial(_look_for_file, Path(check.path))
    return Check(name=check.path, probe=probe, interval=check.interval, timeout=_PATIENCE)


def _url_check(check: UrlCheck) -> Check:
    return Check(
        name=check.url,
        probe=partial(_ask_url, check),
        interval=check.interval,
        timeout=check.timeout,
        threshold=check.threshold,
    )


def _address_check(check: AddressCheck) -> Check:
    return Check(
        name=authority(check.host, check.port),
        probe=partial(_connect, check.host, check.port),
        interval=check.interval,
        timeout=check.timeout,
        threshold=check.threshold,
    )


async def _ask_storage(driver: StorageDriver) -> None:
    await driver.stat("/")


async def _look_for_file(path: Path) -> None:
    if await asyncio.to_thread(path.exists):
        raise UnhealthyError("the file is there")


async def _ask_url(check: UrlCheck) -> None:
    import httpx  # noqa: PLC0415 - it takes longer to import than all else, for what few ask

    async with httpx.AsyncClient(timeout=check.timeout, follow_redirects=True) as client:
        answer = await client.head(check.url, headers=list(check.headers))
    if answer.status_code != check.status:
        raise UnhealthyError(f"its status is {answer.status_code}, not {check.status}")


async def _connect(host: str, port: int) -> None:
    _, writer = await asyncio.open_connection(host, port)
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
