"""Blobs: bytes that are stored once, and that each repository has by a link of its own."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager

from storagedriver.errors import PathNotFoundError
from storagedriver.protocol import Reader, StorageDriver
from storagedriver.records import FileInfo
from storagedriver.registry.store import layout
from storagedriver.registry.store.digests import Digest
from storagedriver.registry.store.errors import BlobUnknownError
from storagedriver.registry.store.links import read_link, write_link
from storagedriver.registry.store.names import check_repository, is_repository
from storagedriver.registry.store.records import Blob, Descriptor

MEDIA_TYPE = "application/octet-stream"


class Blobs:
    """The blobs of all repositories."""

    def __init__(self, driver: StorageDriver) -> None:
        self._driver = driver

    async def stat(self, name: str, digest: Digest) -> Blob:
        """Describe a blob of the repository.

        Nothing of it is remembered: a client that hears that a blob is here does not push it.

        Raises `BlobUnknownError` where the repository lacks it.
        """
        found = await self.find(name, digest)
        if found is None:
            raise _unknown(digest)
        return found

    async def find(self, name: str, digest: Digest) -> Blob | None:
        """Describe a blob of the repository; None where the repository lacks it."""
        target = await self._target(name, digest)
        info = None if target is None else await self._info(target)
        if info is None:
            return None
        return Blob(digest=digest, size=info.size, media_type=MEDIA_TYPE, target=target)

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
        """Open a blob of the repository, as `StorageDriver.reader` opens a file.

        One that was `found` just now is not looked for again. Raises `BlobUnknownError` where the
        repository lacks it.
        """
        target = await self._linked(name, digest, found)
        async with self._opened(digest, target, offset, length) as reader:
            yield reader

    async def readers(
        self, name: str, found: Blob, parts: Iterable[tuple[int, int]]
    ) -> AsyncGenerator[Reader, None]:
        """Open parts of a blob, each an offset and a length, one after the other.

        A reader is closed when the next one is asked for. Raises as `reader`.
        """
        digest = found.digest
        target = await self._linked(name, digest, found)
        for offset, length in parts:
            async with self._opened(digest, target, offset, length) as reader:
                yield reader

    async def redirect_url(self, found: Blob) -> str | None:
        """Return a URL of the storage's own that a `GET` can be sent to, if there is one."""
        if found.target is None:
            return None
        return await self._driver.redirect_url(layout.blob(found.target))

    async def mount(self, name: str, digest: Digest, source: str | None) -> Descriptor:
        """Give a blob of the repository `source` to the repository `name` too.

        Raises `BlobUnknownError` where the source lacks it or is not named: no other repository is
        searched.
        """
        check_repository(name)
        if source is None or not is_repository(source):
            raise _unknown(digest)
        target = await self._target(source, digest)
        info = None if target is None else await self._info(target)
        if target is None or info is None:
            raise _unknown(digest)
        await write_link(self._driver, layout.layer(name, digest), target)
        return _descriptor(digest, info.size)

    async def delete(self, name: str, digest: Digest) -> None:
        """Take a blob from the repository; the bytes stay, for others may have them.

        Raises `BlobUnknownError` where the repository lacks it.
        """
        check_repository(name)
        try:
            await self._driver.delete(layout.layer(name, digest))
        except PathNotFoundError as error:
            raise _unknown(digest) from error

    async def size(self, digest: Digest) -> int | None:
        """Tell how many bytes are stored under this digest, whoever has them; None if none are."""
        info = await self._info(digest)
        return None if info is None else info.size

    async def store(self, digest: Digest, content: bytes) -> None:
        """Store bytes whose digest was verified, unless they are there, whole."""
        if await self.size(digest) != len(content):
            await self._driver.put_content(layout.blob(digest), content)

    async def adopt(self, name: str, digest: Digest, path: str) -> None:
        """Make the file at `path`, whose digest was verified, a blob of the repository.

        The file moves first and the link comes last, so that no link ever leads nowhere.
        """
        await self._driver.move(path, layout.blob(digest))
        await self.link(name, digest)

    async def link(self, name: str, digest: Digest) -> None:
        """Give stored bytes to a repository, whose client has shown that it has them."""
        await write_link(self._driver, layout.layer(name, digest), digest)

    @asynccontextmanager
    async def _opened(
        self, digest: Digest, target: Digest, offset: int, length: int | None
    ) -> AsyncIterator[Reader]:
        async with AsyncExitStack() as stack:
            opened = self._driver.reader(layout.blob(target), offset=offset, length=length)
            try:
                reader = await stack.enter_async_context(opened)
            except PathNotFoundError as error:
                raise _unknown(digest) from error
            yield reader

    async def _linked(self, name: str, digest: Digest, found: Blob | None) -> Digest:
        target = None if found is None else found.target
        target = target or await self._target(name, digest)
        if target is None:
            raise _unknown(digest)
        return target

    async def _target(self, name: str, digest: Digest) -> Digest | None:
        """Follow the repository's link: other registries lead one algorithm to another."""
        check_repository(name)
        return await read_link(self._driver, layout.layer(name, digest))

    async def _info(self, digest: Digest) -> FileInfo | None:
        try:
            return await self._driver.stat(layout.blob(digest))
        except PathNotFoundError:
            return None


def _descriptor(digest: Digest, size: int) -> Descriptor:
    return Descriptor(digest=digest, size=size, media_type=MEDIA_TYPE)


def _unknown(digest: Digest) -> BlobUnknownError:
    message = "the repository has no blob with this digest"
    return BlobUnknownError(message, detail={"digest": str(digest)})
