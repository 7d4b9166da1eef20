"""What an S3 service refuses, as the contract's errors. "Not found" is only what says so itself."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from storagedriver.drivers.objectstore.service import UploadGoneError
from storagedriver.errors import (
    InvalidOffsetError,
    InvalidPathError,
    PathNotFoundError,
    PreconditionFailedError,
    StorageBackendError,
    StorageDriverError,
    StorageFullError,
    StoragePermissionError,
    StorageUnavailableError,
)

_CREDENTIALS = "the credentials are refused: check accesskey and secretkey, or where they come from"
_CLOCK = "the clock of this machine or the service's is wrong: requests are refused as too old"
_REGION = "the bucket is in another region: check region and regionendpoint"
_BUCKET = "there is no such bucket: check bucket, region and regionendpoint, or make it"
_DENIED = "not allowed to {}: check the policies of these credentials and of the bucket"
_UNAVAILABLE = "the service cannot answer for now"
_FULL = "the service has no space left"


class _Kind(NamedTuple):
    error: type[StorageDriverError]
    message: str


_NOT_FOUND = _Kind(PathNotFoundError, "")
_REFUSED = _Kind(StoragePermissionError, _CREDENTIALS)
_SKEWED = _Kind(StoragePermissionError, _CLOCK)
_ELSEWHERE = _Kind(StorageBackendError, _REGION)
_NOT_ALLOWED = _Kind(StoragePermissionError, _DENIED)
_LATER = _Kind(StorageUnavailableError, _UNAVAILABLE)
_NO_SPACE = _Kind(StorageFullError, _FULL)

_CODES: dict[str, _Kind] = {
    "NoSuchKey": _NOT_FOUND,
    "NoSuchUpload": _Kind(UploadGoneError, "the upload is gone: it was aborted meanwhile"),
    "NoSuchBucket": _Kind(StorageBackendError, _BUCKET),
    "InvalidBucketName": _Kind(StorageBackendError, _BUCKET),
    "InvalidRange": _Kind(InvalidOffsetError, ""),
    "KeyTooLongError": _Kind(InvalidPathError, "the path is too long for the service"),
    "PreconditionFailed": _Kind(PreconditionFailedError, ""),
    "AccessDenied": _NOT_ALLOWED,
    "AllAccessDisabled": _NOT_ALLOWED,
    "AccountProblem": _NOT_ALLOWED,
    "InvalidAccessKeyId": _REFUSED,
    "SignatureDoesNotMatch": _REFUSED,
    "ExpiredToken": _REFUSED,
    "InvalidToken": _REFUSED,
    "TokenRefreshRequired": _REFUSED,
    "InvalidClientTokenId": _REFUSED,
    "UnrecognizedClientException": _REFUSED,
    "RequestTimeTooSkewed": _SKEWED,
    "RequestExpired": _SKEWED,
    "PermanentRedirect": _ELSEWHERE,
    "TemporaryRedirect": _ELSEWHERE,
    "AuthorizationHeaderMalformed": _ELSEWHERE,
    "IllegalLocationConstraintException": _ELSEWHERE,
    "QuotaExceeded": _NO_SPACE,
    "InsufficientCapacity": _NO_SPACE,
    "XMinioStorageFull": _NO_SPACE,
    # What runs into another change at the same moment was not made, and may be tried again.
    "ConditionalRequestConflict": _LATER,
    "OperationAborted": _LATER,
    "SlowDown": _LATER,
    "SlowDownRead": _LATER,
    "SlowDownWrite": _LATER,
    "ServiceUnavailable": _LATER,
    "InternalError": _LATER,
    "RequestTimeout": _LATER,
    "RequestLimitExceeded": _LATER,
    "BandwidthLimitExceeded": _LATER,
    "Throttling": _LATER,
    "ThrottlingException": _LATER,
    "ThrottledException": _LATER,
    "TooManyRequests": _LATER,
    "XAmzContentChecksumMismatch": _LATER,
    "BadDigest": _LATER,
    "IncompleteBody": _LATER,
}

# The answer to a HEAD has no body that could tell more.
_STATUSES: dict[int, _Kind] = {
    301: _ELSEWHERE,
    307: _ELSEWHERE,
    400: _Kind(StorageBackendError, "the request is refused: check region and credentials"),
    401: _REFUSED,
    403: _NOT_ALLOWED,
    404: _NOT_FOUND,
    408: _LATER,
    412: _CODES["PreconditionFailed"],
    416: _CODES["InvalidRange"],
    429: _LATER,
    500: _LATER,
    502: _LATER,
    503: _LATER,
    504: _LATER,
    507: _NO_SPACE,
}

# As much as AWS allows.
_SKEW = timedelta(minutes=15)
_LIBRARIES = frozenset({"botocore", "aiobotocore", "aiohttp"})


def is_translated(error: BaseException) -> bool:
    """Tell whether an error is one that `translated` takes: the library's or the network's."""
    library = type(error).__module__.partition(".")[0]
    return isinstance(error, OSError | TimeoutError) or library in _LIBRARIES


def translated(error: BaseException, doing: str) -> StorageDriverError:
    """Return the contract's error for what the library raised; `doing` is an IAM action."""
    if isinstance(error, StorageDriverError):
        return error
    response: Any = getattr(error, "response", None)
    if isinstance(response, dict):
        return _refused(response, doing, error)
    return _failed(error)


