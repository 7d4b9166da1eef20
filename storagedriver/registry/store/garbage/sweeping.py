"""Sweeping: what does not live is removed."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing

from storagedriver.errors import (
    CorruptContentError,
    PathNotFoundError,
    StorageDriverError,
    StorageUnavailableError,
)
from storagedriver.paths import parent_of
from storagedriver.protocol import StorageDriver
from storagedriver.records import FileInfo
from storagedriver.registry.store import layout
from storagedriver.registry.store.concurrency import for_each
from storagedriver.registry.store.digests import CANONICAL, Digest
from storagedriver.registry.store.garbage.digestset import DigestSet
from storagedriver.registry.store.garbage.events import Kind, Looked, Problem, Removed
from storagedriver.registry.store.garbage.marking import LINK, Marks
from storagedriver.registry.store.garbage.places import (
    batches,
    digest_in,
    digest_of_blob,
    folders,
    target_of,
)

_DIGITS = 4

Found = Removed | Problem | None


class Sweeper:
    """Removes what the marks leave out. With `is_dry` it only tells what that is.

    `is_spared` tells what stays all the same. What cannot be removed is told of and left, and the
    rest goes on. Raises `StorageUnavailableError`.
    """

    def __init__(
        self,
        driver: StorageDriver,
        marks: Marks,
        *,
        is_dry: bool,
        is_spared: Callable[[Digest], bool],
    ) -> None:
        self._driver = driver
        self._marks = marks
        self._is_dry = is_dry
        self._is_spared = is_spared
        self.young = 0

    async def manifests(self, name: str) -> AsyncGenerator[Removed | Problem, None]:
        """Remove a repository's untagged manifests, and links to what goes or is gone.

        These are the links that its tags keep of what they named, and those to referrers.
        """
        untagged = self._marks.untagged.get(name, DigestSet())

        async def sweep(info: FileInfo) -> Found:
            digest = digest_in(info.path)
            if digest is None or self._is_spared(digest):
                return None  # what a tag names now, for one: that goes when its client says so
            if info.path == layout.revision(name, digest):
                if digest not in untagged or self._marks.is_young(info):
                    return None
                # With its folder go the signatures that registries before 2.5 kept there.
                return await self._remove(Kind.MANIFEST, parent_of(info.path), digest, name=name)
            if digest in untagged or await self._leads_nowhere(info.path, digest):
                return await self._remove(Kind.LINK, info.path, digest, name=name)
            return None

        async with aclosing(self._links(layout.manifests(name), sweep)) as found:
            async for each in found:
                yield each

    async def layers(self, name: str) -> AsyncGenerator[Removed | Problem, None]:
        """Remove a repository's links to blobs that went or are gone."""

        async def sweep(info: FileInfo) -> Found:
            digest = digest_in(info.path)
            if digest is None or not await self._leads_nowhere(info.path, digest):
                return None
            if self._is_spared(digest):
                return None
            return await self._remove(Kind.LINK, info.path, digest, name=name)

        async with aclosing(self._links(layout.layers(name), sweep)) as found:
            async for each in found:
                yield each

    async def blobs(self) -> AsyncGenerator[Removed | Problem | Looked, None]:
        """Remove all blobs that are not live and not young."""

        async def sweep(info: FileInfo) -> Found:
            digest = digest_of_blob(info.path)
            if digest is None or digest in self._marks.live or self._is_spared(digest):
                return None
            if self._marks.stays(digest) or self._marks.is_young(info):
                self.young += 1
                return None
            return await self._remove(Kind.BLOB, info.path, digest, size=info.size)

        algorithms = [
            each.path async for batch in folders(self._driver, layout.BLOBS) for each in batch
        ]
        for number, folder in enumerate(algorithms):
            async with aclosing(self._each(folder, layout.DATA, sweep)) as found:
                async for last, told in found:
                    for each in told:
                        yield each
                    yield Looked(share=(number + _share(last.path)) / len(algorithms))

    async def _links(
        self, folder: str, sweep: Callable[[FileInfo], Awaitable[Found]]
    ) -> AsyncGenerator[Removed | Problem, None]:
        async with aclosing(self._each(folder, LINK, sweep)) as found:
            async for _, told in found:
                for each in told:
                    yield each

    async def _each(
        self, folder: str, filename: str, sweep: Callable[[FileInfo], Awaitable[Found]]
    ) -> AsyncGenerator[tuple[FileInfo, Sequence[Removed | Problem]], None]:
        """Sweep the files of this name; give the last one of some at a time, and what was told."""
        async with aclosing(batches(self._driver, folder, filename)) as found:
            async for batch in found:
                told = await for_each(batch, sweep)
                yield batch[-1], [each for each in told if each is not None]

    async def _leads_nowhere(self, path: str, digest: Digest) -> bool:
        """Tell whether nothing that a link leads to is there and stays."""
        if self._marks.stays(digest):
            return False
        if digest.algorithm != CANONICAL:
            try:
                target = await target_of(self._driver, path)
            except CorruptContentError:
                return False
            if target is None or self._marks.stays(target):
                return False
            digest = target
        try:
            return not self._marks.is_young(await self._driver.stat(layout.blob(digest)))
        except PathNotFoundError:
            return True

    async def _remove(
        self, kind: Kind, path: str, digest: Digest, *, name: str | None = None, size: int = 0
    ) -> Removed | Problem:
        if not self._is_dry:
            try:
                await self._driver.delete(path)
            except PathNotFoundError:
                pass  # another collection was faster
            except StorageUnavailableError:
                raise
            except StorageDriverError as error:
                message = f"it cannot be removed: {error.message}"
                return Problem(repository=name, path=path, message=message)
        return Removed(kind=kind, path=path, digest=digest, repository=name, size=size)


def _share(path: str) -> float:
    """Tell how far a blob is in the order of digests, from 0 to 1."""
    digest = digest_of_blob(path)
    return 0 if digest is None else int(digest.encoded[:_DIGITS], 16) / 16**_DIGITS
