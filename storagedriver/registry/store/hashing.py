"""Digests of what streams by."""

import hashlib

from storagedriver.aio import Threads
from storagedriver.protocol import StorageDriver
from storagedriver.registry.store.digests import Digest

INLINE = 64 * 1024
"""Up to this many bytes, hashing takes less time than handing over to a thread."""


class RunningHash:
    """The hash of all bytes so far, by one algorithm; `size` says how many bytes that were."""

    def __init__(self, algorithm: str) -> None:
        self.algorithm = algorithm
        self.size = 0
        self._hash = hashlib.new(algorithm)

    def update(self, piece: bytes) -> None:
        """Take the next bytes."""
        self._hash.update(piece)
        self.size += len(piece)

    def digest(self) -> Digest:
        """Return the digest of all bytes so far."""
        return Digest(self.algorithm, self._hash.hexdigest())


async def digest_of(content: bytes, algorithm: str, threads: Threads) -> Digest:
    """Return the digest of bytes in memory."""
    if len(content) <= INLINE:
        return Digest.of(content, algorithm)
    return await threads.run(Digest.of, content, algorithm)


async def digest_of_file(
    driver: StorageDriver, path: str, algorithm: str, threads: Threads
) -> Digest:
    """Read a file once and return its digest; errors as `StorageDriver.reader`."""
    running = RunningHash(algorithm)
    async with driver.reader(path) as reader:
        async for chunk in reader:
            if len(chunk) <= INLINE:
                running.update(chunk)
            else:
                await threads.run(running.update, chunk)
    return running.digest()
