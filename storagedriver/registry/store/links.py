"""Links: files that hold the digest of what they lead to, and not a byte more."""

import logging

from storagedriver.errors import CorruptContentError, PathNotFoundError
from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import layout
from storagedriver.registry.store.digests import Digest
from storagedriver.registry.store.errors import DigestInvalidError, NameUnknownError, shown

_log = logging.getLogger(__name__)


async def read_link(driver: StorageDriver, path: str) -> Digest | None:
    """Return what a link leads to, and None where there is no link.

    An empty file is none: a power cut leaves some where links are written without a sync, and the
    next push writes them again. Raises `CorruptContentError` where another holds no digest.
    """
    try:
        content = await driver.get_content(path)
    except PathNotFoundError:
        return None
    return _parsed(content, path, driver)


async def read_version(driver: StorageDriver, path: str) -> tuple[Digest | None, str | None]:
    """Return what a link leads to, as `read_link`, and its file's version; None without a file."""
    try:
        async with driver.reader(path) as reader:
            content = b"".join([chunk async for chunk in reader])
            return _parsed(content, path, driver), reader.info.version
    except PathNotFoundError:
        return None, None


async def write_link(driver: StorageDriver, path: str, digest: Digest) -> None:
    """Make a link, or lead it elsewhere."""
    await driver.put_content(path, str(digest).encode())


async def is_linked(driver: StorageDriver, path: str) -> bool:
    """Tell whether a link is there, without reading where it leads; an empty file is none."""
    try:
        return (await driver.stat(path)).size > 0
    except PathNotFoundError:
        return False


async def exists(driver: StorageDriver, path: str) -> bool:
    """Tell whether anything is at a path."""
    try:
        await driver.stat(path)
    except PathNotFoundError:
        return False
    return True


async def is_known(driver: StorageDriver, name: str) -> bool:
    """Tell whether a repository exists: while it has a blob or a manifest."""
    return await exists(driver, layout.manifests(name)) or await exists(driver, layout.layers(name))


async def check_known(driver: StorageDriver, name: str) -> None:
    """Raise `NameUnknownError` where there is no such repository."""
    if not await is_known(driver, name):
        message = "there is no such repository"
        raise NameUnknownError(message, detail={"name": shown(name)})


def _parsed(content: bytes, path: str, driver: StorageDriver) -> Digest | None:
    if not content:
        _log.warning("the link %s is empty, and taken for missing", path)
        return None
    try:
        return Digest.parse(content.decode("ascii"))
    except (UnicodeDecodeError, DigestInvalidError) as error:
        message = "the link holds no digest"
        raise CorruptContentError(message, path=path, driver=driver.name) from error
