"""What the service refuses, as the contract's errors. "Not found" is only what says so itself."""

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

_CREDENTIALS = (
    "the credentials are refused: check accountname, accountkey, sastoken or credentials_*, "
    "and that this machine's clock is right"
)
_DENIED = (
    "not allowed to {}: give these credentials the role Storage Blob Data Contributor on the "
    "container, or the permissions that a sastoken lacks; and see the account's firewall"
)
_UNSURE = (
    "not allowed to {}: check accountname and accountkey, sastoken or credentials_*, that this "
    "machine's clock is right, the account's firewall, and for credentials_* that their role on "
    "the container is Storage Blob Data Contributor"
)
_CONTAINER = "there is no such container: check accountname and container, or make it"
_DISABLED = "the account does not take requests"
_LEASED = "the blob or the container has a lease or a policy that forbids it"
_UNAVAILABLE = "the service cannot answer for now"


class _Kind(NamedTuple):
    error: type[StorageDriverError]
    message: str


_NOT_FOUND = _Kind(PathNotFoundError, "")
_REFUSED = _Kind(StoragePermissionError, _CREDENTIALS)
_NOT_ALLOWED = _Kind(StoragePermissionError, _DENIED)
_NOT_SURE = _Kind(StoragePermissionError, _UNSURE)
_NO_CONTAINER = _Kind(StorageBackendError, _CONTAINER)
_LATER = _Kind(StorageUnavailableError, _UNAVAILABLE)
_HELD = _Kind(StorageBackendError, _LEASED)
_FAILED_CONDITION = _Kind(PreconditionFailedError, "")
_GONE = _Kind(UploadGoneError, "the upload is gone: it was dropped meanwhile")

_CODES: dict[str, _Kind] = {
    "BlobNotFound": _NOT_FOUND,
    "ContainerNotFound": _NO_CONTAINER,
    "ContainerDisabled": _NO_CONTAINER,
    "InvalidResourceName": _NO_CONTAINER,
    "ResourceNotFound": _NO_CONTAINER,
    "ContainerBeingDeleted": _Kind(StorageBackendError, "the container is being deleted"),
    "InvalidBlockList": _GONE,
    "BlobAlreadyExists": _FAILED_CONDITION,
    "ConditionNotMet": _FAILED_CONDITION,
    "TargetConditionNotMet": _FAILED_CONDITION,
    "SourceConditionNotMet": _FAILED_CONDITION,
    "InvalidRange": _Kind(InvalidOffsetError, ""),
    "AuthenticationFailed": _REFUSED,
    "InvalidAuthenticationInfo": _REFUSED,
    "NoAuthenticationInformation": _REFUSED,
    "AuthorizationFailure": _NOT_SURE,
    "AuthorizationPermissionMismatch": _NOT_ALLOWED,
    "AuthorizationProtocolMismatch": _NOT_ALLOWED,
    "AuthorizationResourceTypeMismatch": _NOT_ALLOWED,
    "AuthorizationServiceMismatch": _NOT_ALLOWED,
    "AuthorizationSourceIPMismatch": _NOT_ALLOWED,
    "InsufficientAccountPermissions": _NOT_ALLOWED,
    "KeyBasedAuthenticationNotPermitted": _NOT_ALLOWED,
    "PublicAccessNotPermitted": _NOT_ALLOWED,
    "AccountIsDisabled": _Kind(StoragePermissionError, _DISABLED),
    "LeaseIdMissing": _HELD,
    "LeaseIdMismatchWithBlobOperation": _HELD,
    "BlobImmutableDueToPolicy": _HELD,
    "BlobArchived": _Kind(StorageBackendError, "the blob is archived, and cannot be read"),
    "OutOfRangeInput": _Kind(InvalidPathError, "the path is too long for the service"),
    "InvalidUri": _Kind(InvalidPathError, "the path is too long for the service"),
    "AccountLimitExceeded": _Kind(StorageFullError, "the account has no space left"),
    "CapacityQuotaExceeded": _Kind(StorageFullError, "the account has no space left"),
    # What runs into another change at the same moment was not made, and may be tried again.
    "AccountBeingCreated": _LATER,
    "BlobBeingRehydrated": _LATER,
    "InternalError": _LATER,
    "OperationTimedOut": _LATER,
    "PendingCopyOperation": _LATER,
    "ServerBusy": _LATER,
    "Md5Mismatch": _LATER,
    "IncompleteBody": _LATER,
}