def _refused(response: dict[str, Any], doing: str, error: BaseException) -> StorageDriverError:
    """Return the error for a service's answer."""
    about = response.get("ResponseMetadata", {})
    status = int(about.get("HTTPStatusCode", 0))
    code = str(response.get("Error", {}).get("Code", ""))
    kind = _CODES.get(code)
    if kind is None and status == 403 and _is_skewed(about):  # noqa: PLR2004
        kind = _SKEWED
    # A 404 with a code of its own says that something else is missing.
    if kind is None and (status != 404 or code in {"404", "NotFound", ""}):  # noqa: PLR2004
        kind = _STATUSES.get(status)
    told = str(error)
    if kind is None:
        return StorageBackendError(told)
    message = kind.message.format(doing) if kind.message else ""
    if kind is _LATER:
        return StorageUnavailableError(f"{message}: {told}", retry_after=_retry_after(about))
    return kind.error(f"{message} ({told})" if message else "")


def refused_keys(errors: Sequence[Mapping[str, Any]], doing: str) -> StorageDriverError:
    """Return the error for what a request about many keys could not do: that of the gravest."""
    kinds = [_CODES.get(str(one.get("Code"))) for one in errors]
    grave = [at for at, kind in enumerate(kinds) if kind is not _LATER]
    first = grave[0] if grave else 0
    kind = kinds[first] or _Kind(StorageBackendError, "refused")
    one = errors[first]
    told = f"{one.get('Code')}: {one.get('Message')} for {len(errors)} keys, {one.get('Key')} first"
    error = StorageBackendError if kind.error is PathNotFoundError else kind.error
    return error(f"{kind.message.format(doing)} ({told})")


def _retry_after(about: dict[str, Any]) -> float | None:
    """Return the seconds that the answer asks to wait; a date is as good as nothing."""
    value = str(about.get("HTTPHeaders", {}).get("retry-after", ""))
    return float(value) if value.isdecimal() else None


def _is_skewed(about: dict[str, Any]) -> bool:
    """Tell whether the service's clock is so far from ours that it takes no signature.

    An answer without a body, as to a HEAD, tells it by its date alone.
    """
    try:
        there = parsedate_to_datetime(str(about.get("HTTPHeaders", {}).get("date", "")))
        return abs(datetime.now(UTC) - there) > _SKEW
    except (ValueError, TypeError):
        return False


def _failed(error: BaseException) -> StorageDriverError:
    """Return the error for a request that no answer came to, or that was never sent."""
    name = type(error).__name__
    if "Credential" in name or name in {"TokenRetrievalError", "ProfileNotFound"}:
        what = "no credentials: give accesskey and secretkey, or what AWS's tools read"
        return StoragePermissionError(f"{what} ({error})")
    if name == "SSLError" or "Certificate" in name or "SSL" in name:
        return StorageBackendError(f"the certificate is not trusted: {error}; see skipverify")
    if name == "NoRegionError":
        return StorageBackendError(_REGION)
    if name in {"ParamValidationError", "UnknownServiceError", "DataNotFoundError"}:
        return StorageBackendError(f"botocore is too old for this, or the call is wrong: {error}")
    return StorageUnavailableError(f"no answer: {name}: {error}".rstrip(": "))
