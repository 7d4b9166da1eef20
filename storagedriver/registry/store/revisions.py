"""Which manifest a reference means, and whether the repository has it."""

from collections import OrderedDict

from storagedriver.errors import CorruptContentError, StorageDriverError
from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import layout
from storagedriver.registry.store.concurrency import for_each
from storagedriver.registry.store.digests import Digest
from storagedriver.registry.store.links import read_link
from storagedriver.registry.store.names import check_tag

_MOST = 4096


class Revisions:
    """The manifests of all repositories, by their links alone.

    Where a call is a request to a service, its time is that of an answer: there the revision that a
    tag named last is looked for while the tag is read. Nothing but this guess is remembered.
    """

    def __init__(self, driver: StorageDriver) -> None:
        self._driver = driver
        self._guesses = driver.capabilities.limits.page is not None  # its listings are requests
        self._named: OrderedDict[tuple[str, str], Digest] = OrderedDict()

    async def find(self, name: str, reference: str) -> Digest | None:
        """Return the digest of a manifest that the repository has, or None.

        Raises `DigestInvalidError` and `TagInvalidError` for a reference that is neither, and
        `CorruptContentError` for a link that leads nowhere or elsewhere.
        """
        digest = digest_or_tag(reference)
        if digest is not None:
            return digest if await self._has(name, digest) else None
        guess = self._named.get((name, reference))
        if guess is not None and await self._is_still(name, reference, guess):
            return guess
        digest = await read_link(self._driver, layout.current(name, reference))
        if digest is None or not await self._has(name, digest):
            return None
        if self._guesses:
            self._remember(name, reference, digest)
        return digest

    async def _has(self, name: str, digest: Digest) -> bool:
        path = layout.revision(name, digest)
        target = await read_link(self._driver, path)
        if target is not None and target != digest:
            message = "the revision's link leads to another manifest"
            raise CorruptContentError(message, path=path, driver=self._driver.name)
        return target is not None

    async def _is_still(self, name: str, tag: str, digest: Digest) -> bool:
        """Tell whether it is sure that a tag names a manifest, and the repository has it.

        A revision that was missing may have come before the tag was read, as it is written first;
        one that was there has not gone, as tags are deleted first.
        """
        links = [layout.current(name, tag), layout.revision(name, digest)]
        try:
            return [digest, digest] == await for_each(links, self._read)
        except StorageDriverError:
            return False

    async def _read(self, path: str) -> Digest | None:
        return await read_link(self._driver, path)

    def _remember(self, name: str, tag: str, digest: Digest) -> None:
        self._named[name, tag] = digest
        self._named.move_to_end((name, tag))
        if len(self._named) > _MOST:
            self._named.popitem(last=False)


def digest_or_tag(reference: str) -> Digest | None:
    """Read a reference: a digest, or None where it is a tag."""
    if ":" in reference:
        return Digest.parse(reference)
    check_tag(reference)
    return None