# The answer to a HEAD has no body, and some services no code in its header.
_STATUSES: dict[int, _Kind] = {
    401: _REFUSED,
    403: _NOT_SURE,
    404: _NOT_FOUND,
    408: _LATER,
    412: _FAILED_CONDITION,
    416: _CODES["InvalidRange"],
    429: _LATER,
    500: _LATER,
    502: _LATER,
    503: _LATER,
    504: _LATER,
    507: _CODES["CapacityQuotaExceeded"],
}

# The source of a copy went or changed since it was looked at, or may not be read.
_COPY_SOURCES = {404: _FAILED_CONDITION, 409: _FAILED_CONDITION, 403: _NOT_ALLOWED}

_LIBRARIES = frozenset({"azure", "aiohttp"})
_NEVER_SENT = frozenset({"CredentialUnavailableError", "ClientAuthenticationError"})


def is_translated(error: BaseException) -> bool:
    """Tell whether an error is one that `translated` takes: the library's or the network's."""
    library = type(error).__module__.partition(".")[0]
    return isinstance(error, OSError | TimeoutError) or library in _LIBRARIES


def translated(error: BaseException, doing: str) -> StorageDriverError:
    """Return the contract's error for what the library raised; `doing` is in a user's words."""
    if isinstance(error, StorageDriverError):
        return error
    response: Any = getattr(error, "response", None)
    status = getattr(response, "status_code", None)
    if isinstance(status, int) and status >= 300:  # noqa: PLR2004  # answers that are none
        return _refused(error, response, doing)
    return _failed(error)


def refused_part(status: int, code: str, count: int) -> StorageDriverError:
    """Return the error for what one part of a batch was refused for."""
    kind = _kind(status, code) or _Kind(StorageBackendError, "refused")
    told = f"{code or status}, one of {count} blobs that are not deleted"
    error = StorageBackendError if kind.error is PathNotFoundError else kind.error
    return error(f"{kind.message.format('delete blobs')} ({told})")


def _refused(error: BaseException, response: Any, doing: str) -> StorageDriverError:  # noqa: ANN401  # several
    code = code_of(error)
    kind = _kind(response.status_code, code)
    told = _in_a_line(str(error), code)
    if kind is None:
        return StorageBackendError(told)
    message = kind.message.format(doing)
    if kind is _LATER:
        return StorageUnavailableError(f"{message}: {told}", retry_after=_retry_after(response))
    return kind.error(f"{message} ({told})" if message else "")


def code_of(error: BaseException) -> str:
    """Return the service's code for an error, an empty one if it has none."""
    code: Any = getattr(error, "error_code", None) or ""
    return str(getattr(code, "value", code))


def _kind(status: int, code: str) -> _Kind | None:
    if code == "CannotVerifyCopySource":
        return _COPY_SOURCES.get(status)
    kind = _CODES.get(code)
    # A 404 with a code of its own says that something else is missing.
    if kind is None and (status != 404 or not code):  # noqa: PLR2004
        kind = _STATUSES.get(status)
    return kind


def _in_a_line(told: str, code: str) -> str:
    """Return the first line of what was told, which goes on with times and XML."""
    first = told.strip().partition("\n")[0].rstrip(". ")
    return f"{code}: {first}" if code else first


def _retry_after(response: Any) -> float | None:  # noqa: ANN401  # several
    """Return the seconds that the answer asks to wait; a date is as good as nothing."""
    value = str(response.headers.get("retry-after", ""))
    return float(value) if value.isdecimal() else None


def _failed(error: BaseException) -> StorageDriverError:
    """Return the error for a request that no answer came to, or that was never sent."""
    name = type(error).__name__
    told = f"{name}: {_in_a_line(str(error), '')}".rstrip(": ")
    if name in _NEVER_SENT:
        return StoragePermissionError(f"no credentials: {told}; see accountkey and credentials_*")
    if name == "AzureSigningError":
        return StoragePermissionError(f"accountkey cannot be used: {told}")
    if "Certificate" in str(error) or "SSL" in str(error):
        return StorageBackendError(f"the certificate is not trusted: {told}; see skipverify")
    return StorageUnavailableError(f"no answer: {told}")
