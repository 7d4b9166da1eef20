"""What services answer, as errors: a table, since no server here can be brought to say it all."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from storagedriver.drivers.objectstore.service import UploadGoneError
from storagedriver.drivers.s3.failures import refused_keys, translated
from storagedriver.errors import (
    InvalidOffsetError,
    PathNotFoundError,
    PreconditionFailedError,
    StorageBackendError,
    StorageFullError,
    StoragePermissionError,
    StorageUnavailableError,
)


def answer(code: str, status: int, **headers: str) -> ClientError:
    about = {"HTTPStatusCode": status, "HTTPHeaders": headers}
    error = {"Code": code, "Message": "said so"}
    return ClientError({"Error": error, "ResponseMetadata": about}, "Operation")  # type: ignore[arg-type] # as it comes


@pytest.mark.parametrize(
    ("code", "status", "kind", "words"),
    [
        ("NoSuchKey", 404, PathNotFoundError, ""),
        ("404", 404, PathNotFoundError, ""),
        ("NoSuchBucket", 404, StorageBackendError, "no such bucket"),
        ("NoSuchSomethingElse", 404, StorageBackendError, "said so"),
        ("NoSuchUpload", 404, UploadGoneError, ""),
        ("AccessDenied", 403, StoragePermissionError, "s3:PutObject"),
        ("403", 403, StoragePermissionError, "s3:PutObject"),
        ("InvalidAccessKeyId", 403, StoragePermissionError, "accesskey"),
        ("SignatureDoesNotMatch", 403, StoragePermissionError, "secretkey"),
        ("ExpiredToken", 400, StoragePermissionError, "credentials"),
        ("RequestTimeTooSkewed", 403, StoragePermissionError, "clock"),
        ("PermanentRedirect", 301, StorageBackendError, "region"),
        ("AuthorizationHeaderMalformed", 400, StorageBackendError, "region"),
        ("PreconditionFailed", 412, PreconditionFailedError, ""),
        ("ConditionalRequestConflict", 409, StorageUnavailableError, ""),
        ("InvalidRange", 416, InvalidOffsetError, ""),
        ("SlowDown", 503, StorageUnavailableError, ""),
        ("TooManyRequests", 429, StorageUnavailableError, ""),
        ("InternalError", 500, StorageUnavailableError, ""),
        ("502", 502, StorageUnavailableError, ""),
        ("QuotaExceeded", 403, StorageFullError, "space"),
        ("507", 507, StorageFullError, "space"),
        ("Teapot", 418, StorageBackendError, "said so"),
    ],
)
def test_each_answer_has_its_error(code: str, status: int, kind: type, words: str) -> None:
    error = translated(answer(code, status), "s3:PutObject")

    assert kind is type(error)
    assert words in str(error)


def test_the_service_says_how_long_to_wait() -> None:
    error = translated(answer("SlowDown", 503, **{"retry-after": "7"}), "s3:PutObject")

    assert isinstance(error, StorageUnavailableError)
    assert 7 == error.retry_after


@pytest.mark.parametrize(("hours", "words"), [(2, "clock"), (-2, "clock"), (0, "s3:GetObject")])
def test_a_wrong_clock_is_seen_by_the_date_of_an_answer_without_a_body(
    hours: int, words: str
) -> None:
    there = format_datetime(datetime.now(UTC) + timedelta(hours=hours), usegmt=True)

    error = translated(answer("403", 403, date=there), "s3:GetObject")

    assert isinstance(error, StoragePermissionError)
    assert words in str(error)


def test_without_credentials_and_without_an_answer_it_is_told_so() -> None:
    assert isinstance(translated(NoCredentialsError(), "s3:GetObject"), StoragePermissionError)
    unreachable = EndpointConnectionError(endpoint_url="http://storage.example.com")
    assert isinstance(translated(unreachable, "s3:GetObject"), StorageUnavailableError)
    assert isinstance(translated(TimeoutError(), "s3:GetObject"), StorageUnavailableError)


def test_of_the_keys_that_stay_the_gravest_reason_is_told() -> None:
    later = {"Code": "SlowDown", "Key": "a", "Message": "later"}
    denied = {"Code": "AccessDenied", "Key": "b", "Message": "no"}

    assert isinstance(refused_keys([later], "s3:DeleteObject"), StorageUnavailableError)
    error = refused_keys([later, denied], "s3:DeleteObject")

    assert isinstance(error, StoragePermissionError)
    assert "2 keys" in str(error)
