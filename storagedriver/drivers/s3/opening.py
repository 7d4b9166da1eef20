"""Opening a bucket: the session, and what the service turns out to be able to do."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from storagedriver.drivers.objectstore.calls import Calls
from storagedriver.drivers.objectstore.drafts import token
from storagedriver.drivers.objectstore.probing import PROBES, drop_left_behind
from storagedriver.drivers.objectstore.sidestate import ADDED
from storagedriver.drivers.s3.client import Client
from storagedriver.drivers.s3.parameters import GIB, MIN_PART, S3Parameters
from storagedriver.drivers.s3.service import MAX_PARTS, S3Service
from storagedriver.errors import (
    PreconditionFailedError,
    StorageBackendError,
    StoragePermissionError,
    StorageUnavailableError,
)
from storagedriver.paths import MAX_KEY
from storagedriver.records import Capabilities, Limits, Support
from storagedriver.retry import Retries, RetryPolicy

NATIVE, ABSENT = Support.NATIVE, Support.ABSENT
MOST = Capabilities(
    atomic_put=NATIVE,
    conditional_put=NATIVE,
    conditional_delete=NATIVE,
    resumable_writer=NATIVE,
    start_after=NATIVE,
    stable_read=NATIVE,
    redirect=NATIVE,
    shared=NATIVE,
    durable=NATIVE,
    power_safe=NATIVE,
    frees_at_once=NATIVE,
    limits=Limits(
        min_part=MIN_PART, max_parts=MAX_PARTS, max_put=5 * GIB, max_key=MAX_KEY - ADDED, page=1000
    ),
)
"""The most that an S3 service can do."""

_STALE = '"00000000000000000000000000000000"'


@dataclass(frozen=True, slots=True)
class Found:
    """What a probe found."""

    conditional_put: bool = True
    conditional_delete: bool = True
    writable: bool = True
    is_refused_beside: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """The connections of a driver: `public` signs the URLs that clients use."""

    fs: Any
    client: Client
    public: Client

    async def aclose(self) -> None:
        """Close them."""
        try:
            await self.client.aclose()
        finally:
            if self.public is not self.client:
                await self.public.aclose()


async def open_session(parameters: S3Parameters) -> Session:
    """Return the connections for these parameters; nothing is sent yet."""
    fs = _filesystem(parameters, parameters.endpoint)
    client = await _client(fs, parameters)
    if parameters.public_endpoint == parameters.endpoint:
        return Session(fs, client, client)
    try:
        public = await _client(_filesystem(parameters, parameters.public_endpoint), parameters)
    except BaseException:
        await client.aclose()
        raise
    return Session(fs, client, public)


async def _client(fs: Any, parameters: S3Parameters) -> Client:  # noqa: ANN401  # s3fs has no types
    policy = RetryPolicy(attempts=parameters.retries + 1, seconds=parameters.retryseconds)
    calls = Calls(
        Retries(policy), most=parameters.maxconnections, pool_timeout=parameters.pooltimeout
    )
    raw = await fs.set_session()
    return Client(raw, parameters.bucket, calls, read_timeout=parameters.readtimeout)


def _filesystem(parameters: S3Parameters, endpoint: str | None) -> Any:  # noqa: ANN401  # as above
    # Here, because importing this package must not import s3fs.
    from s3fs import S3FileSystem  # noqa: PLC0415  # the reason above

    return S3FileSystem(
        key=parameters.accesskey or None,
        secret=parameters.secretkey or None,
        token=parameters.sessiontoken or None,
        endpoint_url=endpoint,
        use_ssl=parameters.secure,
        client_kwargs={
            **({"region_name": _region(parameters)} if _region(parameters) else {}),
            **({"verify": False} if parameters.skipverify else {}),
        },
        config_kwargs=_config(parameters),
        asynchronous=True,
        skip_instance_cache=True,
        use_listings_cache=False,
    )


def _region(parameters: S3Parameters) -> str:
    # A service that is not AWS rarely has regions, but signatures need one.
    return parameters.region or ("us-east-1" if parameters.regionendpoint else "")


def _config(parameters: S3Parameters) -> dict[str, object]:
    # Here for the same reason as s3fs.
    from storagedriver.drivers.s3.sending import OnceSession  # noqa: PLC0415  # the reason above

    path_style = parameters.forcepathstyle
    if path_style is None:
        path_style = bool(parameters.regionendpoint)
    return {
        "signature_version": "s3v4",
        # Attempts are counted once, by `Retries`.
        "retries": {"total_max_attempts": 1},
        "http_session_cls": OnceSession,
        "connect_timeout": parameters.connecttimeout,
        "read_timeout": parameters.readtimeout,
        "max_pool_connections": parameters.maxconnections,
        # Trailing checksums are refused, or not sent back for parts, by many services.
        "request_checksum_calculation": "when_required",
        "response_checksum_validation": "when_required",
        "use_dualstack_endpoint": parameters.usedualstack,
        "use_fips_endpoint": parameters.usefipsendpoint,
        **({"user_agent_extra": parameters.useragent} if parameters.useragent else {}),
        "s3": {
            "addressing_style": "path" if path_style else "auto",
            "use_accelerate_endpoint": parameters.accelerate,
        },
    }


def headers(parameters: S3Parameters) -> Mapping[str, str]:
    """Return what is sent with each new object."""
    sent = {"ContentType": "application/octet-stream"}
    if parameters.encrypt:
        sent["ServerSideEncryption"] = "aws:kms" if parameters.keyid else "AES256"
    if parameters.keyid:
        sent["SSEKMSKeyId"] = parameters.keyid
    if parameters.storageclass not in {"STANDARD", "NONE"}:
        sent["StorageClass"] = parameters.storageclass
    if parameters.objectacl != "private":
        sent["ACL"] = parameters.objectacl
    return sent


async def find_out(client: Client, parameters: S3Parameters) -> tuple[S3Service, Found]:
    """Ask the bucket what it can do, as far as the parameters allow.

    Raises the typed error for a bucket that cannot be listed: it is missing, in another region,
    nobody answers, or these credentials may not.
    """
    most = S3Service(
        client, headers(parameters), has_conditional_put=True, has_conditional_delete=True
    )
    await most.page(parameters.prefix, most=1)
    found = Found() if parameters.probe == "off" else await _probe(most, parameters.prefix)
    service = S3Service(
        client,
        headers(parameters),
        has_conditional_put=found.conditional_put,
        has_conditional_delete=found.conditional_delete,
    )
    return service, found


async def _probe(service: S3Service, prefix: str) -> Found:
    """Find out with an object of its own whether conditions are checked."""
    await drop_left_behind(service, prefix, now=datetime.now(UTC))
    key = f"{prefix}{PROBES}{token()}"
    try:
        version = await service.put(key, b"probe")
    except StoragePermissionError:
        return Found(conditional_put=False, conditional_delete=False, writable=False)
    try:
        creates = await _is_refused(service.put(key, b"other", if_none_match=True))
        replaces = await _is_refused(service.put(key, b"other", if_match=_STALE))
        deletes = await _is_refused(service.delete_if(key, _STALE))
        # One that refuses whatever has a condition knows none.
        is_known = not await _is_refused(service.put(key, b"again", if_match=version))
        below = f"{key}-directory"
        await service.put(f"{below}/file", b"probe")
        beside = await _is_refused(service.put(below, b"probe", if_none_match=True))
        return Found(
            conditional_put=creates and replaces and is_known,
            conditional_delete=deletes and is_known,
            is_refused_beside=beside and is_known,
        )
    finally:
        await service.delete([key, f"{key}-directory", f"{key}-directory/file"])


async def _is_refused(call: Awaitable[object]) -> bool:
    """Tell whether a call is refused for its condition; one that is not understood tells no."""
    try:
        await call
    except PreconditionFailedError:
        return True
    except StorageUnavailableError:
        raise
    except StorageBackendError:
        return False
    return False


def capabilities(parameters: S3Parameters, found: Found) -> Capabilities:
    """Return what the driver can do with what was found."""
    limits = replace(
        MOST.limits,
        max_object=min(5 << 40, parameters.chunksize * MAX_PARTS),
        max_key=MOST.limits.max_key - len(parameters.prefix),
    )
    return replace(
        MOST,
        conditional_put=NATIVE if found.conditional_put else ABSENT,
        conditional_delete=NATIVE if found.conditional_delete else ABSENT,
        resumable_writer=NATIVE if found.writable else ABSENT,
        writable=NATIVE if found.writable else ABSENT,
        limits=limits,
    )
