"""Copies that the service makes, awaited to their end; and moving, which is one and a delete."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Any

from azure.core import MatchConditions

from storagedriver.drivers.azure.client import Client
from storagedriver.drivers.azure.deleting import Deleting
from storagedriver.drivers.azure.parameters import MIB
from storagedriver.drivers.azure.reading import head, version_of
from storagedriver.drivers.azure.signing import Signer
from storagedriver.errors import (
    PathNotFoundError,
    PreconditionFailedError,
    StorageBackendError,
    StorageDriverError,
    StorageUnavailableError,
)

# Up to this size the service copies within the request, if the source's URL is signed.
_AT_ONCE = 256 * MIB
_SIGNED_FOR = timedelta(hours=1)
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 5.0
_DOING = "read and write blobs"


class Copies:
    """Copies of blobs within the container. One of them takes at most so many seconds."""

    def __init__(self, client: Client, signer: Signer, *, seconds: float) -> None:
        self._client = client
        self._signer = signer
        self._seconds = seconds
        self._deleting = Deleting(client)

    async def copy(self, source: str, destination: str, version: str, size: int) -> str:
        """Copy the version of a blob that is given, and return the version of the copy.

        Raises `PreconditionFailedError` or `PathNotFoundError` if the source is not that by now.
        """
        url = self._client.blob(source).url
        options: dict[str, Any] = {
            "source_etag": f'"{version}"',
            "source_match_condition": MatchConditions.IfNotModified,
        }
        if size <= _AT_ONCE and self._signer.can_sign:
            url = await self._signer.url(source, _SIGNED_FOR)
            options["requires_sync"] = True
        blob = self._client.blob(destination)

        async def start() -> dict[str, Any]:
            return await blob.start_copy_from_url(url, **options)

        answer = await self._client.call(_DOING, start)
        if answer["copy_status"] == "success":
            return version_of(answer["etag"])
        return await self._awaited(destination, str(answer["copy_id"]))

    async def _awaited(self, key: str, copy_id: str) -> str:
        """Wait until the service has made a copy.

        It is never aborted: that would leave an empty blob, where it may yet be made.
        """
        try:
            async with asyncio.timeout(self._seconds):
                return await self._polled(key, copy_id)
        except TimeoutError as error:
            raise StorageUnavailableError(
                f"the service has not made a copy within {self._seconds:g} s: see copyseconds"
            ) from error

    async def _polled(self, key: str, copy_id: str) -> str:
        wait = _FIRST_WAIT
        while True:
            told = await head(self._client, key)
            version = version_of(told.etag)
            # Another file may have been put there since, which is taken only once a copy is made.
            if told.copy.id != copy_id or told.copy.status == "success":
                return version
            if told.copy.status != "pending":
                with suppress(StorageDriverError):
                    await self._deleting.delete_one(key, version)
                raise StorageBackendError(
                    f"the service could not copy: {told.copy.status_description}"
                )
            await asyncio.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT)


class Moving:
    """Moves of blobs: a copy that the service says is made, and then the source removed."""

    def __init__(self, client: Client, copies: Copies) -> None:
        self._client = client
        self._copies = copies
        self._deleting = Deleting(client)

    async def move(self, source: str, destination: str) -> None:
        """Move a blob. Raises `PathNotFoundError` for a source that is missing."""
        while True:
            told = await head(self._client, source)
            held = version_of(told.etag)
            try:
                await self._copies.copy(source, destination, held, told.size)
                break
            except (PreconditionFailedError, PathNotFoundError):
                # Another blob was put at the source meanwhile, or none: look again.
                continue
        # Not what was put there since it was copied.
        with suppress(PreconditionFailedError, PathNotFoundError):
            await self._deleting.delete_one(source, held)
