"""Opening a container, and finding out what may be done with it."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from storagedriver.drivers.azure.capabilities import Found
from storagedriver.drivers.azure.copying import Copies
from storagedriver.drivers.azure.driver import AzureDriver
from storagedriver.drivers.azure.parameters import AzureParameters
from storagedriver.drivers.azure.service import AzureService
from storagedriver.drivers.azure.session import Session, open_session
from storagedriver.drivers.azure.uploads import Uploads
from storagedriver.drivers.objectstore.drafts import token
from storagedriver.drivers.objectstore.probing import PROBES, drop_left_behind
from storagedriver.errors import (
    PreconditionFailedError,
    StorageBackendError,
    StoragePermissionError,
    StorageUnavailableError,
)

_STALE = "0x8D0000000000000"


async def open_container(parameters: AzureParameters) -> AzureDriver:
    """Open the driver. Raises the typed error for a container that cannot be listed."""
    session = await open_session(parameters)
    try:
        copies = Copies(session.client, session.signer, seconds=parameters.copyseconds)
        uploads = Uploads(session.client, copies, parameters.prefix)
        service = AzureService(session.client, uploads)
        found = await _find_out(session, service, parameters)
    except BaseException:
        await session.aclose()
        raise
    return AzureDriver(session, service, copies, parameters, found)


async def _find_out(session: Session, service: AzureService, parameters: AzureParameters) -> Found:
    await service.page(parameters.prefix, most=1)
    if parameters.probe == "off":
        return Found(redirect=session.signer.can_sign)
    return Found(
        writable=await _is_writable(service, parameters.prefix),
        redirect=await _signs(session),
    )


async def _signs(session: Session) -> bool:
    """Tell whether URLs can be signed: a user's key is given only to some roles."""
    if session.signer.can_sign:
        try:
            await session.signer.url("probe", timedelta(minutes=1))
        except StorageUnavailableError:
            raise
        except StorageBackendError:
            session.signer.give_up()
    return session.signer.can_sign


async def _is_writable(service: AzureService, prefix: str) -> bool:
    """Tell whether blobs may be written, and find out with one what kind of account it is.

    Raises `StorageBackendError` for one in which a blob makes directories, or that does not check
    conditions: files would not be what the contract says.
    """
    await drop_left_behind(service, prefix, now=datetime.now(UTC))
    key = f"{prefix}{PROBES}{token()}/file"
    try:
        await service.put(key, b"probe")
    except StoragePermissionError:
        return False
    try:
        folder = key.removesuffix("/file")
        page = await service.page(folder, most=2)
        if [found.key for found in page.objects] != [key]:
            raise StorageBackendError(
                "the account has a hierarchical namespace, in which directories are blobs: "
                "it cannot be used"
            )
        await _check_conditions(service, key)
    finally:
        await service.delete([key])
    return True


async def _check_conditions(service: AzureService, key: str) -> None:
    checked = 0
    with suppress(PreconditionFailedError):
        await service.put(key, b"other", if_none_match=True)
        checked -= 1
    with suppress(PreconditionFailedError):
        await service.put(key, b"other", if_match=_STALE)
        checked -= 1
    if checked:
        raise StorageBackendError("the service does not check conditions: it cannot be used")
