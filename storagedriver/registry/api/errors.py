"""Errors as answers: the status, the headers and the body that a client gets for each."""

import json
import math
from typing import NamedTuple

from storagedriver.errors import StorageFullError, StorageUnavailableError
from storagedriver.registry.proxy.errors import UpstreamError, UpstreamUnavailableError
from storagedriver.registry.store.errors import (
    BlobTooLargeError,
    BlobUnknownError,
    CatalogTooLargeError,
    ManifestBlobUnknownError,
    ManifestDeniedError,
    ManifestTooLargeError,
    ManifestUnknownError,
    NameUnknownError,
    RangeInvalidError,
    StoreError,
    TagChangedError,
    UploadUnknownError,
)

Headers = list[tuple[bytes, bytes]]

JSON = (b"content-type", b"application/json")

_RETRY_AFTER = 5.0

# All others are 400.
_STATUSES: dict[type, int] = {
    BlobTooLargeError: 413,
    BlobUnknownError: 404,
    CatalogTooLargeError: 404,  # for anything but 200, podman reads the catalog by itself
    ManifestBlobUnknownError: 404,
    ManifestDeniedError: 403,
    ManifestTooLargeError: 413,
    ManifestUnknownError: 404,
    NameUnknownError: 404,
    RangeInvalidError: 416,
    TagChangedError: 412,
    UploadUnknownError: 404,
    UpstreamError: 502,
    UpstreamUnavailableError: 503,
}


class ParameterInvalidError(StoreError):
    """A parameter of the query cannot be read. The spec has no code of its own for that."""


class Failure(NamedTuple):
    """What a client is answered."""

    status: int
    headers: Headers
    content: bytes


def failure(error: Exception) -> Failure:
    """Return the answer to an error of the store, of the storage, or of our own making.

    Only what a store's error says of itself is shown: the text of any other may name paths.
    """
    if isinstance(error, StoreError):
        kinds = type(error).__mro__
        status = next((_STATUSES[kind] for kind in kinds if kind in _STATUSES), 400)
        answer = refusal(status, error.code, error.message, error.detail)
        if isinstance(error, UpstreamUnavailableError):
            answer.headers.append(_retry_after(error.retry_after))
        return answer
    if isinstance(error, StorageUnavailableError):
        answer = refusal(503, "UNAVAILABLE", "the storage cannot answer for now")
        answer.headers.append(_retry_after(error.retry_after))
        return answer
    if isinstance(error, StorageFullError):
        return refusal(507, "UNKNOWN", "the storage has no space left")
    return refusal(500, "UNKNOWN", "the registry failed; its log has the reason")


def _retry_after(seconds: float | None) -> tuple[bytes, bytes]:
    """Return the header that says when to come back: not at once, whatever was asked for."""
    wait = math.ceil(max(_RETRY_AFTER if seconds is None else seconds, 1))
    return b"retry-after", str(wait).encode()


def refusal(status: int, code: str, message: str, detail: object = None) -> Failure:
    """Return an answer with the spec's body for errors."""
    entry = {"code": code, "message": message, "detail": detail}
    return Failure(status, [JSON], json.dumps({"errors": [entry]}, default=str).encode())
