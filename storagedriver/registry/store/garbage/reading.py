"""Reading stored manifests for what they name."""

from storagedriver.aio import Threads
from storagedriver.errors import CorruptContentError
from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import layout
from storagedriver.registry.store.digests import Digest
from storagedriver.registry.store.garbage.references import Named, named
from storagedriver.registry.store.hashing import INLINE

MOST_BYTES = 16 * 1024 * 1024
"""What is larger is no manifest: registries take 4 MiB."""


async def read_named(driver: StorageDriver, digest: Digest, threads: Threads) -> Named:
    """Read what a manifest names.

    Raises `PathNotFoundError` where it is not stored, `CorruptContentError` where what is stored is
    no manifest, or another one.
    """
    path = layout.blob(digest)
    async with driver.reader(path, length=MOST_BYTES) as reader:
        content = b"".join([chunk async for chunk in reader])
        is_whole = len(content) == reader.info.size
    if not is_whole:
        message = f"more than {MOST_BYTES} bytes are stored"
        raise CorruptContentError(message, path=path, driver=driver.name)
    try:
        if len(content) <= INLINE:
            return _verified(content, digest)
        return await threads.run(_verified, content, digest)
    except ValueError as error:
        raise CorruptContentError(str(error), path=path, driver=driver.name) from error


def _verified(content: bytes, digest: Digest) -> Named:
    if Digest.of(content, digest.algorithm) != digest:
        raise ValueError("the bytes have another digest")
    return named(content)
