"""Deleting blobs: 256 with each request, where service and credentials allow that."""

from functools import partial
from typing import Any

from storagedriver.drivers.azure.client import Client
from storagedriver.drivers.azure.failures import refused_part
from storagedriver.drivers.azure.reading import if_version
from storagedriver.drivers.objectstore.calls import Look
from storagedriver.drivers.objectstore.concurrency import together
from storagedriver.errors import (
    PathNotFoundError,
    StorageBackendError,
    StorageDriverError,
    StorageUnavailableError,
)

_BATCH = 256
_BATCHES_AT_ONCE = 4
_SINGLE_AT_ONCE = 16
_DOING = "delete blobs"
_REFUSED = 300


class Deleting:
    """Deletes the blobs of a container, with their snapshots."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._has_batches = True

    async def delete(self, keys: list[str]) -> None:
        """Delete blobs; those that are missing are no error. Fails if one stays."""
        if len(keys) == 1:
            await self._delete_any(keys[0])
            return
        starts = range(0, len(keys), _BATCH)
        batches = [keys[start : start + _BATCH] for start in starts]
        await together([partial(self._batch, batch) for batch in batches], most=_BATCHES_AT_ONCE)

    async def delete_one(
        self, key: str, version: str | None = None, look: Look[bool] | None = None
    ) -> None:
        """Delete a blob, if it has that version. Raises `PathNotFoundError`."""
        conditions = {} if version is None else if_version(version)

        async def send() -> bool:
            await self._client.blob(key).delete_blob(delete_snapshots="include", **conditions)
            return True

        await self._client.call(_DOING, send, look=look)

    async def _delete_any(self, key: str) -> None:
        try:
            await self.delete_one(key)
        except PathNotFoundError:
            return

    async def _batch(self, keys: list[str]) -> None:
        if self._has_batches:
            try:
                refused = await self._client.call(_DOING, partial(self._send_batch, keys))
            except StorageUnavailableError:
                raise
            except StorageBackendError:
                # A signature for a container may not do it; a single one then tells what is wrong.
                self._has_batches = False
            else:
                if refused is not None:
                    raise refused
                return
        await together([partial(self._delete_any, key) for key in keys], most=_SINGLE_AT_ONCE)

    async def _send_batch(self, keys: list[str]) -> StorageDriverError | None:
        """Delete blobs; return the error of one that stays. Raises what may be tried again."""
        answers: Any = await self._client.raw.delete_blobs(
            *keys, delete_snapshots="include", raise_on_any_failure=False
        )
        told = [
            (answer.status_code, str(answer.headers.get("x-ms-error-code", "")))
            async for answer in answers
        ]
        if len(told) != len(keys):
            raise StorageUnavailableError(f"of {len(keys)} answers there are {len(told)}")
        refused = [one for one in told if one[0] >= _REFUSED and one[1] != "BlobNotFound"]
        if not refused:
            return None
        errors = [refused_part(status, code, len(refused)) for status, code in refused]
        final = [error for error in errors if not isinstance(error, StorageUnavailableError)]
        if not final:
            raise errors[0]
        return final[0]
