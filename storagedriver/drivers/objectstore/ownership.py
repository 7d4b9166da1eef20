"""Who owns a path's unfinished writer: the one whose generation stands in its draft."""

from dataclasses import replace
from typing import NamedTuple, Self

from storagedriver.drivers.objectstore.drafts import Draft
from storagedriver.drivers.objectstore.service import Part, Upload
from storagedriver.drivers.objectstore.sidestate import Held, SideState
from storagedriver.errors import (
    PathNotFoundError,
    PreconditionFailedError,
    StorageBackendError,
    WriterLostError,
)


class Resumed(NamedTuple):
    """What an earlier writer kept: its parts in order, and the bytes behind them."""

    parts: list[Part]
    tail: bytes


class Ownership:
    """One writer's hold on a path, and its draft."""

    def __init__(self, state: SideState, path: str, draft: Draft, version: str) -> None:
        self.state = state
        self.path = path
        self.draft = draft
        self._version = version

    @property
    def upload(self) -> Upload:
        """The draft's upload, once it was begun."""
        upload = self.state.upload(self.path, self.draft)
        if upload is None:
            raise StorageBackendError("no upload was begun", path=self.path)
        return upload

    @classmethod
    async def taken(cls, state: SideState, path: str, part_size: int) -> Self:
        """Take a path over, and drop what an earlier writer left."""
        # There rarely is one: it is asked for only if the first draft is refused.
        held: Held | None = None
        while True:
            draft = Draft.new(part_size) if held is None else held.draft.replaced(part_size)
            try:
                owner = await cls._stored(state, path, draft, held)
            except PreconditionFailedError:
                held = await state.read(path)
                continue
            await owner.tidy()
            return owner

    @classmethod
    async def resumed(cls, state: SideState, path: str) -> tuple[Self, Resumed]:
        """Take a path over with what an earlier writer left. Raises `PathNotFoundError`."""
        while True:
            held = await state.read(path)
            if held is None:
                raise PathNotFoundError("there is no unfinished writer", path=path)
            parts = await state.parts(path, held.draft)
            if parts is None:
                draft, kept = held.draft.replaced(held.draft.part_size), []
            else:
                draft = held.draft.taken_over(parts, state.service.max_parts)
                kept = draft.kept(parts)
            try:
                owner = await cls._stored(state, path, draft, held)
            except PreconditionFailedError:
                continue
            if draft.upload is None:
                await owner.tidy()
            return owner, Resumed(kept, await state.read_tail(path, draft))

    @classmethod
    async def _stored(cls, state: SideState, path: str, draft: Draft, former: Held | None) -> Self:
        version = await state.replace(path, draft, None if former is None else former.version)
        return cls(state, path, draft, version)

    async def check(self) -> None:
        """Raise `WriterLostError` if another writer owns the path, or all was dropped."""
        held = await self.state.read(self.path)
        if held is None or held.draft.generation != self.draft.generation:
            raise WriterLostError(path=self.path)
        # A change whose answer was cut off by a cancellation may have been made.
        self.draft, self._version = held.draft, held.version

    async def change(self, draft: Draft) -> None:
        """Replace the draft. Raises `WriterLostError`."""
        try:
            version = await self.state.replace(self.path, draft, self._version)
        except PreconditionFailedError:
            await self.check()
            version = await self._again(draft)
        self.draft, self._version = draft, version

    async def _again(self, draft: Draft) -> str:
        try:
            return await self.state.replace(self.path, draft, self._version)
        except PreconditionFailedError as error:
            raise WriterLostError(path=self.path) from error

    async def begin_upload(self, following: int) -> None:
        """Begin the draft's upload, unless it has one. Raises `WriterLostError`."""
        if self.draft.upload is not None:
            return
        await self.change(replace(self.draft, is_starting=True))
        service = self.state.service
        upload = await service.start_upload(self.state.target(self.path), self.draft.mark)
        draft = replace(self.draft, upload=upload.id, is_starting=False, following=following)
        try:
            await self.change(draft)
        except WriterLostError:
            await service.abort_upload(upload.key, upload.id)
            raise

    async def forget(self) -> None:
        """Remove the draft, once all that it held was published, with the rest of it."""
        waste = [one for one in self.draft.holdings() if one.id != self.draft.upload]
        await self.state.drop_waste(self.path, waste)
        await self.state.remove(self.path, self._version)

    async def drop(self) -> None:
        """Drop all that the draft holds, unless the path is another writer's by now."""
        while True:
            held = await self.state.read(self.path)
            if held is None or held.draft.generation != self.draft.generation:
                return
            try:
                await self.state.drop(self.path, held)
            except PreconditionFailedError:
                continue
            return

    async def tidy(self) -> None:
        """Drop what an earlier writer held, while this one has begun nothing."""
        if self.draft.is_starting:
            await self.state.service.abort_all(self.state.target(self.path))
        await self.state.drop_waste(self.path, self.draft.waste)
