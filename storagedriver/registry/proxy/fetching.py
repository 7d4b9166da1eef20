"""Fetching blobs: each once, however many ask for it, and stored while it comes."""

import asyncio
import logging
from collections.abc import AsyncIterator
from functools import partial

from storagedriver.aio import closing
from storagedriver.registry.proxy.errors import (
    TooManyFetchesError,
    UpstreamError,
    UpstreamUnavailableError,
)
from storagedriver.registry.proxy.relay import Relay
from storagedriver.registry.proxy.upstream import Upstream
from storagedriver.registry.store.blobs import Blobs
from storagedriver.registry.store.digests import Digest
from storagedriver.registry.store.errors import DigestInvalidError
from storagedriver.registry.store.uploads import Uploads

MOST = 64
"""How many blobs are fetched at a time; the others wait."""

WAITING = 1000
"""How many wait at most. They do so although nobody may want them any more."""

Key = tuple[str, Digest]
_log = logging.getLogger(__name__)


class Fetch:
    """A blob on its way into storage; `relay` has what comes.

    It goes on to its end, whoever asked for it and went away.
    """

    def __init__(self) -> None:
        self.relay = Relay()
        self._size: int | None = None
        self._begun = asyncio.Event()
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def begin(self, size: int | None) -> None:
        """Say that upstream has the blob, and how many bytes that are."""
        self._size = size
        self._begun.set()

    def end(self, task: asyncio.Task[None]) -> None:
        """Say how it ended."""
        self.relay.over()
        if task.cancelled():
            self._ended.set_exception(UpstreamUnavailableError())
        elif (error := task.exception()) is not None:
            self._ended.set_exception(error)
        else:
            self._ended.set_result(None)
        self._ended.exception()  # seen, though nobody may be there to be told
        self._begun.set()

    async def size(self) -> int | None:
        """Wait until it begins; return how many bytes come, None where that is not known.

        Raises what it failed with before.
        """
        await self._begun.wait()
        if self._ended.done():
            await self.stored()
        return self._size

    async def stored(self) -> None:
        """Wait until the blob is stored; raise what that failed with."""
        await asyncio.wait([self._ended])
        self._ended.result()


class Fetches:
    """The fetches that run, by repository and digest."""

    def __init__(self, upstream: Upstream, blobs: Blobs, uploads: Uploads) -> None:
        self._upstream = upstream
        self._blobs = blobs
        self._uploads = uploads
        self._slots = asyncio.Semaphore(MOST)
        self._running: dict[Key, tuple[Fetch, asyncio.Task[None]]] = {}

    def join(self, name: str, digest: Digest) -> Fetch:
        """Return the fetch of a blob, which begins unless it runs.

        Raises `TooManyFetchesError` where it would have to wait, and too many do.
        """
        key = (name, digest)
        if key not in self._running:
            if len(self._running) >= MOST + WAITING:
                raise TooManyFetchesError
            fetch = Fetch()
            task = asyncio.create_task(self._run(name, digest, fetch))
            self._running[key] = fetch, task
            task.add_done_callback(partial(self._end, key, fetch))
        return self._running[key][0]

    async def aclose(self) -> None:
        """Stop all fetches; nothing is left of them."""
        tasks = [task for _, task in self._running.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _end(self, key: Key, fetch: Fetch, task: asyncio.Task[None]) -> None:
        del self._running[key]
        fetch.end(task)

    async def _run(self, name: str, digest: Digest, fetch: Fetch) -> None:
        async with self._slots:
            if await self._blobs.find(name, digest) is not None:
                return  # another fetch ended since its lack was seen
            if await self._blobs.size(digest) is not None:
                # For another repository. Whether this one has it too is for upstream to say.
                await self._upstream.blob_size(name, digest)
                await self._blobs.link(name, digest)
                if await self._blobs.size(digest) is not None:
                    return  # as ever, unless another mirror let it expire in this very moment
            async with self._upstream.blob(name, digest) as incoming:
                fetch.begin(incoming.size)
                async with closing(fetch.relay.passing(incoming.chunks)) as body:
                    await self._store(name, digest, body)

    async def _store(self, name: str, digest: Digest, body: AsyncIterator[bytes]) -> None:
        try:
            await self._uploads.push(name, digest, body)
        except DigestInvalidError as error:
            _log.warning("the mirrored registry gave something else as %s of %s", digest, name)
            message = "the mirrored registry gave a blob with another digest"
            raise UpstreamError(message) from error
