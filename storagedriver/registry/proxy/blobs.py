"""Blobs of a mirror: those that are not kept are fetched."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing, asynccontextmanager

from storagedriver.protocol import Reader, StorageDriver
from storagedriver.records import FileInfo
from storagedriver.registry.proxy.fetching import Fetch, Fetches
from storagedriver.registry.proxy.relay import Place
from storagedriver.registry.proxy.upstream import Upstream
from storagedriver.registry.proxy.uses import Uses
from storagedriver.registry.store import layout
from storagedriver.registry.store.blobs import MEDIA_TYPE, Blobs
from storagedriver.registry.store.digests import Digest
from storagedriver.registry.store.errors import BlobUnknownError
from storagedriver.registry.store.names import check_repository
from storagedriver.registry.store.records import Blob

SMALL = 2**20
"""A blob of up to so many bytes is stored before the first of them is given."""


class MirroredBlobs(Blobs):
    """The blobs of the mirrored registry. `find` and all that writes know only what is kept.

    Beside what `Blobs` raises, it is what `Upstream` does.
    """

    def __init__(
        self, driver: StorageDriver, upstream: Upstream, fetches: Fetches, uses: Uses
    ) -> None:
        super().__init__(driver)
        self._upstream = upstream
        self._fetches = fetches
        self._uses = uses

    async def stat(self, name: str, digest: Digest) -> Blob:
        """Describe a blob; one that is not kept is asked for, and not fetched."""
        kept = await self.find(name, digest)
        if kept is not None:
            return kept
        size = await self._upstream.blob_size(name, digest)
        return Blob(digest=digest, size=size, media_type=MEDIA_TYPE, target=None)

    @asynccontextmanager
    async def reader(
        self,
        name: str,
        digest: Digest,
        *,
        offset: int = 0,
        length: int | None = None,
        found: Blob | None = None,
    ) -> AsyncIterator[Reader]:
        """Open a blob. One that is not kept is read while it is fetched, if all of it is wanted.

        A part of it is read when it was fetched, and so is a small one. Who reads along gets the
        last piece when the whole was verified and stored, and an error in its place otherwise.
        """
        check_repository(name)
        async with AsyncExitStack() as stack:
            kept = super().reader(name, digest, offset=offset, length=length, found=found)
            try:
                reader = await stack.enter_async_context(kept)
            except BlobUnknownError:
                is_whole = offset == 0 and length is None
                fetch = self._fetches.join(name, digest)
                place = stack.enter_context(fetch.relay.reading())
                size = await fetch.size() if is_whole else None
                if size is not None and size > SMALL:
                    yield _Following(fetch, place, digest, size, self._rest(name, digest))
                    return
                fetch.relay.leave(place)
                await fetch.stored()
                kept = super().reader(name, digest, offset=offset, length=length)
                reader = await stack.enter_async_context(kept)
            yield reader

    async def readers(
        self, name: str, found: Blob, parts: Iterable[tuple[int, int]]
    ) -> AsyncGenerator[Reader, None]:
        """Open parts of a blob, when all of it was fetched."""
        if found.target is None:
            await self._fetches.join(name, found.digest).stored()
        async with aclosing(super().readers(name, found, parts)) as readers:
            async for reader in readers:
                yield reader

    async def _target(self, name: str, digest: Digest) -> Digest | None:
        """Follow the repository's link, as all that reads does, and take note of that."""
        self._uses.spare([digest])
        target = await super()._target(name, digest)
        if target is not None:
            await self._uses.note(layout.layer(name, digest))
        return target

    def _rest(
        self, name: str, digest: Digest
    ) -> Callable[[int], AbstractAsyncContextManager[Reader]]:
        return lambda offset: super(MirroredBlobs, self).reader(name, digest, offset=offset)


class _Following:
    """Reads along with a fetch, and then the rest from storage."""

    def __init__(
        self,
        fetch: Fetch,
        place: Place,
        digest: Digest,
        size: int,
        rest: Callable[[int], AbstractAsyncContextManager[Reader]],
    ) -> None:
        self.info = FileInfo(path=layout.blob(digest), size=size)
        self._fetch = fetch
        self._place = place
        self._rest = rest

    async def __aiter__(self) -> AsyncIterator[bytes]:
        relay, place = self._fetch.relay, self._place
        while (piece := await relay.piece(place)) is not None:
            if place.at + len(piece) >= self.info.size:
                break
            yield piece
            place.at += len(piece)
        offset = relay.leave(place)
        await self._fetch.stored()
        async with self._rest(offset) as reader:
            async for chunk in reader:
                yield chunk
