"""Where unfinished writers are kept: an object for each path, replaced by compare-and-swap.

It lies below `~/w`, at the path and a name that no path can have and that sorts before all of them.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

from storagedriver.aio import closing
from storagedriver.drivers.objectstore.concurrency import together
from storagedriver.drivers.objectstore.drafts import Draft, Waste
from storagedriver.drivers.objectstore.listing import Space
from storagedriver.drivers.objectstore.service import (
    ObjectService,
    Part,
    Upload,
    UploadGoneError,
)
from storagedriver.errors import (
    PathNotFoundError,
    PreconditionFailedError,
    StorageFullError,
    StorageUnavailableError,
)
from storagedriver.paths import child_of
from storagedriver.records import UnfinishedInfo

FOLDER = "~/w/"
_STATE = "!"
# The generation of a draft has no colon.
_TAIL = "tail:"
_BATCH, _AT_ONCE = 1000, 16
ADDED: Final = len(FOLDER) + len("/!") + 16
"""How many bytes a key may have here, more than the path's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A draft as it is stored. `version` is the condition of the next change."""

    draft: Draft
    version: str
    modified: datetime


class SideState:
    """The drafts of all paths, and what they hold in the service."""

    def __init__(
        self,
        service: ObjectService,
        root: str,
        is_path: Callable[[str], bool],
    ) -> None:
        self.service = service
        self._root = root
        self._space = Space(
            service,
            root + FOLDER,
            is_file=lambda key: f"/{_STATE}" in key and is_path(key.rpartition(f"/{_STATE}")[0]),
            is_directory=is_path,
        )

    def target(self, path: str) -> str:
        """Return the key that a path's file has."""
        return self._root + path[1:]

    def upload(self, path: str, draft: Draft) -> Upload | None:
        """Return the upload of a draft, if it has one."""
        if draft.upload is None:
            return None
        return Upload(key=self.target(path), id=draft.upload, mark=draft.mark)

    async def read(self, path: str) -> Held | None:
        """Return the draft of a path, if there is one."""
        try:
            stored = await self.service.get(self._key(path))
        except PathNotFoundError:
            return None
        draft = Draft.parse(stored.content)
        return Held(draft=draft, version=stored.version, modified=stored.modified)

    async def replace(self, path: str, draft: Draft, version: str | None) -> str:
        """Store a draft in place of the one of that version, or of none; return its version.

        Raises `PreconditionFailedError`.
        """
        key, document = self._key(path), draft.document()
        if not self.service.has_conditional_put:
            await self._check(path, version)
            return await self.service.put(key, document)
        if version is None:
            return await self.service.put(key, document, if_none_match=True)
        return await self.service.put(key, document, if_match=version)

    async def parts(self, path: str, draft: Draft) -> Sequence[Part] | None:
        """Return what the service has of a draft's upload; None if the upload is gone."""
        upload = self.upload(path, draft)
        try:
            return [] if upload is None else await self.service.parts(upload)
        except UploadGoneError:
            return None

    async def read_tail(self, path: str, draft: Draft) -> bytes:
        """Return the tail of a draft, nothing if there is none or it is gone."""
        try:
            if draft.tail is not None:
                return (await self.service.get(self._key(path, draft.tail.name))).content
        except PathNotFoundError:
            pass
        return b""

    async def write_tail(self, path: str, name: str, content: bytes) -> None:
        """Store the tail of a draft."""
        await self.service.put(self._key(path, name), content)

    async def drop_waste(self, path: str, waste: Sequence[Waste]) -> None:
        """Drop what a draft or an earlier one holds in the service."""
        tails = [self._key(path, one.id) for one in waste if one.kind == "tail"]
        if tails:
            await self.service.delete(tails)
        for one in waste:
            if one.kind == "upload":
                await self.service.abort_upload(self.target(path), one.id)

    async def drop(self, path: str, held: Held) -> None:
        """Drop a draft with all that it holds. Raises `PreconditionFailedError` if it changed.

        It is first made an empty one that knows what to drop, so that nobody resumes what is about
        to go, and nothing is forgotten half-way.
        """
        # Asked for before the draft is replaced: nobody else's is among them if that succeeds.
        tails = await self._tails(path)
        dropped = held.draft.replaced(held.draft.part_size)
        waste = (*dropped.waste, *(Waste("tail", tail) for tail in tails))
        dropped = replace(dropped, waste=tuple(dict.fromkeys(waste)))
        version = held.version
        if dropped.waste or dropped.is_starting:
            try:
                version = await self.replace(path, dropped, version)
            except (StorageFullError, StorageUnavailableError):
                # A full service takes nothing, so nobody can resume it, and what goes makes room.
                await self._check(path, version)
            if dropped.is_starting:
                await self.service.abort_all(self.target(path))
            await self.drop_waste(path, dropped.waste)
        await self.remove(path, version)

    async def drop_any(self, path: str) -> None:
        """Drop whatever draft a path has."""
        while (held := await self.read(path)) is not None:
            with suppress(PreconditionFailedError):
                await self.drop(path, held)

    async def drop_below(self, path: str) -> None:
        """Drop the drafts at and below a path."""
        paths = self.paths(path)
        batch: list[str] = []
        async with closing(paths):
            async for one in paths:
                batch.append(one)
                if len(batch) == _BATCH:
                    await self._drop_all(batch)
                    batch.clear()
        await self._drop_all(batch)

    async def _drop_all(self, paths: list[str]) -> None:
        await together([partial(self.drop_any, path) for path in paths], most=_AT_ONCE)

    async def discard(self, path: str, generation: str) -> None:
        """Drop the draft of a path, if it is still of that generation."""
        held = await self.read(path)
        if generation.startswith(_TAIL):
            # A draft that is there may be about to name it, and takes it along when it is dropped.
            if held is None:
                await self.drop_waste(path, [Waste("tail", generation.removeprefix(_TAIL))])
        elif held is not None and held.draft.generation == generation:
            with suppress(PreconditionFailedError):
                await self.drop(path, held)

    async def remove(self, path: str, version: str) -> None:
        """Remove a draft that holds nothing. Raises `PreconditionFailedError` if it changed."""
        if self.service.has_conditional_delete:
            await self.service.delete_if(self._key(path), version)
        else:
            await self._check(path, version)
            await self.service.delete([self._key(path)])

    async def paths(self, path: str) -> AsyncIterator[str]:
        """Give the paths of the drafts at and below a path, in order."""
        files = self._space.files(path)
        async with closing(files):
            async for found in files:
                at, _, tail = found.key.rpartition(f"/{_STATE}")
                if not tail:
                    yield at

    async def unfinished(self, path: str) -> AsyncIterator[UnfinishedInfo]:
        """Give the records of the drafts at and below a path, in order.

        And those of tails that no draft is beside: of them nothing can be resumed.
        """
        draft: str | None = None
        files = self._space.files(path)
        async with closing(files):
            async for found in files:
                at, _, tail = found.key.rpartition(f"/{_STATE}")
                if not tail:
                    draft = at
                    held = await self.read(at)
                    if held is not None:
                        yield await self._info(at, held)
                elif at != draft:
                    name = f"{_TAIL}{tail}"
                    yield UnfinishedInfo(path=at, size=0, modified=found.modified, id=name)

    async def _tails(self, path: str) -> list[str]:
        """Return the names of all tails that are beside the draft of a path."""
        draft = self._key(path)
        more: str | None = None
        names: list[str] = []
        while True:
            page = await self.service.page(draft, more=more)
            names += [found.key.removeprefix(draft) for found in page.objects]
            if page.more is None:
                return [name for name in names if name]
            more = page.more

    async def _info(self, path: str, held: Held) -> UnfinishedInfo:
        kept = held.draft.kept(await self.parts(path, held.draft) or ())
        tail = held.draft.tail_behind(kept)
        size = sum(part.size for part in kept) + (0 if tail is None else tail.size)
        generation = held.draft.generation
        return UnfinishedInfo(path=path, size=size, modified=held.modified, id=generation)

    async def _check(self, path: str, version: str | None) -> None:
        """Look, where the service checks no conditions: of two at once, both may then win."""
        held = await self.read(path)
        if (None if held is None else held.version) != version:
            raise PreconditionFailedError(path=path)

    def _key(self, path: str, tail: str = "") -> str:
        return self._space.key(child_of(path, _STATE + tail))
