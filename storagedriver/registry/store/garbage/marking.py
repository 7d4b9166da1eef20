"""Marking: what lives in a repository, found from its links."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterable, Iterator
from contextlib import aclosing
from datetime import datetime
from itertools import islice

from storagedriver.aio import Threads
from storagedriver.errors import CorruptContentError, PathNotFoundError
from storagedriver.paths import name_of
from storagedriver.protocol import StorageDriver
from storagedriver.records import FileInfo
from storagedriver.registry.store import layout
from storagedriver.registry.store.concurrency import for_each
from storagedriver.registry.store.digests import CANONICAL, Digest
from storagedriver.registry.store.garbage.digestset import DigestSet
from storagedriver.registry.store.garbage.events import Problem
from storagedriver.registry.store.garbage.places import (
    BATCH,
    batches,
    digest_in,
    folders,
    target_of,
)
from storagedriver.registry.store.garbage.reading import read_named
from storagedriver.registry.store.garbage.references import Named

LINK = "link"
_REVISION_DEPTH = 3  # algorithm, digits, `link`


class Marks:
    """What lives in all repositories that were looked at so far.

    `live` are digests of manifests and blobs, `manifests` counts the former; `young` are those of
    blobs that repositories were given lately; `untagged` are the manifests that a repository is to
    lose. With `is_cache`, what is damaged keeps nothing.
    """

    def __init__(self, *, before: datetime | None, delete_untagged: bool, is_cache: bool) -> None:
        self.before = before
        self.delete_untagged = delete_untagged
        self.is_cache = is_cache
        self.live = DigestSet()
        self.young = DigestSet()
        self.manifests = 0
        self.untagged: dict[str, DigestSet] = {}

    def stays(self, digest: Digest) -> bool:
        """Tell whether something leads to a blob that keeps it."""
        return digest in self.live or digest in self.young

    def is_young(self, info: FileInfo) -> bool:
        """Tell whether a file was written too lately to go; who does not tell was."""
        if self.before is None:
            return False
        return info.modified is None or info.modified >= self.before


class Marker:
    """Looks at one repository, and adds what lives in it to the marks.

    Errors of the storage pass through, but for what is damaged: `problems` tells of that.
    """

    def __init__(self, driver: StorageDriver, name: str, marks: Marks, threads: Threads) -> None:
        self._driver = driver
        self._name = name
        self._marks = marks
        self._threads = threads
        self._revisions = DigestSet()
        self._roots = DigestSet()
        self._followed = DigestSet()
        self._keeps_manifests = not marks.delete_untagged
        self._keeps_all = False
        self._problems: dict[str, Problem] = {}

    async def mark(self) -> AsyncGenerator[float, None]:
        """Mark what lives here, and tell now and then how far it is, from 0 to 1."""
        await self._look_at_layers()
        await self._look_at_uploads()
        await self._look_at_revisions()
        if self._marks.delete_untagged:
            await self._look_at_tags()
            async with aclosing(self._in_chunks(self._roots)) as shares:
                async for share in shares:
                    yield share
            await self._follow_referrers()
        if self._keeps_manifests or self._keeps_all:
            async with aclosing(self._in_chunks(self._revisions)) as shares:
                async for share in shares:
                    yield share
        if self._keeps_all:
            await self._keep_layers()
        untagged = DigestSet(each for each in self._revisions if each not in self._followed)
        if untagged:
            self._marks.untagged[self._name] = untagged
        self._marks.manifests += len(self._revisions) - len(untagged)

    @property
    def problems(self) -> Collection[Problem]:
        """What is damaged here, once each."""
        return self._problems.values()

    def _damaged(self, path: str, message: str) -> None:
        self._problems[path] = Problem(repository=self._name, path=path, message=message)

    def _keeps(self, path: str, message: str, kept: str) -> bool:
        """Tell of damage, and return whether something is kept for it, as `kept` says."""
        is_kept = not self._marks.is_cache
        self._damaged(path, f"{message}: {kept}" if is_kept else message)
        return is_kept

    def _damaged_beyond_telling(self, path: str, message: str) -> None:
        """Tell of damage that may name whatever the repository has."""
        if self._keeps(path, message, "all that the repository has is kept"):
            self._keeps_all = True

    async def _for_files(
        self, folder: str, filename: str, look: Callable[[FileInfo], Awaitable[None]]
    ) -> None:
        async with aclosing(batches(self._driver, folder, filename)) as found:
            async for batch in found:
                await for_each(batch, look)

    async def _look_at_layers(self) -> None:
        """Mark what was given to the repository lately, and what lies under another digest."""

        async def look(info: FileInfo) -> None:
            digest = digest_in(info.path)
            if digest is not None and self._marks.is_young(info):
                self._marks.young.add(digest)
            # Other registries lead from a digest by another algorithm to the canonical one.
            is_canonical = digest is not None and digest.algorithm == CANONICAL
            if not is_canonical or info.size != len(str(digest)):
                await self._follow_layer(info.path, digest, is_canonical=is_canonical)

        await self._for_files(layout.layers(self._name), LINK, look)

    async def _keep_layers(self) -> None:
        """Mark whatever the repository was given."""

        async def keep(info: FileInfo) -> None:
            digest = digest_in(info.path)
            if digest is not None:
                self._marks.live.add(digest)

        await self._for_files(layout.layers(self._name), LINK, keep)

    async def _follow_layer(self, path: str, digest: Digest | None, *, is_canonical: bool) -> None:
        """Mark what a layer's link leads to, if that is not what its path says."""
        try:
            target = await target_of(self._driver, path)
        except CorruptContentError as error:
            if not is_canonical or digest is None:
                self._damaged_beyond_telling(path, error.message)
                return
            if self._keeps(path, error.message, "the blob is kept"):
                self._marks.live.add(digest)
            return
        if target is not None and target != digest:
            self._marks.live.add(target)

    async def _look_at_uploads(self) -> None:
        """Mark the bytes that uploads have brought, and not yet to their repository."""

        async def look(info: FileInfo) -> None:
            try:
                target = await target_of(self._driver, info.path)
            except CorruptContentError as error:
                self._damaged(info.path, f"{error.message}: the upload cannot be finished")
            else:
                self._marks.live.update(() if target is None else (target,))

        folder = f"{layout.repository(self._name)}/{layout.UPLOADS}"
        await self._for_files(folder, layout.VERIFIED, look)

    async def _look_at_revisions(self) -> None:
        """Find the repository's manifests, and which of them are too young to go."""
        folder = f"{layout.manifests(self._name)}/revisions"

        async def look(info: FileInfo) -> None:
            digest = digest_in(info.path)
            depth = info.path.count("/") - folder.count("/")
            if digest is None:
                message = "the link's path has no digest that is known here"
                self._damaged_beyond_telling(info.path, message)
            elif depth != _REVISION_DEPTH:
                self._marks.live.add(digest)  # a signature, as registries before 2.5 kept them
            else:
                self._revisions.add(digest)
                if self._marks.is_young(info):
                    self._roots.add(digest)
                await self._check_revision(info.path, digest)

        await self._for_files(folder, LINK, look)

    async def _check_revision(self, path: str, digest: Digest) -> None:
        """Tell of a manifest's link that is damaged: what its path says is kept all the same."""
        try:
            target = await target_of(self._driver, path)
        except CorruptContentError as error:
            if self._keeps(path, error.message, "the manifest is kept"):
                self._roots.add(digest)
            return
        if target not in (None, digest):
            self._damaged_beyond_telling(path, f"the link leads to another manifest, {target}")

    async def _look_at_tags(self) -> None:
        """Find the manifests that tags lead to."""

        async def look(folder: FileInfo) -> None:
            path = layout.current(self._name, name_of(folder.path))
            try:
                target = await target_of(self._driver, path)
            except CorruptContentError as error:
                kept = "all manifests of the repository are kept"
                if self._keeps(path, error.message, kept):
                    self._keeps_manifests = True
                return
            if target is not None and target in self._revisions:
                self._roots.add(target)

        async with aclosing(folders(self._driver, layout.tags(self._name))) as found:
            async for batch in found:
                await for_each(batch, look)

    async def _follow_referrers(self) -> None:
        """Follow the manifests whose subject lives, and those whose subject these are."""
        referrers: dict[Digest, list[Digest]] = {}

        async def look(digest: Digest) -> None:
            found = await self._read(digest)
            for subject in () if found is None else found.subjects:
                referrers.setdefault(subject, []).append(digest)

        for others in _chunks(self._revisions):
            await for_each([each for each in others if each not in self._followed], look)
        while living := [subject for subject in referrers if subject in self._followed]:
            await self._follow([each for subject in living for each in referrers.pop(subject)])

    async def _in_chunks(self, manifests: DigestSet) -> AsyncGenerator[float, None]:
        """Follow manifests of the repository, and tell how far that is."""
        for chunk in _chunks(manifests):
            await self._follow(chunk)
            yield min(1.0, len(self._followed) / len(self._revisions))

    async def _follow(self, manifests: Iterable[Digest]) -> None:
        """Mark manifests and all that they lead to."""
        while level := [each for each in manifests if each not in self._followed]:
            self._followed.update(level)
            self._marks.live.update(level)
            named_by_each = await for_each(level, self._mark_named)
            manifests = {each for one in named_by_each for each in one}

    async def _mark_named(self, digest: Digest) -> set[Digest]:
        """Mark what a manifest names, and return the manifests among that.

        A child that the repository lacks is none: who deleted it wants its layers gone.
        """
        found = await self._read(digest)
        if found is None:
            return set()
        digests = found.digests | found.subjects if self._marks.is_cache else found.digests
        self._marks.live.update(digests)
        return {each for each in digests if each in self._revisions}

    async def _read(self, digest: Digest) -> Named | None:
        """Read what a manifest names; None where it is damaged."""
        try:
            return await read_named(self._driver, digest, self._threads)
        except (PathNotFoundError, CorruptContentError) as error:
            message = f"the manifest {digest} cannot be read: {error.message or 'it is missing'}"
            self._damaged_beyond_telling(layout.blob(digest), message)
            return None


def _chunks(digests: Iterable[Digest]) -> Iterator[list[Digest]]:
    """Give some digests at a time."""
    rest = iter(digests)
    while chunk := list(islice(rest, BATCH)):
        yield chunk
