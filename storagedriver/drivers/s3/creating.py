"""Creating a file where none is, on services that refuse that below a name that is a directory.

SeaweedFS 4.48 answers `If-None-Match: *` as if an object were there, if keys go on behind the name
with a slash, or did some time ago. Where a probe has found that, and no object is there, the
creators take turns by an object of their own. Among themselves one wins; a put without a condition,
at that very moment and at such a name, can be lost to them.
"""

from datetime import UTC, datetime, timedelta

from storagedriver.drivers.objectstore.drafts import token
from storagedriver.drivers.objectstore.service import Stored
from storagedriver.drivers.s3.service import S3Service
from storagedriver.errors import PathNotFoundError, PreconditionFailedError

FOLDER = "~/c/"
# Not every directory that is empty by now is listed.
_TRIES = 5
# A claim is held for the time of three requests. One that is older was left by a killed process.
_LEFT_BEHIND = timedelta(minutes=5)


class Creating:
    """Creates objects. `is_refused_beside` tells that the service refuses what it should not."""

    def __init__(self, service: S3Service, prefix: str, *, is_refused_beside: bool) -> None:
        self._service = service
        self._prefix = prefix
        self._is_refused_beside = is_refused_beside

    async def create(self, key: str, body: bytes) -> str:
        """Write an object where none is; return its version. Raises `PreconditionFailedError`."""
        for _ in range(_TRIES):
            try:
                return await self._service.put(key, body, if_none_match=True)
            except PreconditionFailedError:
                if not self._is_refused_beside or await self._is_there(key):
                    raise
            # Without a directory, what it was refused for is gone by now: it is tried again.
            if await self._is_directory(key):
                break
        return await self._create_in_turn(key, body)

    async def _create_in_turn(self, key: str, body: bytes) -> str:
        claim = f"{self._prefix}{FOLDER}{key.removeprefix(self._prefix)}/!"
        await self._drop_left_behind(claim)
        version = await self._service.put(claim, token().encode(), if_none_match=True)
        try:
            if await self._is_there(key):
                raise PreconditionFailedError
            return await self._service.put(key, body)
        finally:
            await self._service.delete_if(claim, version)

    async def _drop_left_behind(self, claim: str) -> None:
        try:
            held: Stored = await self._service.get(claim)
        except PathNotFoundError:
            return
        if datetime.now(UTC) - held.modified > _LEFT_BEHIND:
            await self._service.delete_if(claim, held.version)

    async def _is_directory(self, key: str) -> bool:
        """Tell whether the service has a directory of that name, be it an empty one."""
        page = await self._service.page(key, delimiter="/", most=2)
        return f"{key}/" in page.prefixes

    async def _is_there(self, key: str) -> bool:
        try:
            await self._service.head(key)
        except PathNotFoundError:
            return False
        return True
