"""Where a collection looks: the repositories, and what the paths of links say."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from storagedriver.aio import closing
from storagedriver.errors import CorruptContentError, PathNotFoundError
from storagedriver.paths import name_of
from storagedriver.protocol import StorageDriver
from storagedriver.records import FileInfo
from storagedriver.registry.store import layout
from storagedriver.registry.store.digests import Digest
from storagedriver.registry.store.errors import DigestInvalidError

BATCH = 256
"""How many entries of a listing are looked at together."""


async def present(entries: AsyncIterator[FileInfo]) -> AsyncGenerator[FileInfo, None]:
    """Give the entries of a listing; a directory that is not there has none.

    Only at the first step: a listing that broke off later must never be taken for a whole one.
    """
    async with closing(entries):
        try:
            entry = await anext(entries, None)
        except PathNotFoundError:
            return
        while entry is not None:
            yield entry
            entry = await anext(entries, None)


async def repositories(
    driver: StorageDriver, directory: str = layout.REPOSITORIES
) -> AsyncGenerator[str, None]:
    """Give the name of each folder that has what a repository has.

    Not even the grammar of names is asked for: a repository that is passed over loses everything.
    """
    is_repository = False
    async with aclosing(present(driver.list(directory))) as entries:
        async for entry in entries:
            if not entry.is_dir:
                continue
            if not name_of(entry.path).startswith("_"):
                async with aclosing(repositories(driver, entry.path)) as nested:
                    async for name in nested:
                        yield name
            elif directory != layout.REPOSITORIES:
                is_repository = True
    if is_repository:
        yield directory.removeprefix(f"{layout.REPOSITORIES}/")


async def batches(
    driver: StorageDriver, directory: str, filename: str
) -> AsyncGenerator[list[FileInfo], None]:
    """Give all files of this name below a directory, some at a time; a missing one has none."""
    async with aclosing(present(driver.walk(directory))) as entries:
        found = (each async for each in entries if not each.is_dir and _is(each, filename))
        async with aclosing(_some_at_a_time(found)) as some:
            async for batch in some:
                yield batch


async def folders(driver: StorageDriver, directory: str) -> AsyncGenerator[list[FileInfo], None]:
    """Give the folders in a directory, some at a time; a missing one has none."""
    async with aclosing(present(driver.list(directory))) as entries:
        found = (each async for each in entries if each.is_dir)
        async with aclosing(_some_at_a_time(found)) as some:
            async for batch in some:
                yield batch


async def _some_at_a_time(entries: AsyncIterator[FileInfo]) -> AsyncGenerator[list[FileInfo], None]:
    batch: list[FileInfo] = []
    async with closing(entries):
        async for entry in entries:
            batch.append(entry)
            if len(batch) == BATCH:
                yield batch
                batch = []
    if batch:
        yield batch


def _is(entry: FileInfo, filename: str) -> bool:
    return name_of(entry.path) == filename


def digest_in(link: str) -> Digest | None:
    """Return the digest that the folders of a link name; None where it is none."""
    algorithm, encoded = link.split("/")[-3:-1]
    return _digest(algorithm, encoded)


def digest_of_blob(path: str) -> Digest | None:
    """Return the digest of the blob at this path; None where blobs have other paths."""
    algorithm, _, encoded = path.split("/")[-4:-1]
    digest = _digest(algorithm, encoded)
    return digest if digest is not None and layout.blob(digest) == path else None


def _digest(algorithm: str, encoded: str) -> Digest | None:
    try:
        return Digest.parse(f"{algorithm}:{encoded}")
    except DigestInvalidError:
        return None


async def target_of(driver: StorageDriver, path: str) -> Digest | None:
    """Return what a link leads to, and None where there is no link.

    Raises `CorruptContentError` where it holds no digest, also where it is empty.
    """
    try:
        content = await driver.get_content(path)
    except PathNotFoundError:
        return None
    try:
        return Digest.parse(content.decode("ascii"))
    except (UnicodeDecodeError, DigestInvalidError) as error:
        message = "the link is empty" if not content else "the link holds no digest"
        raise CorruptContentError(message, path=path, driver=driver.name) from error
