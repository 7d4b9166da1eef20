"""What Azurite never answers: copies that take long, batches that are refused, and other errors.

And what a killed process leaves: uploads that no writer knows of.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseTimeoutError,
)

from storagedriver.drivers.azure.client import Client
from storagedriver.drivers.azure.copying import Copies
from storagedriver.drivers.azure.deleting import Deleting
from storagedriver.drivers.azure.failures import translated
from storagedriver.drivers.azure.uploads import block_name, number_of
from storagedriver.drivers.objectstore.calls import Calls
from storagedriver.drivers.objectstore.service import UploadGoneError
from storagedriver.errors import (
    InvalidOffsetError,
    PathNotFoundError,
    PreconditionFailedError,
    StorageBackendError,
    StorageDriverError,
    StorageFullError,
    StoragePermissionError,
    StorageUnavailableError,
)
from storagedriver.retry import Retries, RetryPolicy
from tests.drivers.azure.conftest import Container, Open


def refusal(status: int, code: str = "", **headers: str) -> HttpResponseError:
    response: Any = SimpleNamespace(
        status_code=status, headers=headers, reason="refused", content_type="", text=lambda: ""
    )
    error = HttpResponseError(message=f"it is {code}\nTime:now", response=response)
    error.error_code = code  # type: ignore[attr-defined]  # the library sets it so
    return error


@pytest.mark.parametrize(
    ("status", "code", "kind", "words"),
    [
        (404, "BlobNotFound", PathNotFoundError, ""),
        (404, "", PathNotFoundError, ""),
        (404, "ContainerNotFound", StorageBackendError, "no such container"),
        (404, "ResourceNotFound", StorageBackendError, "no such container"),
        (404, "SomethingElseNotFound", StorageBackendError, "SomethingElseNotFound"),
        (404, "CannotVerifyCopySource", PreconditionFailedError, ""),
        (403, "CannotVerifyCopySource", StoragePermissionError, "Storage Blob Data Contributor"),
        (403, "AuthenticationFailed", StoragePermissionError, "accountkey.*clock"),
        (403, "AuthorizationFailure", StoragePermissionError, "clock.*firewall"),
        (403, "AuthorizationPermissionMismatch", StoragePermissionError, "read blobs.*role"),
        (403, "", StoragePermissionError, "read blobs"),
        (401, "", StoragePermissionError, "accountkey"),
        (409, "BlobAlreadyExists", PreconditionFailedError, ""),
        (412, "ConditionNotMet", PreconditionFailedError, ""),
        (412, "", PreconditionFailedError, ""),
        (412, "LeaseIdMissing", StorageBackendError, "lease"),
        (409, "ContainerBeingDeleted", StorageBackendError, "being deleted"),
        (400, "InvalidBlockList", UploadGoneError, "gone"),
        (400, "InvalidHeaderValue", StorageBackendError, "InvalidHeaderValue"),
        (416, "InvalidRange", InvalidOffsetError, ""),
        (503, "ServerBusy", StorageUnavailableError, "ServerBusy"),
        (500, "OperationTimedOut", StorageUnavailableError, "OperationTimedOut"),
        (429, "", StorageUnavailableError, "for now"),
        (507, "", StorageFullError, "no space"),
    ],
)
def test_a_refusal_is_the_contracts_error(
    status: int, code: str, kind: type[StorageDriverError], words: str
) -> None:
    error = translated(refusal(status, code), "read blobs")

    assert kind is type(error)
    assert "\n" not in str(error)
    assert re.search(words, str(error))


@pytest.mark.parametrize(("asked", "seconds"), [("7", 7.0), ("Wed, 21 Oct 2026", None), ("", None)])
def test_the_time_that_a_busy_service_asks_for_is_kept(asked: str, seconds: float | None) -> None:
    error = translated(refusal(503, "ServerBusy", **{"retry-after": asked}), "read blobs")

    assert isinstance(error, StorageUnavailableError)
    assert seconds == error.retry_after


@pytest.mark.parametrize(
    ("raised", "kind", "words"),
    [
        (ServiceRequestError("no route"), StorageUnavailableError, "no answer"),
        (ServiceResponseTimeoutError("late"), StorageUnavailableError, "no answer"),
        (ConnectionResetError("reset"), StorageUnavailableError, "no answer"),
        (TimeoutError(), StorageUnavailableError, "no answer"),
        (ClientAuthenticationError("none found"), StoragePermissionError, "no credentials"),
        (ServiceRequestError("CertificateError"), StorageBackendError, "skipverify"),
    ],
)
def test_what_is_never_answered_is_the_contracts_error(
    raised: Exception, kind: type[StorageDriverError], words: str
) -> None:
    error = translated(raised, "read blobs")

    assert kind is type(error)
    assert words in str(error)


def test_blocks_have_names_of_one_length_that_tell_upload_and_number() -> None:
    names = [block_name("mark", number) for number in (1, 999, 50_000)]

    assert 1 == len({len(name) for name in names})
    assert [1, 999, 50_000] == [number_of("mark", name) for name in names]
    assert [None, None] == [number_of("other", names[0]), number_of("mark", "mark-x")]


@dataclass
class Blob:
    """A blob to which a copy is made that takes as many looks as there are states."""

    url: str
    states: list[str]
    deleted: int = 0

    async def start_copy_from_url(self, url: str, **_: object) -> dict[str, str]:
        return {"copy_status": "pending", "copy_id": "copy", "etag": '"early"'}

    async def get_blob_properties(self) -> Any:  # noqa: ANN401 the library's
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        copy = SimpleNamespace(id="copy", status=state, status_description="no reason")
        return SimpleNamespace(etag='"late"', copy=copy)

    async def delete_blob(self, **_: object) -> None:
        self.deleted += 1
        if self.states == ["missing"]:
            raise refusal(404, "BlobNotFound")


@dataclass
class Raw:
    """A container of one blob, which refuses batches."""

    blob: Blob
    batches: int = 0

    def get_blob_client(self, _: str) -> Blob:
        return self.blob

    async def delete_blobs(self, *_: str, **__: object) -> AsyncIterator[object]:
        self.batches += 1
        raise refusal(403, "AuthorizationPermissionMismatch")


def client(raw: Raw) -> Client:
    retries = Retries(RetryPolicy(attempts=1))
    blob_client: Any = raw
    return Client(blob_client, Calls(retries, most=4, pool_timeout=60), read_timeout=60)


def copies(blob: Blob, *, seconds: float = 600) -> Copies:
    signer: Any = SimpleNamespace(can_sign=False)
    return Copies(client(Raw(blob)), signer, seconds=seconds)


async def test_a_copy_is_awaited_to_its_end() -> None:
    blob = Blob("url", ["pending", "pending", "success"])

    assert "late" == await copies(blob).copy("source", "destination", "version", 1)


async def test_a_copy_that_fails_is_told_and_its_empty_blob_removed() -> None:
    blob = Blob("url", ["pending", "failed"])

    with pytest.raises(StorageBackendError, match="no reason"):
        await copies(blob).copy("source", "destination", "version", 1)
    assert 1 == blob.deleted


async def test_a_copy_that_takes_too_long_is_given_up_and_left_to_the_service() -> None:
    blob = Blob("url", ["pending"])

    with pytest.raises(StorageUnavailableError, match="copyseconds"):
        await copies(blob, seconds=0.01).copy("source", "destination", "version", 1)
    assert 0 == blob.deleted


async def test_where_batches_are_refused_blobs_are_deleted_one_by_one() -> None:
    raw = Raw(Blob("url", ["there"]))
    deleting = Deleting(client(raw))

    await deleting.delete(["a", "b", "c"])
    await deleting.delete(["d", "e"])

    assert (1, 5) == (raw.batches, raw.blob.deleted)


async def test_blobs_that_are_missing_are_no_error_to_delete() -> None:
    await Deleting(client(Raw(Blob("url", ["missing"])))).delete(["a", "b"])


async def test_what_the_library_says_of_a_missing_blob_is_a_path_that_is_not_found() -> None:
    async def send() -> None:
        raise ResourceNotFoundError("gone", response=refusal(404).response)

    with pytest.raises(PathNotFoundError):
        await client(Raw(Blob("url", []))).call("read blobs", send)


@pytest.mark.timeout(600)  # the first test of a machine installs Azurite
async def test_uploads_that_no_writer_has_are_found_and_dropped(
    opened: Open, container: Container
) -> None:
    blocks = container.client.get_blob_client(f"{container.root}/~/u/d/f/stray")
    with blocks:
        blocks.stage_block("left", b"by a writer that had lost its path")
    container.put("~/u/d/f/whole", b"by a process that was killed when it was copied")
    container.put("d/f", b"content")
    async with opened(chunksize=1 << 16) as driver:
        async with await driver.writer("/d/f") as writer:
            await writer.write(bytes(1 << 17))

        found = [info async for info in driver.unfinished("/d")]
        assert [("/d/f", 0), ("/d/f", 0), ("/d/f", 1 << 17)] == sorted(
            (info.path, info.size) for info in found
        )
        assert [] == [info async for info in driver.unfinished("/d/g")]
        for info in found:
            await driver.discard(info)

        assert [] == [info async for info in driver.unfinished()]
        assert b"content" == await driver.get_content("/d/f")
    assert (["d/f"], []) == (container.keys(), container.uncommitted())
