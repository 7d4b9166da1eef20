"""The whole collection, in its order: marks, manifests, blobs, layers."""

from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import datetime

from storagedriver.aio import Threads
from storagedriver.errors import CorruptContentError
from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import layout
from storagedriver.registry.store.digests import Digest
from storagedriver.registry.store.garbage.events import (
    Event,
    Kind,
    Looked,
    Marked,
    Problem,
    Removed,
    Summary,
)
from storagedriver.registry.store.garbage.marking import Marker, Marks
from storagedriver.registry.store.garbage.places import batches, repositories
from storagedriver.registry.store.garbage.sweeping import Sweeper

THREADS = 4


def _none_is(_: Digest) -> bool:
    return False


async def collect(
    driver: StorageDriver,
    *,
    before: datetime | None,
    delete_untagged: bool = False,
    dry_run: bool = False,
    is_cache: bool = False,
    is_spared: Callable[[Digest], bool] = _none_is,
) -> AsyncGenerator[Event, None]:
    """Remove what nothing leads to, and tell of all that is done, a `Summary` last.

    Nobody may write meanwhile: who finds a blob here that nothing leads to yet, and does not push
    it again, loses it. What was written at `before` or since stays, and so does what a repository
    was given since; with None no age protects. With `delete_untagged`, manifests that no tag leads
    to go too, unless a living index names them or their subject lives. With `dry_run` nothing is
    removed, and all is told the same.

    With `is_cache`, all that is stored can be had again: what is damaged keeps nothing, and what
    lives keeps its subject too. `is_spared` is asked right before something goes, so that what is
    asked for meanwhile stays.

    It may be stopped at any moment, and repeated. It holds about 100 bytes for each digest that
    lives, and the names of the repositories.

    Raises `CorruptContentError` where blobs are and no repository is, which is what a wrong root
    directory looks like; and errors of the storage, before anything was removed if they come while
    it looks for what lives.
    """
    names = [name async for name in repositories(driver)]
    if not names:
        await _refuse_blobs(driver)
    marks = Marks(before=before, delete_untagged=delete_untagged, is_cache=is_cache)
    sweeper = Sweeper(driver, marks, is_dry=dry_run, is_spared=is_spared)
    tally = _Tally()
    async with aclosing(_all(driver, names, marks, sweeper)) as events:
        async for event in events:
            tally.count(event)
            yield event
    yield Summary(
        repositories=len(names),
        manifests=marks.manifests,
        live=len(marks.live),
        young=sweeper.young,
        removed_manifests=tally.removed[Kind.MANIFEST],
        removed_links=tally.removed[Kind.LINK],
        removed_blobs=tally.removed[Kind.BLOB],
        freed=tally.freed,
        problems=tally.problems,
        is_dry=dry_run,
    )


class _Tally:
    """Counts what is told."""

    def __init__(self) -> None:
        self.removed: Counter[Kind] = Counter()
        self.freed = 0
        self.problems = 0

    def count(self, event: Event) -> None:
        if isinstance(event, Removed):
            self.removed[event.kind] += 1
            self.freed += event.size
        self.problems += isinstance(event, Problem)


async def _all(
    driver: StorageDriver, names: list[str], marks: Marks, sweeper: Sweeper
) -> AsyncGenerator[Event, None]:
    async with Threads("garbage", most=THREADS) as threads:
        for done, name in enumerate(names, start=1):
            marker = Marker(driver, name, marks, threads)
            async with aclosing(marker.mark()) as shares:
                async for share in shares:
                    yield Marked(repository=name, done=done - 1 + share, total=len(names))
            for problem in marker.problems:
                yield problem
            yield Marked(repository=name, done=done, total=len(names))
    steps = (
        _each(names, sweeper.manifests),
        sweeper.blobs(),
        _each(names, sweeper.layers),
    )
    for number, step in enumerate(steps):
        async with aclosing(step) as events:
            async for event in events:
                if isinstance(event, Looked):
                    yield Looked(share=(number + event.share) / len(steps))
                else:
                    yield event


async def _each(
    names: list[str], sweep: Callable[[str], AsyncGenerator[Removed | Problem, None]]
) -> AsyncGenerator[Removed | Problem | Looked, None]:
    """Sweep each repository."""
    for done, name in enumerate(names, start=1):
        async with aclosing(sweep(name)) as events:
            async for event in events:
                yield event
        yield Looked(share=done / len(names))


async def _refuse_blobs(driver: StorageDriver) -> None:
    async with aclosing(batches(driver, layout.BLOBS, layout.DATA)) as found:
        async for _ in found:
            message = (
                "there are blobs and no repository, and every blob would go: "
                "is this the right root directory? If all was deleted, remove them by hand"
            )
            raise CorruptContentError(message, path=layout.REPOSITORIES, driver=driver.name)
