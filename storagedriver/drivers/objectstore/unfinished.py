"""What is unfinished in a store: writers, and uploads that no writer knows of.

A process that is killed at a bad moment leaves such an upload: in the copy of a large file, where
that is one, or when a writer had just lost its path. No listing of files shows it, and it takes the
room of its parts. Another process may still be copying in one of them: if it is dropped, that copy
begins anew, and nothing is lost.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial

from storagedriver.aio import closing
from storagedriver.drivers.objectstore.concurrency import together
from storagedriver.drivers.objectstore.service import ObjectService, Pending
from storagedriver.drivers.objectstore.sidestate import SideState
from storagedriver.errors import StorageBackendError
from storagedriver.paths import ROOT, is_below, order_key
from storagedriver.records import UnfinishedInfo

_AT_ONCE = 16
# The generation of a writer has no colon.
_STRAY = "upload:"


class Unfinished:
    """The unfinished writers of a store, and its stray uploads, which no writer has."""

    def __init__(
        self, service: ObjectService, state: SideState, is_path: Callable[[str], bool]
    ) -> None:
        self._service = service
        self._state = state
        self._is_path = is_path

    async def below(self, path: str) -> AsyncIterator[UnfinishedInfo]:
        """Give the records of what is at and below a path, in order.

        Nothing of a stray upload can be resumed: its size is 0.
        """
        # Before the writers: an upload that one of them has begun is in its draft by then.
        strays = await self._strays(path)
        writers = self._state.unfinished(path)
        async with closing(writers):
            async for writer in writers:
                while strays and order_key(strays[0].path) < order_key(writer.path):
                    yield strays.pop(0)
                yield writer
        for stray in strays:
            yield stray

    async def discard(self, unfinished: UnfinishedInfo) -> None:
        """Drop what a record tells of, if it is still the same."""
        if not unfinished.id.startswith(_STRAY):
            await self._state.discard(unfinished.path, unfinished.id)
            return
        upload = unfinished.id.removeprefix(_STRAY)
        if await self._is_stray(unfinished.path, upload):
            await self._service.abort_upload(self._state.target(unfinished.path), upload)

    async def _strays(self, path: str) -> list[UnfinishedInfo]:
        """Return the records of stray uploads at and below a path, in order."""
        found = [(self._path(one.key), one) for one in await self._pending(path)]
        ours = [(at, one) for at, one in found if self._is_path(at) and _is_in(at, path)]
        calls = [partial(self._is_stray, at, one.id) for at, one in ours]
        verdicts = await together(calls, most=_AT_ONCE)
        strays = [
            UnfinishedInfo(path=at, size=0, modified=one.begun, id=f"{_STRAY}{one.id}")
            for (at, one), is_stray in zip(ours, verdicts, strict=True)
            if is_stray
        ]
        return sorted(strays, key=lambda stray: (order_key(stray.path), stray.modified, stray.id))

    async def _pending(self, path: str) -> Sequence[Pending]:
        try:
            return await self._service.pending(self._state.target(path))
        except StorageBackendError as error:
            # Some services have no such listing. What else is wrong, the next request tells.
            if type(error) is StorageBackendError:
                return []
            raise

    async def _is_stray(self, path: str, upload: str) -> bool:
        """Tell whether an upload is no writer's. While a writer begins one, it may be any."""
        held = await self._state.read(path)
        if held is None:
            return True
        held_ids = {one.id for one in held.draft.holdings() if one.kind == "upload"}
        return not held.draft.is_starting and upload not in held_ids

    def _path(self, key: str) -> str:
        return "/" + key.removeprefix(self._state.target(ROOT))


def _is_in(path: str, top: str) -> bool:
    return path == top or is_below(path, top)
